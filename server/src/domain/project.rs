//! Groups and projects. Must not know: storage, HTTP.

use crate::clock::Millis;

/// Who may see a group or project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Members.
    Private,
    /// Everyone who is signed in.
    Internal,
    /// Everyone.
    Public,
}

impl Visibility {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Visibility::Private => "private",
            Visibility::Internal => "internal",
            Visibility::Public => "public",
        }
    }

    /// GitLab's number; part of the storage format.
    pub const fn number(self) -> u8 {
        match self {
            Visibility::Private => 0,
            Visibility::Internal => 10,
            Visibility::Public => 20,
        }
    }

    /// The visibility with that number.
    pub const fn from_number(number: u8) -> Option<Visibility> {
        match number {
            0 => Some(Visibility::Private),
            10 => Some(Visibility::Internal),
            20 => Some(Visibility::Public),
            _ => None,
        }
    }

    /// Reads the API's word.
    pub fn parse(word: &str) -> Option<Visibility> {
        [Visibility::Private, Visibility::Internal, Visibility::Public].into_iter().find(|v| v.as_str() == word)
    }
}

/// A group, or the namespace of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Id.
    pub id: u64,
    /// The group above.
    pub parent_id: Option<u64>,
    /// Whether it is a user's own.
    pub is_user: bool,
    /// Name to show.
    pub name: String,
    /// Last part of the path.
    pub path: String,
    /// Whole path.
    pub full_path: String,
    /// Names from the root, joined by ` / `.
    pub full_name: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Text.
    pub description: String,
    /// Who made it; the user whose namespace it is.
    pub creator_id: u64,
    /// When made.
    pub created_at: Millis,
    /// When somebody asked to remove it: from then on it is there for nobody.
    pub deleted_at: Option<Millis>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Id; it enters the identity of every finding.
    pub id: u64,
    /// Where it lives.
    pub namespace_id: u64,
    /// Name to show.
    pub name: String,
    /// Last part of the path.
    pub path: String,
    /// Whole path.
    pub full_path: String,
    /// Branch whose findings become vulnerabilities.
    pub default_branch: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// Text.
    pub description: String,
    /// Topics.
    pub topics: Vec<String>,
    /// Where the repository is, if told.
    pub repository_url: Option<String>,
    /// Whether archived.
    pub archived: bool,
    /// Who made it.
    pub creator_id: u64,
    /// When made.
    pub created_at: Millis,
    /// When something last happened.
    pub last_activity_at: Millis,
    /// When somebody asked to remove it: from then on it is there for nobody.
    pub deleted_at: Option<Millis>,
}
