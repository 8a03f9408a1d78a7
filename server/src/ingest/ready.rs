//! Makes the commit groups of a promotion ready to be stored: bodies are read, drafts built and brought into their
//! stored form, in rayon, in slices of 50, without the writer.
//!
//! Must not know: who stores them, in what order.

use super::Room;
use super::draft::{self, Draft, IdentifierIds, Source};
use super::fresh::{Fresh, FreshFinding};
use super::inherit;
use crate::domain::finding::{EventKind, MatchEvidence, Matched, VulnerabilityEvent};
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{ListEntry, Scan};
use crate::domain::tape::Tape;
use crate::store::findings::NewPairs;
use crate::store::records::KnownIdentifiers;
use crate::store::{ReadTx, StoreError, bodies, findings, records};
use rayon::prelude::*;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Findings of one slice; a slice that fails hurts only itself.
const SLICE: usize = 50;
/// New findings that one thread brings into their stored form at a time.
const ENCODED: usize = 256;

/// One entry that has something to be done for.
#[derive(Clone, Copy)]
pub(super) struct Todo {
    pub(super) entry: ListEntry,
    pub(super) is_known: bool,
}

/// A draft, and what it was matched with by, if it was.
struct Built {
    draft: Draft,
    evidence: Option<MatchEvidence>,
    is_known: bool,
    /// Why it is kept apart from a stored one, if it is new and could have been that one.
    apart: Option<Matched>,
}

#[derive(Default)]
struct Drafts {
    drafts: Vec<Built>,
    failed: u64,
    reasons: Vec<String>,
}

/// What drafts are built by.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) scan: &'a Scan,
    /// Its findings, if they were read just now.
    pub(super) fresh: Option<&'a Fresh>,
    /// Whether findings of the scan may take over what other scanners found.
    pub(super) is_heir: bool,
    /// Whether there were findings of the type before.
    pub(super) has_stored: bool,
}

/// Reads the bodies and builds what is to be stored, slice by slice.
fn build(rtx: &ReadTx, facts: Facts<'_>, identifiers: &KnownIdentifiers, group: &[Todo]) -> Drafts {
    let slices: Vec<Result<Vec<Built>, (u64, String)>> = group
        .par_chunks(SLICE)
        .map(|slice| build_slice(rtx, facts, identifiers, slice).map_err(|reason| (slice.len() as u64, reason)))
        .collect();
    let mut answer = Drafts::default();
    for slice in slices {
        match slice {
            Ok(drafts) => answer.drafts.extend(drafts),
            Err((count, reason)) => {
                answer.failed += count;
                answer.reasons.push(reason);
            }
        }
    }
    answer
}

fn build_slice(rtx: &ReadTx, facts: Facts<'_>, identifiers: &KnownIdentifiers, slice: &[Todo]) -> Result<Vec<Built>, String> {
    let known = Some(identifiers);
    let fresh: Option<Vec<FreshFinding<'_>>> =
        facts.fresh.and_then(|fresh| slice.iter().map(|todo| fresh.get(&todo.entry.uuid)).collect());
    let mut tape = Tape::default();
    if let Some(fresh) = fresh {
        let built = slice.iter().zip(fresh).map(|(todo, finding)| {
            let source = Source::fresh(finding, &todo.entry, facts.scan)?;
            build_one(rtx, facts, todo, source, known, &mut tape)
        });
        return built.collect();
    }
    let ids: Vec<u64> = slice.iter().map(|todo| todo.entry.body_id).collect();
    let bodies = bodies::get_bare_bodies(rtx, &ids).map_err(|error| error.to_string())?;
    let built = slice
        .iter()
        .zip(&bodies)
        .map(|(todo, body)| build_one(rtx, facts, todo, Source::stored(body, &todo.entry)?, known, &mut tape));
    built.collect()
}

fn build_one<'b>(
    rtx: &ReadTx,
    facts: Facts<'_>,
    todo: &Todo,
    source: Source<'b>,
    known: Option<&KnownIdentifiers>,
    tape: &mut Tape<'b>,
) -> Result<Built, String> {
    // Who may be one of several has to tell all that it is known by.
    let draft = draft::build(source, tape, known.filter(|_| !facts.has_stored))?;
    let evidence = todo.entry.taken_over_by.or(todo.is_known.then_some(MatchEvidence::Uuid));
    if todo.is_known {
        return Ok(Built { draft, evidence, is_known: true, apart: None });
    }
    let apart = if facts.has_stored {
        inherit::apart(rtx, facts.pipeline, &draft, facts.is_heir).map_err(|error| error.to_string())?
    } else {
        None
    };
    Ok(Built { draft, evidence, is_known: false, apart })
}

/// A group that only its ids are missing of.
#[derive(Default)]
pub(super) struct Ready {
    /// Entries that were built.
    pub(super) length: usize,
    pub(super) new_uuids: Vec<[u8; 16]>,
    pub(super) new: Vec<NewPairs>,
    pub(super) known: Vec<(Draft, Option<MatchEvidence>)>,
    pub(super) failed: u64,
    pub(super) reasons: Vec<String>,
}

/// Makes groups ready to be stored, without the writer.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a> {
    pub(super) room: &'a Room,
    pub(super) facts: Facts<'a>,
    pub(super) identifiers: &'a RwLock<KnownIdentifiers>,
}

impl Maker<'_> {
    pub(super) fn make(self, group: &[Todo], places_later: bool) -> Result<Ready, StoreError> {
        if group.is_empty() {
            return Ok(Ready::default());
        }
        let drafts = {
            // A snapshot for each group: one that stayed open would keep every page that the writer replaces.
            let rtx = self.room.store.read()?;
            build(&rtx, self.facts, &self.identifiers(), group)
        };
        let ids = self.identifier_ids(&drafts.drafts)?;
        let length = drafts.drafts.len();
        let (known, new): (Vec<Built>, Vec<Built>) = drafts.drafts.into_iter().partition(|built| built.is_known);
        let new_uuids = new.iter().map(|built| built.draft.uuid).collect();
        let new = self.encode(new, &ids, places_later)?;
        let named = |built: Built| Ok((built.draft.with_identifiers(&ids).map_err(StoreError::Engine)?, built.evidence));
        let known = known.into_iter().map(named).collect::<Result<_, StoreError>>()?;
        Ok(Ready { length, new_uuids, new, known, failed: drafts.failed, reasons: drafts.reasons })
    }

    fn identifiers(&self) -> RwLockReadGuard<'_, KnownIdentifiers> {
        self.identifiers.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds or makes the identifier records of a group; answers the ids of those that it tells. Most groups repeat
    /// those of the groups before. Another group may be made ready at the same time, so what is known afterwards need
    /// not be what this one needs.
    fn identifier_ids(&self, group: &[Built]) -> Result<IdentifierIds, StoreError> {
        let (room, project) = (self.room, self.facts.scan.project_id);
        let mut known = self.identifiers.write().unwrap_or_else(PoisonError::into_inner);
        let told = || group.iter().flat_map(|built| built.draft.told());
        let wanted = known.unknown(told());
        if !wanted.is_empty() && !known.find(&room.store.read()?, project, &wanted)? {
            let ids = room.store.write(|wtx| records::upsert_identifiers(wtx, project, &wanted))?;
            known.learn(&ids, &wanted);
        }
        Ok(told().filter_map(|identifier| Some((identifier.fingerprint, known.id(&identifier.fingerprint)?))).collect())
    }

    fn encode(&self, new: Vec<Built>, ids: &IdentifierIds, places_later: bool) -> Result<Vec<NewPairs>, StoreError> {
        let (now, pipeline) = (self.room.clock.now(), self.facts.pipeline);
        let event = VulnerabilityEvent::new(EventKind::Detected, pipeline.id, self.facts.scan.id, now);
        let encode = |slice: Vec<Built>| {
            let pair = |built: Built| {
                let event = VulnerabilityEvent { matched: built.apart, ..event.clone() };
                Ok((built.draft.with_identifiers(ids).map_err(StoreError::Engine)?.create(pipeline, now), event))
            };
            let pairs = slice.into_iter().map(pair).collect::<Result<Vec<_>, StoreError>>()?;
            findings::encode_new(&pairs, places_later)
        };
        new.into_par_iter().chunks(ENCODED).map(encode).collect()
    }
}
