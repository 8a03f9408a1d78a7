//! check-db: labels, webhooks, branches, protections and commits. Must not know: search, files.

use super::catalog::{self, Table};
use super::check::Findings;
use super::check_ids::Ids;
use super::check_index::Expected;
use super::codec::{self, Record};
use super::key::Key;
use super::meta::{self, Sequence};
use super::{Reads, StoreError, branches, commits, labels};
use crate::domain::branch::{Branch, ProtectedBranch};
use crate::domain::commit::ToldCommit;
use crate::domain::hook::Hook;
use crate::domain::label::Label;
use crate::domain::member::Source;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What is looked at of a row.
struct Seen {
    /// What it is, for people.
    owner: String,
    /// What it belongs to.
    source: Source,
    /// The user that it names.
    user: Option<u64>,
    /// The key that it ought to have.
    key: Vec<u8>,
}

/// Looks at these tables.
pub(super) fn check<R: Reads>(tx: &R, found: &mut Findings, expected: &mut Expected<'_, R>, ids: &Ids) -> Result<(), StoreError> {
    let mut newest = [(Sequence::Label, 0), (Sequence::Hook, 0), (Sequence::Protection, 0), (Sequence::Grant, 0)];
    rows(tx, catalog::LABELS, found, ids, |_, label: Label| {
        newest[0].1 = newest[0].1.max(label.id);
        expected.add(catalog::LABELS_BY_NAME, labels::name_key(label.source, &label.name), label.id.to_be_bytes().to_vec());
        let key = labels::label_key(label.source, label.id);
        Seen { owner: format!("label {}", label.id), source: label.source, user: None, key }
    })?;
    rows(tx, catalog::HOOKS, found, ids, |_, hook: Hook| {
        newest[1].1 = newest[1].1.max(hook.id);
        let key = Key::id(hook.project_id).then_id(hook.id).done();
        Seen { owner: format!("hook {}", hook.id), source: Source::Project(hook.project_id), user: Some(hook.creator_id), key }
    })?;
    let mut names = BTreeSet::new();
    rows(tx, catalog::PROTECTED_BRANCHES, found, ids, |found, branch: ProtectedBranch| {
        newest[2].1 = newest[2].1.max(branch.id);
        let grants = branch.push.iter().chain(&branch.merge).chain(&branch.unprotect);
        newest[3].1 = grants.map(|(id, _)| *id).fold(newest[3].1, u64::max);
        let owner = format!("protection {}", branch.id);
        if !names.insert((branch.project_id, branch.name)) {
            found.problem(format!("{owner}: another one has its name"));
        }
        let key = Key::id(branch.project_id).then_id(branch.id).done();
        Seen { owner, source: Source::Project(branch.project_id), user: None, key }
    })?;
    rows(tx, catalog::BRANCHES, found, ids, |_, branch: Branch| {
        let key = branches::branch_key(branch.project_id, &branch.name);
        Seen { owner: format!("branch {:?}", branch.name), source: Source::Project(branch.project_id), user: None, key }
    })?;
    rows(tx, catalog::COMMITS, found, ids, |_, commit: ToldCommit| {
        let key = commits::commit_key(commit.project_id, &commit.sha);
        Seen { owner: format!("commit {}", commit.sha), source: Source::Project(commit.project_id), user: None, key }
    })?;
    for (sequence, newest) in newest {
        let last = meta::last_id(tx, sequence)?;
        if newest > last {
            found.problem(format!("{sequence:?}: id {newest} is in use, the sequence stands at {last}"));
        }
    }
    Ok(())
}

/// Looks at every row of a table: it can be read, what it names exists, and it stands where it says.
fn rows<T: Record>(
    tx: &impl Reads,
    table: Table,
    found: &mut Findings,
    ids: &Ids,
    mut see: impl FnMut(&mut Findings, T) -> Seen,
) -> Result<(), StoreError> {
    tx.walk(table, &[], None, false, &mut |key, bytes| {
        found.rows += 1;
        match codec::decode(table.name, bytes) {
            Ok(row) => {
                let seen = see(found, row);
                let place = match seen.source {
                    Source::Project(id) => (catalog::PROJECTS, id),
                    Source::Group(id) => (catalog::NAMESPACES, id),
                };
                let named = [Some(place), seen.user.map(|user| (catalog::USERS, user))];
                for (other, id) in named.into_iter().flatten().filter(|(other, id)| !ids.has(*other, *id)) {
                    found.problem(format!("{}: row {id} of {} is missing", seen.owner, other.name));
                }
                if seen.key != key {
                    found.problem(format!("{}: its key says otherwise", seen.owner));
                }
            }
            Err(error) => found.problem(error.to_string()),
        }
        Ok(ControlFlow::Continue(()))
    })
}
