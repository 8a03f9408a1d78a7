//! Who belongs to a project or group, and how far. Must not know: storage, HTTP, what a level allows.

use crate::clock::Millis;
use casemate_shared::AccessLevel;

/// What somebody is a member of; GitLab calls it the member's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A project, by id.
    Project(u64),
    /// A group, by id: and so of all that is in it.
    Group(u64),
}

impl Source {
    /// The id, of a project or a group.
    pub const fn id(self) -> u64 {
        match self {
            Source::Project(id) | Source::Group(id) => id,
        }
    }

    /// Number of the kind; part of the storage format.
    pub const fn kind(self) -> u8 {
        match self {
            Source::Project(_) => 0,
            Source::Group(_) => 1,
        }
    }

    /// The source of that kind.
    pub const fn of(kind: u8, id: u64) -> Option<Source> {
        match kind {
            0 => Some(Source::Project(id)),
            1 => Some(Source::Group(id)),
            _ => None,
        }
    }
}

/// A direct membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Of what.
    pub source: Source,
    /// Who.
    pub user_id: u64,
    /// How far.
    pub level: AccessLevel,
    /// The day from which on it counts no more, `YYYY-MM-DD`; none when it stays.
    pub expires_on: Option<String>,
    /// Who added the member; none when nobody did, as for the one who made the group.
    pub invited_by: Option<u64>,
    /// When added.
    pub created_at: Millis,
}

impl Member {
    /// Whether it still counts on a day, `YYYY-MM-DD`.
    pub fn counts_on(&self, today: &str) -> bool {
        self.expires_on.as_deref().is_none_or(|end| today < end)
    }
}
