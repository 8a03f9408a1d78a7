//! What matters for security is noted down, each note with the hash of the one before: who, what, to what, from
//! where, before and after.
//!
//! Must not know: HTTP, who may read it, how anything that is noted works. Start with [`pass`]: every act goes
//! through it, inside the transaction that does it, so that neither is there without the other.

mod act;
mod event;
mod failures;
mod settings;
#[cfg(test)]
mod tests;
pub mod verify;

pub use act::{Act, By, Entity};
pub use event::Event;
pub use failures::Failures;
pub use settings::note_settings;

use crate::domain::audit::AuditEvent;
use crate::store::{Reads, StoreError, WriteTx, accounts, audit, projects};

/// Most characters of one value: what is longer is cut off.
const CHARS: usize = 1_000;
/// Who it was when nobody was signed in.
const NOBODY: &str = "An unauthenticated user";
/// Who it was when the server did it by itself.
const SYSTEM: &str = "Casemate";

/// Takes note of an act, inside the transaction that does it.
///
/// # Errors
/// When the store fails.
pub fn pass(wtx: &mut WriteTx, by: &By, act: &Act) -> Result<(), StoreError> {
    let event = audit::append(wtx, event_of(wtx, by, act)?)?;
    tracing::info!(
        audit_event = event.id,
        name = event.name,
        entity = act.entity.kind().as_str(),
        entity_id = event.entity_id,
        by = event.author_name,
        behind = event.behind_name,
        from = event.address,
        request_id = event.request_id,
        "security-relevant act"
    );
    Ok(())
}

/// Takes note of those of several acts that changed something.
///
/// # Errors
/// When the store fails.
pub fn pass_changes(wtx: &mut WriteTx, by: &By, acts: &[Act]) -> Result<(), StoreError> {
    acts.iter().filter(|act| !act.changes.is_empty()).try_for_each(|act| pass(wtx, by, act))
}

fn event_of(tx: &impl Reads, by: &By, act: &Act) -> Result<AuditEvent, StoreError> {
    let name_of = |id: u64| Ok::<_, StoreError>(accounts::find_user(tx, id)?.map(|user| user.username).unwrap_or_default());
    let author_name = match by.user_id {
        Some(id) => name_of(id)?,
        None => (if by.is_system { SYSTEM } else { NOBODY }).to_owned(),
    };
    let (means, means_id) = by.means.unwrap_or_default();
    let (kind, target_id, target) = act.target.clone().unwrap_or_default();
    let own = |text: &str| clipped(text);
    Ok(AuditEvent {
        id: 0,
        at: by.at,
        author_id: by.user_id.unwrap_or_default(),
        author_name,
        means: means.to_owned(),
        means_id,
        behind_id: by.behind.unwrap_or_default(),
        behind_name: by.behind.map(name_of).transpose()?.unwrap_or_default(),
        entity: act.entity.kind(),
        entity_id: act.entity.id(),
        entity_path: path_of(tx, act.entity)?,
        name: act.event.word().to_owned(),
        target: (kind.to_owned(), target_id, own(&target)),
        facts: act.facts.iter().map(|(name, value)| ((*name).to_owned(), own(value))).collect(),
        changes: act.changes.iter().map(|(name, from, to)| ((*name).to_owned(), own(from), own(to))).collect(),
        address: by.address.clone(),
        request_id: by.request_id.clone(),
        hash: [0; 32],
    })
}

/// What somebody wrote, without what could pretend to be another line of a log.
fn clipped(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(CHARS).collect()
}

fn path_of(tx: &impl Reads, entity: Entity) -> Result<String, StoreError> {
    let found = match entity {
        Entity::Instance => None,
        Entity::User(id) => accounts::find_user(tx, id)?.map(|user| user.username),
        Entity::Group(id) => projects::find_namespace(tx, id)?.map(|group| group.full_path),
        Entity::Project(id) => projects::find_project(tx, id)?.map(|project| project.full_path),
    };
    Ok(found.unwrap_or_default())
}
