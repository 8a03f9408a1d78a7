//! What becomes of the vulnerabilities that an import touched: taken back, or kept with the reason and handed
//! over to who keeps it.
//!
//! Must not know: what scanners are compared with, who asked.

use super::later::Later;
use crate::domain::finding::{EventKind, VulnerabilityEvent};
use crate::domain::pipeline::Pipeline;
use crate::domain::triage::{StateTransition, automatic};
use crate::domain::undo::{Kept, Undo};
use crate::store::findings::{Change, Pair};
use crate::store::undo::{self, UndoEntry};
use crate::store::{StoreError, WriteTx, findings, transitions};
use casemate_shared::{KeptImported, VulnerabilityState};

/// What to do about one entry.
enum Decision {
    /// It is not on the default branch any more: an undo of an earlier import took it away.
    Nothing,
    TakeBack(Box<Pair>),
    Keep(KeptImported, Option<u64>),
}

/// A commit group of an undo.
pub(super) struct Group<'a> {
    pub wtx: &'a mut WriteTx,
    pub pipeline: &'a Pipeline,
    /// The scan that events of the undo name.
    pub scan_id: u64,
    pub later: &'a Later,
    pub now: i64,
}

impl Group<'_> {
    /// Works off the next entries; answers how many there were.
    pub fn work_off(mut self) -> Result<usize, StoreError> {
        let id = self.pipeline.id;
        let entries = undo::entries(self.wtx, id, super::GROUP)?;
        let Some(mut state) = undo::find_undo(self.wtx, id)?.filter(|_| !entries.is_empty()) else { return Ok(0) };
        let mut changes = Vec::new();
        for (vulnerability, entry) in &entries {
            let Some(pair) = findings::find_pair(self.wtx, *vulnerability)? else { continue };
            let decision = self.decide(&pair, entry)?;
            let decision = self.unless_occupied(&pair, decision, &changes)?;
            match decision {
                Decision::Nothing => {}
                Decision::TakeBack(new) => {
                    count(&mut state, &pair, entry);
                    let event = VulnerabilityEvent::new(EventKind::ImportUndone, id, self.scan_id, self.now);
                    changes.push(Change { old: Some(pair), new: *new, event: Some(event) });
                }
                Decision::Keep(reason, pipeline_id) => {
                    self.hand_over(&pair, entry, pipeline_id)?;
                    state.keep(Kept { vulnerability_id: *vulnerability, reason, pipeline_id });
                }
            }
        }
        let ids: Vec<u64> = entries.iter().map(|(id, _)| *id).collect();
        undo::remove_entries(self.wtx, id, &ids)?;
        let states: Vec<StateTransition> = changes.iter().filter_map(|change| self.changed_state(change)).collect();
        findings::put(self.wtx, self.pipeline.project_id, changes)?;
        for transition in states {
            transitions::append(self.wtx, transition)?;
        }
        undo::put_undo(self.wtx, &state)?;
        Ok(entries.len())
    }

    /// An import may have given a finding another identity. It can't have its old one back when that became
    /// another finding's since.
    fn unless_occupied(&self, pair: &Pair, decision: Decision, changes: &[Change]) -> Result<Decision, StoreError> {
        let Decision::TakeBack(new) = decision else { return Ok(decision) };
        let uuid = new.finding.uuid;
        if uuid == pair.finding.uuid {
            return Ok(Decision::TakeBack(new));
        }
        let stored = findings::known(self.wtx, self.pipeline.project_id, &[uuid])?;
        let is_stored = stored.iter().flatten().any(|known| known.vulnerability_id != pair.vulnerability.id);
        let is_taken = is_stored || changes.iter().any(|change| change.new.finding.uuid == uuid);
        Ok(if is_taken { Decision::Keep(KeptImported::ChangedLater, None) } else { Decision::TakeBack(new) })
    }

    /// What was resolved before the import is resolved again.
    fn changed_state(&self, change: &Change) -> Option<StateTransition> {
        let (from, to) = (change.old.as_ref()?.vulnerability.state, change.new.vulnerability.state);
        let comment = format!("the import of pipeline {} was taken back", self.pipeline.id);
        (from != to).then(|| automatic(change.new.vulnerability.id, from, to, comment, self.pipeline.id, self.now))
    }

    fn decide(&self, pair: &Pair, entry: &UndoEntry) -> Result<Decision, StoreError> {
        if !pair.vulnerability.present_on_default_branch {
            return Ok(Decision::Nothing);
        }
        if let Some(pipeline) = self.later.reported.get(&pair.finding.uuid) {
            return Ok(Decision::Keep(KeptImported::ReportedLater, Some(*pipeline)));
        }
        if undo::pair_hash(pair)? != entry.after {
            let is_decided = !is_undecided(pair);
            if entry.is_created() && is_decided && !is_resolved_by_itself(pair) {
                return Ok(Decision::Keep(KeptImported::ChangedByPerson, None));
            }
            if !entry.is_created() || is_decided || self.is_touched(pair)? {
                let (reason, pipeline) = self.who(pair)?;
                return Ok(Decision::Keep(reason, pipeline));
            }
        }
        if entry.mark.is_none() && self.later.expired.contains(&pair.vulnerability.report_type) {
            return Ok(Decision::Keep(KeptImported::Expired, None));
        }
        Ok(match (entry.mark, &entry.pair) {
            (Some(_), _) if let Some(pipeline) = self.later.missed(pair) => {
                Decision::Keep(KeptImported::MissedLater, Some(pipeline))
            }
            (Some(mark), _) => Decision::TakeBack(Box::new(undo::unmarked(pair, mark))),
            (None, Some(before)) => Decision::TakeBack(Box::new(before.clone())),
            (None, None) => Decision::TakeBack(Box::new(never_seen(pair))),
        })
    }

    /// Whether somebody acted upon what the import made. A later scan that does not report it is no act.
    fn is_touched(&self, pair: &Pair) -> Result<bool, StoreError> {
        let events = findings::events(self.wtx, pair.vulnerability.id)?;
        let is_told = events.iter().any(|event| event.at == pair.vulnerability.updated_at);
        let states = transitions::of_vulnerability(self.wtx, pair.vulnerability.id)?;
        Ok(!is_told || states.iter().any(|transition| transition.author_id.is_some()))
    }

    /// Who changed it last: a later pipeline that stands, or somebody.
    fn who(&self, pair: &Pair) -> Result<(KeptImported, Option<u64>), StoreError> {
        let events = findings::events(self.wtx, pair.vulnerability.id)?;
        let last = events.iter().rfind(|event| event.at == pair.vulnerability.updated_at).map(|event| event.pipeline_id);
        let later = match last.filter(|pipeline| self.later.pipelines.contains(pipeline)) {
            Some(pipeline) => Some(pipeline),
            None => self.keeper(pair)?,
        };
        Ok(match later {
            Some(pipeline) => (KeptImported::ChangedLater, Some(pipeline)),
            None => (KeptImported::ChangedByPerson, None),
        })
    }

    /// The later pipeline that keeps it as it is for another one, which was taken back.
    fn keeper(&self, pair: &Pair) -> Result<Option<u64>, StoreError> {
        for id in self.later.pipelines.iter().rev() {
            if let Some(entry) = undo::find_entry(self.wtx, *id, pair.vulnerability.id)? {
                return Ok((undo::pair_hash(pair)? == entry.after).then_some(*id));
            }
        }
        Ok(None)
    }

    /// What later pipelines keep is theirs to take back: the first one's that had to do with it. What somebody did
    /// between the two stays.
    fn hand_over(&mut self, pair: &Pair, entry: &UndoEntry, reason: Option<u64>) -> Result<(), StoreError> {
        let id = pair.vulnerability.id;
        let Some((heir, own)) = reason.map(|_| self.heir(pair, entry)).transpose()?.flatten() else { return Ok(()) };
        let Some(own) = own else { return undo::put_entries(self.wtx, heir, &[(id, entry.clone())]) };
        let Some(between) = self.before(heir, pair)? else { return Ok(()) };
        let is_as_left = undo::pair_hash(&between)? == entry.after;
        let is_untouched = is_as_left || (entry.is_created() && is_undecided(&between));
        if !is_untouched {
            return Ok(());
        }
        let pair = entry.mark.map(|mark| undo::unmarked(&between, mark)).or_else(|| entry.pair.clone());
        undo::put_entries(self.wtx, heir, &[(id, UndoEntry { after: own.after, mark: None, pair })])
    }

    /// The first later pipeline that changed it, reported it, or looked in vain for what was marked; with its
    /// entry, if it has one.
    fn heir(&self, pair: &Pair, entry: &UndoEntry) -> Result<Option<(u64, Option<UndoEntry>)>, StoreError> {
        let reported = self.later.reported.get(&pair.finding.uuid).copied();
        let missed = entry.mark.and_then(|_| self.later.missed(pair));
        for id in &self.later.pipelines {
            let own = undo::find_entry(self.wtx, *id, pair.vulnerability.id)?;
            if own.is_some() || reported == Some(*id) || missed == Some(*id) {
                return Ok(Some((*id, own)));
            }
        }
        Ok(None)
    }

    /// What was there before a later pipeline changed it, if that can be told: from what is there now, back
    /// through what the pipelines behind it noted.
    fn before(&self, pipeline: u64, pair: &Pair) -> Result<Option<Pair>, StoreError> {
        let mut now = pair.clone();
        for id in self.later.pipelines.iter().rev() {
            let Some(entry) = undo::find_entry(self.wtx, *id, pair.vulnerability.id)? else { continue };
            let Some(before) = before(&entry, &now)? else { return Ok(None) };
            if *id == pipeline {
                return Ok(Some(before));
            }
            now = before;
        }
        Ok(None)
    }
}

/// What was there before the entry's pipeline, if it can be told.
fn before(entry: &UndoEntry, after: &Pair) -> Result<Option<Pair>, StoreError> {
    Ok(match entry.mark {
        Some(mark) if undo::pair_hash(after)? == entry.after => Some(undo::unmarked(after, mark)),
        Some(_) => None,
        None => entry.pair.clone(),
    })
}

/// Whether nobody has decided anything about it.
fn is_undecided(pair: &Pair) -> bool {
    let vulnerability = &pair.vulnerability;
    let decided = [vulnerability.dismissed, vulnerability.resolved, vulnerability.confirmed];
    vulnerability.state == VulnerabilityState::Detected
        && decided.iter().all(|decided| decided.by.is_none() && decided.at.is_none())
}

/// Whether it is resolved and nobody did it: a pipeline said that its rule is gone.
fn is_resolved_by_itself(pair: &Pair) -> bool {
    pair.vulnerability.state == VulnerabilityState::Resolved && pair.vulnerability.resolved.by.is_none()
}

/// The pair as it was before anybody saw it on the default branch. Its history stays.
fn never_seen(pair: &Pair) -> Pair {
    let mut pair = pair.clone();
    pair.vulnerability.present_on_default_branch = false;
    pair.vulnerability.resolved_on_default_branch = false;
    pair.vulnerability.resolved_in_commit_sha = None;
    pair
}

fn count(undo: &mut Undo, pair: &Pair, entry: &UndoEntry) {
    let was_there = |before: &Pair| before.vulnerability.present_on_default_branch;
    let was_gone = |before: &Pair| {
        let is_settled = |pair: &Pair| pair.vulnerability.state == VulnerabilityState::Resolved;
        before.vulnerability.resolved_on_default_branch || (is_settled(before) && !is_settled(pair))
    };
    let is_gone = |pair: &Pair| pair.vulnerability.resolved_on_default_branch;
    match &entry.pair {
        _ if entry.mark.is_some() => undo.marked += 1,
        Some(before) if was_there(before) && !is_gone(before) && is_gone(pair) => undo.marked += 1,
        Some(before) if was_there(before) && was_gone(before) => undo.redetected += 1,
        Some(before) if was_there(before) => undo.changed += 1,
        _ => undo.created += 1,
    }
}
