//! The one place that security-relevant acts pass: what was done, by whom, from where. Must not know: how a
//! request looks.

use crate::store::{StoreError, WriteTx};

/// Who acts, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct By {
    /// The user; none before anybody is known.
    pub user_id: Option<u64>,
    /// The administrator who acts as that user.
    pub behind: Option<u64>,
    /// Address of the client; empty when unknown.
    pub address: String,
    /// Id of the request.
    pub request_id: String,
}

/// What was done. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The word for it, as `user_blocked`.
    pub name: &'static str,
    /// Kind of what it was done to: `User`, `Project`, `Group`.
    pub entity: &'static str,
    /// Id of what it was done to; 0 when there is none, as with an unknown name.
    pub entity_id: u64,
    /// More about it: names, and values before and after.
    pub details: Vec<(&'static str, String)>,
}

impl Act {
    /// Something done to a user.
    pub const fn on_user(name: &'static str, id: u64) -> Act {
        Act { name, entity: "User", entity_id: id, details: Vec::new() }
    }

    /// The same act, with one more fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Act {
        self.details.push((name, value.into()));
        self
    }

    /// The same act, with what changed; nothing when nothing did.
    #[must_use]
    pub fn changed(self, names: (&'static str, &'static str), before: &str, after: &str) -> Act {
        if before == after { self } else { self.with(names.0, before).with(names.1, after) }
    }
}

/// Takes note of an act, inside the transaction that does it.
///
/// # Errors
/// When the store fails.
pub fn pass(_wtx: &mut WriteTx, by: &By, act: &Act) -> Result<(), StoreError> {
    tracing::info!(
        act = act.name,
        entity = act.entity,
        entity_id = act.entity_id,
        details = ?act.details,
        by = by.user_id,
        behind = by.behind,
        from = by.address,
        request_id = by.request_id,
        "security-relevant act"
    );
    Ok(())
}
