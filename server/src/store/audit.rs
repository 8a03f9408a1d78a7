//! The log of what was done that matters for security: appended, never changed. Must not know: which acts there
//! are, who may read it.
//!
//! Ids follow each other without gaps, times never go back: so a time is found by halving, and an end that was
//! cut off is seen from what is kept about it.

use super::catalog::{AUDIT_BY_AUTHOR, AUDIT_BY_ENTITY, AUDIT_BY_NAME, AUDIT_EVENTS, META, Table};
use super::key::{Key, behind, id_at};
use super::lists::Slice;
use super::{Reads, StoreError, WriteTx, codec, row, value};
use crate::clock::Millis;
use crate::domain::audit::{AuditEvent, EntityKind, FIRST};
use std::ops::ControlFlow;

/// Key of what is kept about the end, in `meta`.
const HEAD: &[u8] = b"audit_head";

/// How many events there are, and the hash of the last; none before the first.
///
/// # Errors
/// `Damaged` when it has a wrong form, or the engine's.
pub fn head(tx: &impl Reads) -> Result<Option<(u64, [u8; 32])>, StoreError> {
    let Some(bytes) = value(tx, META, HEAD.to_vec())? else { return Ok(None) };
    let damaged = || StoreError::Damaged { table: META.name, reason: "audit_head has a wrong form".to_owned() };
    let hash = bytes.get(8..).and_then(|hash| hash.try_into().ok()).ok_or_else(damaged)?;
    Ok(Some((id_at(&bytes, 0), hash)))
}

/// Appends an event: id, time not before the one before, and hash are set here.
///
/// # Errors
/// When the engine fails.
pub fn append(wtx: &mut WriteTx, event: AuditEvent) -> Result<AuditEvent, StoreError> {
    let (count, before) = head(wtx)?.unwrap_or((0, FIRST));
    let last = find(wtx, count)?.map_or(event.at, |last| last.at);
    let mut event = AuditEvent { id: count + 1, at: event.at.max(last), ..event };
    event.hash = event.hash_after(&before);
    wtx.put_row(AUDIT_EVENTS, Key::id(event.id).done(), &event)?;
    for (table, key) in index_entries(&event) {
        wtx.put(table, key, &[])?;
    }
    wtx.put(META, HEAD.to_vec(), &Key::id(event.id).then_bytes(&event.hash).done())?;
    Ok(event)
}

/// Every index entry of an event.
pub(super) fn index_entries(event: &AuditEvent) -> [(Table, Vec<u8>); 3] {
    [
        (AUDIT_BY_ENTITY, entity_key(event.entity, event.entity_id).then_id(event.id).done()),
        (AUDIT_BY_AUTHOR, Key::id(event.author_id).then_id(event.id).done()),
        (AUDIT_BY_NAME, name_key(&event.name).then_id(event.id).done()),
    ]
}

fn entity_key(kind: EntityKind, id: u64) -> Key {
    Key::bytes(&[kind.number()]).then_id(id)
}

/// No name has the byte 0, so none is the beginning of another.
fn name_key(name: &str) -> Key {
    Key::bytes(name.as_bytes()).then_byte(0)
}

/// One event.
///
/// # Errors
/// When it is damaged, or the engine fails.
pub fn find(tx: &impl Reads, id: u64) -> Result<Option<AuditEvent>, StoreError> {
    row(tx, AUDIT_EVENTS, Key::id(id).done())
}

/// Calls `visit` with the id and the event, or why it can't be read, of each that is stored, in order.
///
/// # Errors
/// When the engine fails.
pub fn each(
    tx: &impl Reads,
    mut visit: impl FnMut(u64, Result<AuditEvent, String>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    tx.walk(AUDIT_EVENTS, &[], None, false, &mut |key, bytes| {
        let event = codec::decode(AUDIT_EVENTS.name, bytes).map_err(|error| error.to_string());
        Ok(visit(id_at(key, 0), event))
    })
}

/// What a list of events is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Not before.
    pub after: Option<Millis>,
    /// Not after.
    pub before: Option<Millis>,
    /// By whom; 0 for what nobody did who was signed in.
    pub author: Option<u64>,
    /// To what kind of thing.
    pub kind: Option<EntityKind>,
    /// To which one of that kind; means nothing without the kind.
    pub entity: Option<u64>,
    /// The word for the act.
    pub name: Option<String>,
}

impl Filter {
    /// The index that has the fewest, and the beginning of its keys.
    fn index(&self) -> (Table, Vec<u8>) {
        match (self.kind, self.entity, self.author, &self.name) {
            (Some(kind), Some(id), ..) => (AUDIT_BY_ENTITY, entity_key(kind, id).done()),
            (_, _, Some(author), _) => (AUDIT_BY_AUTHOR, Key::id(author).done()),
            (_, _, _, Some(name)) => (AUDIT_BY_NAME, name_key(name).done()),
            _ => (AUDIT_EVENTS, Vec::new()),
        }
    }

    /// Whether all that is in the index is wanted: then no row is read but those of the page.
    fn is_met_by(&self, table: Table) -> bool {
        let is = |index: Table| index.name == table.name;
        (self.kind.is_none() || is(AUDIT_BY_ENTITY))
            && (self.author.is_none() || is(AUDIT_BY_AUTHOR))
            && (self.name.is_none() || is(AUDIT_BY_NAME))
    }

    fn takes(&self, event: &AuditEvent) -> bool {
        self.author.is_none_or(|author| author == event.author_id)
            && self.kind.is_none_or(|kind| kind == event.entity && self.entity.is_none_or(|id| id == event.entity_id))
            && self.name.as_ref().is_none_or(|name| *name == event.name)
    }
}

/// A stretch of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct EventPage {
    /// Events of the whole list; none where it was not asked for.
    pub total: Option<u64>,
    /// Those of the stretch, in the order of the list.
    pub events: Vec<AuditEvent>,
    /// Whether more follow.
    pub more: bool,
}

/// A page by number, with the length of the whole list: walks over the keys of all that are wanted.
///
/// # Errors
/// When a row is damaged or the engine fails.
pub fn page(tx: &impl Reads, filter: &Filter, slice: Slice) -> Result<EventPage, StoreError> {
    let ids = range(tx, filter)?;
    walk_page(tx, filter, ids, slice, true)
}

/// The page behind an event: costs what the page costs, however long the list is.
///
/// # Errors
/// When a row is damaged or the engine fails.
pub fn page_behind(
    tx: &impl Reads,
    filter: &Filter,
    from: Option<u64>,
    newest_first: bool,
    limit: usize,
) -> Result<EventPage, StoreError> {
    let (first, end) = range(tx, filter)?;
    let ids = match from {
        Some(from) if newest_first => (first, end.min(from)),
        Some(from) => (first.max(from.saturating_add(1)), end),
        None => (first, end),
    };
    walk_page(tx, filter, ids, Slice { offset: 0, limit, newest_first }, false)
}

/// The ids of the filter's times: from the first on, up to the second.
fn range(tx: &impl Reads, filter: &Filter) -> Result<(u64, u64), StoreError> {
    let first = filter.after.map(|time| first_at(tx, time)).transpose()?.unwrap_or(0);
    let end = filter.before.map(|time| first_at(tx, time.saturating_add(1))).transpose()?.unwrap_or(u64::MAX);
    Ok((first, end))
}

/// The lowest id whose event is not before a time; one behind the last when there is none.
fn first_at(tx: &impl Reads, time: Millis) -> Result<u64, StoreError> {
    let (mut low, mut high) = (1, head(tx)?.map_or(0, |(count, _)| count) + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let is_before = find(tx, middle)?.is_some_and(|event| event.at < time);
        if is_before { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

fn walk_page(
    tx: &impl Reads,
    filter: &Filter,
    (first, end): (u64, u64),
    slice: Slice,
    counts: bool,
) -> Result<EventPage, StoreError> {
    let (table, prefix) = filter.index();
    let is_met = filter.is_met_by(table);
    let from = Key::bytes(&prefix).then_id(first).done();
    let to = match end {
        u64::MAX => behind(&prefix),
        end => Some(Key::bytes(&prefix).then_id(end).done()),
    };
    let (mut total, mut ids) = (0, Vec::new());
    let mut more = false;
    tx.walk(table, &from, to.as_deref(), slice.newest_first, &mut |key, _| {
        let id = id_at(key, key.len().saturating_sub(8));
        if !is_met && !find(tx, id)?.is_some_and(|event| filter.takes(&event)) {
            return Ok(ControlFlow::Continue(()));
        }
        total += 1;
        if total > slice.offset && ids.len() < slice.limit {
            ids.push(id);
        } else if total > slice.offset {
            more = true;
        }
        Ok(if more && !counts { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    let missing = |id| StoreError::Damaged { table: AUDIT_EVENTS.name, reason: format!("event {id} is missing") };
    let events: Result<Vec<_>, StoreError> = ids.into_iter().map(|id| find(tx, id)?.ok_or_else(|| missing(id))).collect();
    Ok(EventPage { total: counts.then_some(total), events: events?, more })
}

/// For tests: writes an event as it is, past every rule.
#[cfg(test)]
pub(crate) fn overwrite(wtx: &mut WriteTx, event: &AuditEvent) -> Result<(), StoreError> {
    wtx.put_row(AUDIT_EVENTS, Key::id(event.id).done(), event)?;
    index_entries(event).into_iter().try_for_each(|(table, key)| wtx.put(table, key, &[]))
}
