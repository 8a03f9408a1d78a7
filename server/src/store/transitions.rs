//! Changes of vulnerabilities' states. Must not know: which changes there may be.
//!
//! Their ids come from the sequence of the history's events, so that both together have one order.

use super::catalog::TRANSITIONS;
use super::key::{Key, behind};
use super::meta::{Sequence, take_id};
use super::{Reads, StoreError, WriteTx, codec, prefixed};
use crate::domain::triage::StateTransition;
use std::ops::ControlFlow;

/// Appends one, with the next id.
pub fn append(wtx: &mut WriteTx, transition: StateTransition) -> Result<StateTransition, StoreError> {
    let transition = StateTransition { id: take_id(wtx, Sequence::Event)?, ..transition };
    let key = Key::id(transition.vulnerability_id).then_id(transition.id).done();
    wtx.put_row(TRANSITIONS, key, &transition)?;
    Ok(transition)
}

/// All of a vulnerability, oldest first.
pub fn of_vulnerability(tx: &impl Reads, vulnerability: u64) -> Result<Vec<StateTransition>, StoreError> {
    let mut found = Vec::new();
    prefixed(tx, TRANSITIONS, &Key::id(vulnerability).done(), &mut |_, bytes| {
        found.push(codec::decode(TRANSITIONS.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// The newest of a vulnerability.
pub fn newest(tx: &impl Reads, vulnerability: u64) -> Result<Option<StateTransition>, StoreError> {
    let prefix = Key::id(vulnerability).done();
    let mut found = None;
    tx.walk(TRANSITIONS, &prefix, behind(&prefix).as_deref(), true, &mut |_, bytes| {
        found = Some(codec::decode(TRANSITIONS.name, bytes)?);
        Ok(ControlFlow::Break(()))
    })?;
    Ok(found)
}
