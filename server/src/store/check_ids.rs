//! check-db: the ids that there are. Must not know: what rows hold.

use super::catalog::{self, Table};
use super::key::id_at;
use super::meta::Sequence;
use super::{Reads, StoreError};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Tables whose keys are ids, with the sequence that the ids come from.
pub(super) const NUMBERED: [(Table, Sequence); 14] = [
    (catalog::USERS, Sequence::User),
    (catalog::NAMESPACES, Sequence::Namespace),
    (catalog::PROJECTS, Sequence::Project),
    (catalog::PIPELINES, Sequence::Pipeline),
    (catalog::JOBS, Sequence::Job),
    (catalog::ARTIFACTS, Sequence::Artifact),
    (catalog::SCANS, Sequence::Scan),
    (catalog::BODIES, Sequence::Body),
    (catalog::TEXTS, Sequence::Text),
    (catalog::FINDINGS, Sequence::Finding),
    (catalog::VULNERABILITIES, Sequence::Vulnerability),
    (catalog::IDENTIFIERS, Sequence::Identifier),
    (catalog::SCANNERS, Sequence::Scanner),
    (catalog::REMEDIATIONS, Sequence::Remediation),
];

/// The ids that there are, per table.
pub(super) struct Ids(BTreeMap<&'static str, Runs>);

impl Ids {
    /// Reads the keys of every table that is numbered.
    pub(super) fn read(tx: &impl Reads) -> Result<Ids, StoreError> {
        let mut all = BTreeMap::new();
        for (table, _) in NUMBERED {
            let mut runs = Runs::default();
            tx.walk(table, &[], None, false, &mut |key, _| {
                runs.push(id_at(key, 0));
                Ok(ControlFlow::Continue(()))
            })?;
            all.insert(table.name, runs);
        }
        Ok(Ids(all))
    }

    /// Whether a table has a row.
    pub(super) fn has(&self, table: Table, id: u64) -> bool {
        self.rank(table, id).is_some()
    }

    /// How many rows of a table come before that one; none when it is not there.
    pub(super) fn rank(&self, table: Table, id: u64) -> Option<usize> {
        self.0.get(table.name)?.rank(id)
    }

    /// How many rows a table has.
    pub(super) fn count(&self, table: Table) -> usize {
        self.0.get(table.name).map_or(0, |runs| runs.count)
    }

    /// The highest id of a table; 0 when it has none.
    pub(super) fn newest(&self, table: Table) -> u64 {
        self.0.get(table.name).and_then(|runs| runs.runs.last()).map_or(0, |run| run.last)
    }
}

/// Ascending ids. Most follow each other, so that millions are a few runs.
#[derive(Default)]
struct Runs {
    runs: Vec<Run>,
    count: usize,
}

struct Run {
    first: u64,
    last: u64,
    /// Ids before it.
    before: usize,
}

impl Runs {
    fn push(&mut self, id: u64) {
        match self.runs.last_mut() {
            Some(run) if run.last.checked_add(1) == Some(id) => run.last = id,
            // Two keys with the same first bytes: told by whoever reads the rows.
            Some(run) if id <= run.last => return,
            _ => self.runs.push(Run { first: id, last: id, before: self.count }),
        }
        self.count += 1;
    }

    fn rank(&self, id: u64) -> Option<usize> {
        let run = self.runs.get(self.runs.partition_point(|run| run.last < id))?;
        let offset = usize::try_from(id.checked_sub(run.first)?).ok()?;
        Some(run.before + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_hold_what_was_pushed() {
        let ids = [1, 2, 3, 7, 9, 10, u64::MAX];
        let mut runs = Runs::default();
        ids.into_iter().for_each(|id| runs.push(id));
        runs.push(9);
        assert_eq!((runs.count, runs.runs.len()), (7, 4));
        for (rank, id) in ids.into_iter().enumerate() {
            assert_eq!(runs.rank(id), Some(rank));
        }
        assert!([0, 4, 6, 8, 11, u64::MAX - 1].into_iter().all(|id| runs.rank(id).is_none()));
    }
}
