//! One act: who, what, to what, what changed. Must not know: how it is kept.

use super::event::Event;
use crate::clock::Millis;
use crate::domain::audit::EntityKind;
use crate::domain::member::Source;

/// Who acts, by what, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct By {
    /// The user; none before anybody is known, and for what the server does by itself.
    pub user_id: Option<u64>,
    /// The administrator who acts as that user.
    pub behind: Option<u64>,
    /// By what they are known: `session`, `access_token`, `job_token`, and its id.
    pub means: Option<(&'static str, u64)>,
    /// Address of the client; empty when unknown.
    pub address: String,
    /// Id of the request.
    pub request_id: String,
    /// When.
    pub at: Millis,
    /// Whether the server does it by itself.
    pub is_system: bool,
}

impl By {
    /// The server by itself.
    pub fn system(at: Millis) -> By {
        By { at, is_system: true, ..By::default() }
    }
}

/// What an act was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// The instance.
    Instance,
    /// A user.
    User(u64),
    /// A group.
    Group(u64),
    /// A project.
    Project(u64),
}

impl Entity {
    /// Its kind.
    pub const fn kind(self) -> EntityKind {
        match self {
            Entity::Instance => EntityKind::Instance,
            Entity::User(_) => EntityKind::User,
            Entity::Group(_) => EntityKind::Group,
            Entity::Project(_) => EntityKind::Project,
        }
    }

    /// Its id; 0 for the instance.
    pub const fn id(self) -> u64 {
        match self {
            Entity::Instance => 0,
            Entity::User(id) | Entity::Group(id) | Entity::Project(id) => id,
        }
    }
}

impl From<Source> for Entity {
    fn from(source: Source) -> Entity {
        match source {
            Source::Project(id) => Entity::Project(id),
            Source::Group(id) => Entity::Group(id),
        }
    }
}

/// What was done. Never holds a secret, and no text that somebody wrote for other purposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The word for it.
    pub event: Event,
    /// What it was done to.
    pub entity: Entity,
    /// What in it, if not the entity itself: kind, id, name.
    pub target: Option<(&'static str, u64, String)>,
    /// More about it, by name.
    pub facts: Vec<(&'static str, String)>,
    /// What changed: name, before, after.
    pub changes: Vec<(&'static str, String, String)>,
}

impl Act {
    /// Something done to something.
    pub const fn on(event: Event, entity: Entity) -> Act {
        Act { event, entity, target: None, facts: Vec::new(), changes: Vec::new() }
    }

    /// Something done to a user.
    pub const fn on_user(event: Event, id: u64) -> Act {
        Act::on(event, Entity::User(id))
    }

    /// The same act, about something in the entity.
    #[must_use]
    pub fn about(mut self, kind: &'static str, id: u64, name: impl Into<String>) -> Act {
        self.target = Some((kind, id, name.into()));
        self
    }

    /// The same act, with one more fact; an empty one is none.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Act {
        let value = value.into();
        if !value.is_empty() {
            self.facts.push((name, value));
        }
        self
    }

    /// The same act, with what changed; nothing when nothing did.
    #[must_use]
    pub fn changed(mut self, name: &'static str, before: impl Into<String>, after: impl Into<String>) -> Act {
        let (before, after) = (before.into(), after.into());
        if before != after {
            self.changes.push((name, before, after));
        }
        self
    }
}
