//! Webhooks of projects. Must not know: what an address may be, how something is delivered.

use super::catalog::HOOKS;
use super::key::Key;
use super::{Reads, StoreError, WriteTx, codec, prefixed, row};
use crate::domain::hook::Hook;
use std::ops::ControlFlow;

/// Writes a hook.
pub fn put(wtx: &mut WriteTx, hook: &Hook) -> Result<(), StoreError> {
    wtx.put_row(HOOKS, Key::id(hook.project_id).then_id(hook.id).done(), hook)
}

/// Removes a hook.
pub fn remove(wtx: &mut WriteTx, project: u64, id: u64) -> Result<(), StoreError> {
    wtx.remove(HOOKS, &Key::id(project).then_id(id).done())
}

/// A project's hook by id.
pub fn find(tx: &impl Reads, project: u64, id: u64) -> Result<Option<Hook>, StoreError> {
    row(tx, HOOKS, Key::id(project).then_id(id).done())
}

/// All hooks of a project, by id.
pub fn hooks(tx: &impl Reads, project: u64) -> Result<Vec<Hook>, StoreError> {
    let mut hooks = Vec::new();
    prefixed(tx, HOOKS, &Key::id(project).done(), &mut |_, bytes| {
        hooks.push(codec::decode(HOOKS.name, bytes)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(hooks)
}
