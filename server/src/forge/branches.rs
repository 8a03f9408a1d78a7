//! Branches: made, removed, named. Must not know: HTTP, pipelines.

use super::ForgeError;
use super::protection::{Asking, Protections};
use crate::access::{AccessLevel, Standings};
use crate::clock::{Millis, day};
use crate::domain::account::User;
use crate::domain::branch::Branch;
use crate::domain::commit::Commit;
use crate::domain::project::Project;
use crate::ingest::refname;
use crate::store::{Reads, WriteTx, branches as stored, commits};

/// A branch to be made.
pub struct NewBranch<'a> {
    /// Name.
    pub name: &'a str,
    /// A commit's full id, or a branch.
    pub from: &'a str,
    /// What is told about the commit.
    pub commit: &'a Commit,
}

/// What git takes as the name of a branch, and what can't be confused with something else.
///
/// # Errors
/// A reason.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    if name.starts_with("refs/") {
        return Err("it begins with refs/");
    }
    if refname::parse_sha(name).is_ok() {
        return Err("it looks like the id of a commit");
    }
    if name == "HEAD" {
        return Err("HEAD is no name of a branch");
    }
    refname::parse_ref(name).map(|_| ())
}

/// Makes a branch. The commit need not be known: there is no repository that it could be in.
///
/// # Errors
/// When the name is none or taken, nothing says which commit it is, the branch is protected from the caller, or
/// the store fails.
pub fn create(wtx: &mut WriteTx, project: &Project, new: &NewBranch<'_>, by: &User, now: Millis) -> Result<Branch, ForgeError> {
    check_name(new.name).map_err(|reason| ForgeError::Refused(format!("Branch name is invalid: {reason}")))?;
    if stored::find(wtx, project.id, new.name)?.is_some() {
        return Err(ForgeError::Refused("Branch already exists".to_owned()));
    }
    if !may_push(wtx, project, new.name, by, now)? {
        return Err(ForgeError::Protected("You are not allowed to create protected branches on this project.".to_owned()));
    }
    let sha = head(wtx, project.id, new.from)?
        .ok_or_else(|| ForgeError::Refused(format!("Invalid reference name: {}", shown(new.from))))?;
    commits::tell(wtx, project.id, &sha, new.commit, by.id, now)?;
    Ok(stored::hear(wtx, project.id, new.name, &sha, by.id, now)?)
}

/// Removes a branch. Pipelines and what was found stay; the next pipeline of that name makes it again.
///
/// # Errors
/// When there is none, it is the default branch or protected, or the store fails.
pub fn remove(wtx: &mut WriteTx, project: &Project, name: &str, by: &User, now: Millis) -> Result<Branch, ForgeError> {
    let branch = stored::find(wtx, project.id, name)?.ok_or(ForgeError::Missing("Branch"))?;
    if name == project.default_branch {
        return Err(ForgeError::Protected("the default branch can't be removed".to_owned()));
    }
    let level = level_of(wtx, project, by, now)?;
    if Protections::read(wtx, project.id)?.cover(name) && level < AccessLevel::Maintainer {
        return Err(ForgeError::Protected("the branch is protected".to_owned()));
    }
    stored::remove(wtx, project.id, name)?;
    Ok(branch)
}

/// The commit that a commit's full id or a branch's name stands for; none when it is neither.
///
/// # Errors
/// When the store fails.
pub fn head(tx: &impl Reads, project: u64, text: &str) -> Result<Option<String>, crate::store::StoreError> {
    match refname::parse_sha(text) {
        Ok(sha) => Ok(Some(sha)),
        Err(_) => Ok(stored::find(tx, project, text)?.map(|branch| branch.sha)),
    }
}

fn level_of(tx: &impl Reads, project: &Project, user: &User, now: Millis) -> Result<AccessLevel, ForgeError> {
    Ok(Standings::new(tx, Some(user), &day(now)).of_project(project)?.level)
}

fn may_push(tx: &impl Reads, project: &Project, name: &str, user: &User, now: Millis) -> Result<bool, ForgeError> {
    let today = day(now);
    let mut standings = Standings::new(tx, Some(user), &today);
    let level = standings.of_project(project)?.level;
    let protections = Protections::read(tx, project.id)?;
    Ok(Asking { user, level, standings: &mut standings }.may_push(&protections, name)?)
}

/// A name as it may be repeated in an answer.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}
