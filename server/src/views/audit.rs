//! Events of the audit log on the wire. Must not know: storage, who may see them.

use crate::audit::Event;
use crate::clock::iso;
use crate::domain::audit::AuditEvent;
use crate::domain::identity::hex;
use casemate_shared::api::audit as wire;

/// An event.
pub fn event(event: &AuditEvent) -> wire::AuditEvent {
    wire::AuditEvent {
        id: event.id,
        author_id: if event.author_id == 0 { -1 } else { i64::try_from(event.author_id).unwrap_or(-1) },
        entity_id: event.entity_id,
        entity_type: event.entity.as_str().to_owned(),
        event_name: event.name.clone(),
        details: details(event),
        created_at: iso(event.at),
        hash: hex(&event.hash),
    }
}

fn details(event: &AuditEvent) -> wire::AuditDetails {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let is_itself = event.target.0.is_empty();
    let changes: Vec<_> = event.changes.iter().map(change).collect();
    let only = changes.first().filter(|_| changes.len() == 1);
    wire::AuditDetails {
        author_name: event.author_name.clone(),
        custom_message: Event::of_word(&event.name).map_or_else(|| event.name.clone(), |known| known.what().to_owned()),
        entity_path: event.entity_path.clone(),
        ip_address: some(&event.address),
        target_type: if is_itself { event.entity.as_str().to_owned() } else { event.target.0.clone() },
        target_id: if is_itself { event.entity_id } else { event.target.1 },
        target_details: if is_itself { event.entity_path.clone() } else { event.target.2.clone() },
        change: only.map(|only| only.change.clone()),
        from: only.map(|only| only.from.clone()),
        to: only.map(|only| only.to.clone()),
        changes: changes.clone(),
        facts: event.facts.iter().cloned().collect(),
        authenticated_by: some(&event.means).map(|kind| wire::AuditMeans { kind, id: event.means_id }),
        sudo_by: (event.behind_id > 0).then(|| wire::AuditSudo { id: event.behind_id, username: event.behind_name.clone() }),
        request_id: some(&event.request_id),
    }
}

fn change((change, from, to): &(String, String, String)) -> wire::AuditChange {
    wire::AuditChange { change: change.clone(), from: from.clone(), to: to.clone() }
}
