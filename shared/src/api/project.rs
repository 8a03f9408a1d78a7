//! Groups and projects on the wire.

use serde::{Deserialize, Serialize};

/// The namespace a project lives in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// Id of the group.
    pub id: u64,
    /// Name to show.
    pub name: String,
    /// Last part of the path.
    pub path: String,
    /// `group` or `user`.
    pub kind: String,
    /// Whole path.
    pub full_path: String,
    /// The group above.
    pub parent_id: Option<u64>,
    /// Always null.
    #[serde(default)]
    pub avatar_url: Option<String>,
    /// Its page.
    pub web_url: String,
}

/// Whether a path of a namespace is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Whether it is.
    pub exists: bool,
    /// Paths that are free; none when this one is.
    pub suggests: Vec<String>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Id.
    pub id: u64,
    /// Name to show.
    pub name: String,
    /// Last part of the path.
    pub path: String,
    /// Names from the root, joined by ` / `.
    pub full_name: String,
    /// Whole path.
    pub full_path: String,
    /// The group above.
    pub parent_id: Option<u64>,
    /// `private`, `internal` or `public`.
    pub visibility: String,
    /// Text.
    pub description: String,
    /// Its page.
    pub web_url: String,
    /// Always null.
    pub avatar_url: Option<String>,
    /// When it was made.
    pub created_at: String,
}

/// What somebody is a member of a project by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// A membership of the project; null when there is none.
    pub project_access: Option<Access>,
    /// The highest membership of the groups above; null when there is none.
    pub group_access: Option<Access>,
}

/// A membership in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// GitLab's number, such as 30 for developers.
    pub access_level: u8,
    /// Always 3: nothing is sent.
    pub notification_level: u8,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Id; it enters the identity of every finding.
    pub id: u64,
    /// Name to show.
    pub name: String,
    /// Last part of the path.
    pub path: String,
    /// Whole path, `group/project`.
    pub path_with_namespace: String,
    /// Names from the root.
    pub name_with_namespace: String,
    /// Where it lives.
    pub namespace: Namespace,
    /// Branch whose findings become vulnerabilities.
    pub default_branch: String,
    /// `private`, `internal` or `public`.
    pub visibility: String,
    /// Text.
    pub description: Option<String>,
    /// Its page.
    pub web_url: String,
    /// Where the repository is, when somebody said so.
    pub http_url_to_repo: Option<String>,
    /// Always null: there is no repository here.
    pub ssh_url_to_repo: Option<String>,
    /// When it was made.
    pub created_at: String,
    /// When something last happened.
    pub last_activity_at: String,
    /// Whether it is archived.
    pub archived: bool,
    /// Topics.
    pub topics: Vec<String>,
    /// Who made it.
    #[serde(default)]
    pub creator_id: u64,
    /// What the caller is a member by; absent where it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// Open (detected or confirmed) vulnerabilities per severity [E].
    pub vulnerability_counts: Option<super::vulnerability::SeverityCounts>,
    /// Newest pipeline with reports [E].
    pub last_pipeline: Option<super::pipeline::Pipeline>,
}
