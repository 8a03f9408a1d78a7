//! The rows of the sample that stand for a forge: label, webhook, branch, protection, commit. Must not know:
//! what is tested with them.

use super::meta::{Sequence, take_id};
use super::sample::PROJECT;
use super::{StoreError, WriteTx, branches, commits, hooks, labels};
use crate::domain::branch::{Grantee, ProtectedBranch};
use crate::domain::commit::{Commit, Signature, ToldCommit, Verdict};
use crate::domain::hook::{BranchFilter, Hook, HookEvent, Secret};
use crate::domain::label::Label;
use crate::domain::member::Source;
use casemate_shared::AccessLevel;

pub(super) fn label() -> Label {
    Label {
        id: 1,
        source: Source::Project(PROJECT),
        name: "Urgent".to_owned(),
        color: "#ff0000".to_owned(),
        description: "d".to_owned(),
        priority: Some(3),
        created_at: 1,
        updated_at: 2,
    }
}

pub(super) fn hook() -> Hook {
    Hook {
        id: 1,
        project_id: PROJECT,
        url: "https://a.example/hook".to_owned(),
        name: "n".to_owned(),
        description: "d".to_owned(),
        events: vec![HookEvent::Push, HookEvent::Vulnerability],
        verifies_tls: true,
        token: Some(Secret("t".to_owned())),
        signing_token: None,
        headers: vec![("X-A".to_owned(), Secret("v".to_owned()))],
        branch_filter: BranchFilter::Regex,
        branches: "^main$".to_owned(),
        creator_id: 1,
        created_at: 1,
        updated_at: 2,
    }
}

pub(super) fn protection() -> ProtectedBranch {
    ProtectedBranch {
        id: 1,
        project_id: PROJECT,
        name: "release/*".to_owned(),
        push: vec![(1, Grantee::Level(AccessLevel::None)), (2, Grantee::User(1))],
        merge: vec![(3, Grantee::Group(1))],
        unprotect: Vec::new(),
        allow_force_push: true,
        code_owner_approval: true,
        created_at: 1,
        updated_at: 2,
    }
}

/// All that can be told of a commit.
pub(super) fn commit() -> Commit {
    Commit {
        message: "m".to_owned(),
        author_name: "n".to_owned(),
        author_email: "e".to_owned(),
        authored_at: Some(1),
        committer_name: "c".to_owned(),
        committer_email: "d".to_owned(),
        committed_at: Some(2),
        parent_ids: vec!["b".repeat(40)],
        signature: Some(Signature { verdict: Verdict::UnknownKey, kind: "SSH".to_owned(), key: "k".to_owned() }),
    }
}

pub(super) fn told_commit() -> ToldCommit {
    ToldCommit { project_id: PROJECT, sha: "a".repeat(40), told: commit(), told_by: 1, created_at: 5, updated_at: 5 }
}

pub(super) fn fill(wtx: &mut WriteTx) -> Result<(), StoreError> {
    for sequence in [Sequence::Label, Sequence::Hook, Sequence::Protection, Sequence::Grant, Sequence::Grant, Sequence::Grant] {
        take_id(wtx, sequence)?;
    }
    labels::put(wtx, &label())?;
    hooks::put(wtx, &hook())?;
    branches::put_protection(wtx, &protection())?;
    let commit = told_commit();
    branches::hear(wtx, PROJECT, "main", &commit.sha, 1, 5)?;
    commits::tell(wtx, PROJECT, &commit.sha, &commit.told, 1, 5)
}
