//! Webhooks of a project: where to tell of what. Must not know: storage, HTTP, how something is delivered.

use crate::clock::Millis;
use std::fmt;

/// A text that is written, used for delivery, and never shown again.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

macro_rules! events {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// What a hook can be told of; GitLab's words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each is its word")]
        pub enum HookEvent { $($variant),* }

        impl HookEvent {
            /// All of them. The place in this list is part of the storage format.
            pub const ALL: &'static [HookEvent] = &[$(HookEvent::$variant),*];

            /// The parameter that asks for it.
            pub const fn as_str(self) -> &'static str {
                match self { $(HookEvent::$variant => $name),* }
            }
        }
    };
}

events! {
    Push "push_events",
    TagPush "tag_push_events",
    Issues "issues_events",
    ConfidentialIssues "confidential_issues_events",
    MergeRequests "merge_requests_events",
    Note "note_events",
    ConfidentialNote "confidential_note_events",
    Job "job_events",
    Pipeline "pipeline_events",
    WikiPage "wiki_page_events",
    Deployment "deployment_events",
    Releases "releases_events",
    Milestone "milestone_events",
    FeatureFlag "feature_flag_events",
    Emoji "emoji_events",
    ResourceAccessToken "resource_access_token_events",
    Vulnerability "vulnerability_events",
}

/// How a hook narrows pushes by branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BranchFilter {
    /// The text is a pattern with `*`.
    Wildcard,
    /// The text is a regular expression.
    Regex,
    /// All branches.
    All,
}

impl BranchFilter {
    /// All of them. The place in this list is part of the storage format.
    pub const ALL: [BranchFilter; 3] = [BranchFilter::Wildcard, BranchFilter::Regex, BranchFilter::All];

    /// The API's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            BranchFilter::Wildcard => "wildcard",
            BranchFilter::Regex => "regex",
            BranchFilter::All => "all_branches",
        }
    }

    /// Reads the API's word.
    pub fn parse(word: &str) -> Option<BranchFilter> {
        BranchFilter::ALL.into_iter().find(|filter| filter.as_str() == word)
    }
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Id, unique in the instance.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// Where to: http or https, without credentials.
    pub url: String,
    /// Name to show; may be empty.
    pub name: String,
    /// Text; may be empty.
    pub description: String,
    /// What it is told of, in the order of [`HookEvent::ALL`].
    pub events: Vec<HookEvent>,
    /// Whether the certificate of the other side is checked.
    pub verifies_tls: bool,
    /// Sent with every delivery as it is.
    pub token: Option<Secret>,
    /// Key that deliveries are signed with.
    pub signing_token: Option<Secret>,
    /// Names and values of more headers.
    pub headers: Vec<(String, Secret)>,
    /// How pushes are narrowed.
    pub branch_filter: BranchFilter,
    /// To which branches; empty for all.
    pub branches: String,
    /// Who made it.
    pub creator_id: u64,
    /// When made.
    pub created_at: Millis,
    /// When last changed.
    pub updated_at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Some(Secret("abc".to_owned()))), "Some([secret])");
    }
}
