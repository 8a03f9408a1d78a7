//! check-db: is the audit log whole, and does every index know it? Can the settings be read that changes are told against? Must not know: which acts there are.

use super::check::Findings;
use super::check_index::Expected;
use super::{Reads, StoreError, audit, settings};
use crate::domain::audit::ChainWalk;
use std::ops::ControlFlow;

/// Looks at the log. Of a chain that is broken the first place is told: behind it everything is in doubt.
pub(super) fn check(tx: &impl Reads, found: &mut Findings, expected: &mut Expected<'_, impl Reads>) -> Result<(), StoreError> {
    let (mut walk, mut broken) = (ChainWalk::default(), None);
    audit::each(tx, |id, event| {
        found.rows += 1;
        if let Ok(event) = &event {
            for (table, key) in audit::index_entries(event) {
                expected.add(table, key, Vec::new());
            }
        }
        if broken.is_none() {
            broken = walk.next(id, event.as_ref().map_err(Clone::clone)).err();
        }
        ControlFlow::Continue(())
    })?;
    if broken.is_none() {
        match audit::head(tx) {
            Ok(kept) => broken = walk.end(kept).err(),
            Err(error) => found.problem(error.to_string()),
        }
    }
    if let Err(error) = settings::of_instance(tx) {
        found.problem(error.to_string());
    }
    if let Some(broken) = broken {
        found.problem(format!("audit log, {broken}"));
    }
    Ok(())
}
