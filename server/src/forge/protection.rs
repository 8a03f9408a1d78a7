//! Protections of branches: made, changed, removed, and what they let whom do. Must not know: HTTP, merging.

use super::{ForgeError, invalid};
use crate::access::{AccessLevel, MOST_LEVELS, Standings};
use crate::clock::{Millis, day};
use crate::domain::account::User;
use crate::domain::branch::{Grantee, Grants, ProtectedBranch};
use crate::domain::project::Project;
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx, accounts, branches as stored, projects};

/// Most protections of a project.
pub const MOST: usize = 500;
/// Most grants of one kind.
const MOST_GRANTS: usize = 100;

/// One change of grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantChange {
    /// Let somebody.
    Add(Grantee),
    /// Let somebody else by the grant of that id.
    Replace(u64, Grantee),
    /// Take the grant of that id away.
    Remove(u64),
}

/// A protection to be made.
#[derive(Debug, Clone)]
pub struct NewProtection {
    /// Name or pattern.
    pub name: String,
    /// Who may push; none told: maintainers.
    pub push: Vec<Grantee>,
    /// Who may merge; none told: maintainers.
    pub merge: Vec<Grantee>,
    /// Who may take it away; none told: maintainers.
    pub unprotect: Vec<Grantee>,
    /// Whether those who may push may rewrite it.
    pub allow_force_push: bool,
    /// Whether owners of code have to approve.
    pub code_owner_approval: bool,
}

/// What somebody wants changed; what is not told stays.
#[derive(Debug, Clone, Default)]
pub struct ProtectionWish {
    /// Who may push.
    pub push: Vec<GrantChange>,
    /// Who may merge.
    pub merge: Vec<GrantChange>,
    /// Who may take it away.
    pub unprotect: Vec<GrantChange>,
    /// Whether those who may push may rewrite it.
    pub allow_force_push: Option<bool>,
    /// Whether owners of code have to approve.
    pub code_owner_approval: Option<bool>,
}

/// Protects the default branch of a project that is being made, as GitLab does: maintainers push and merge.
///
/// # Errors
/// When the store fails.
pub fn protect_default_branch(wtx: &mut WriteTx, project: &Project, now: Millis) -> Result<(), StoreError> {
    let mut grants =
        || -> Result<Grants, StoreError> { Ok(vec![(take_id(wtx, Sequence::Grant)?, Grantee::Level(AccessLevel::Maintainer))]) };
    let (push, merge, unprotect) = (grants()?, grants()?, grants()?);
    let protection = ProtectedBranch {
        id: take_id(wtx, Sequence::Protection)?,
        project_id: project.id,
        name: project.default_branch.clone(),
        push,
        merge,
        unprotect,
        allow_force_push: false,
        code_owner_approval: false,
        created_at: now,
        updated_at: now,
    };
    stored::put_protection(wtx, &protection)
}

/// Protects a branch, or all whose names fit a pattern; they need not be there.
///
/// # Errors
/// When the name is none or taken, a grantee is not there, or the store fails.
pub fn create(wtx: &mut WriteTx, project: &Project, new: NewProtection, now: Millis) -> Result<ProtectedBranch, ForgeError> {
    check_name(&new.name)?;
    let others = stored::protections(wtx, project.id)?;
    if others.iter().any(|other| other.name == new.name) {
        return Err(ForgeError::Taken(format!("Protected branch '{}' already exists", new.name)));
    }
    if others.len() >= MOST {
        return Err(ForgeError::Unfit(format!("the project has {MOST} protected branches, which is the most")));
    }
    let mut grants = |wanted: Vec<Grantee>| {
        let wanted = if wanted.is_empty() { vec![Grantee::Level(AccessLevel::Maintainer)] } else { wanted };
        changed_grants(wtx, project, Vec::new(), wanted.into_iter().map(GrantChange::Add).collect(), now)
    };
    let (push, merge, unprotect) = (grants(new.push)?, grants(new.merge)?, grants(new.unprotect)?);
    let protection = ProtectedBranch {
        id: take_id(wtx, Sequence::Protection)?,
        project_id: project.id,
        name: new.name,
        push,
        merge,
        unprotect,
        allow_force_push: new.allow_force_push,
        code_owner_approval: new.code_owner_approval,
        created_at: now,
        updated_at: now,
    };
    stored::put_protection(wtx, &protection)?;
    Ok(protection)
}

/// Changes a protection; answers what it was and what it is.
///
/// # Errors
/// When there is none, a grant or grantee is not there, or the store fails.
pub fn change(
    wtx: &mut WriteTx,
    project: &Project,
    name: &str,
    wish: ProtectionWish,
    now: Millis,
) -> Result<(ProtectedBranch, ProtectedBranch), ForgeError> {
    let old = find(wtx, project.id, name)?;
    let mut new = old.clone();
    new.push = changed_grants(wtx, project, new.push, wish.push, now)?;
    new.merge = changed_grants(wtx, project, new.merge, wish.merge, now)?;
    new.unprotect = changed_grants(wtx, project, new.unprotect, wish.unprotect, now)?;
    new.allow_force_push = wish.allow_force_push.unwrap_or(new.allow_force_push);
    new.code_owner_approval = wish.code_owner_approval.unwrap_or(new.code_owner_approval);
    if new != old {
        new.updated_at = now;
        stored::put_protection(wtx, &new)?;
    }
    Ok((old, new))
}

/// Takes a protection away; answers what it was.
///
/// # Errors
/// When there is none, or the store fails.
pub fn remove(wtx: &mut WriteTx, project: u64, name: &str) -> Result<ProtectedBranch, ForgeError> {
    let protection = find(wtx, project, name)?;
    stored::remove_protection(wtx, project, protection.id)?;
    Ok(protection)
}

/// The protection with that name; a pattern is its own name.
///
/// # Errors
/// When there is none, or the store fails.
pub fn find(tx: &impl Reads, project: u64, name: &str) -> Result<ProtectedBranch, ForgeError> {
    let found = stored::protections(tx, project)?.into_iter().find(|protection| protection.name == name);
    found.ok_or(ForgeError::Missing("Protected Branch"))
}

/// What git would take as a branch's name, were every star another character.
fn check_name(name: &str) -> Result<(), ForgeError> {
    super::branches::check_name(&name.replace('*', "x")).map_err(|reason| invalid("name", reason))
}

/// Puts changes over grants. Whoever is let twice is let once.
fn changed_grants(
    wtx: &mut WriteTx,
    project: &Project,
    mut grants: Grants,
    changes: Vec<GrantChange>,
    now: Millis,
) -> Result<Grants, ForgeError> {
    for change in changes {
        let unknown = |id: u64| ForgeError::Unfit(format!("no access level of this branch has the id {id}"));
        let at = |grants: &Grants, id: u64| grants.iter().position(|(known, _)| *known == id).ok_or_else(|| unknown(id));
        match change {
            GrantChange::Remove(id) => {
                let at = at(&grants, id)?;
                grants.remove(at);
            }
            GrantChange::Replace(id, grantee) => {
                check_grantee(wtx, project, grantee, now)?;
                let at = at(&grants, id)?;
                grants[at].1 = grantee;
            }
            GrantChange::Add(grantee) if grants.iter().any(|(_, known)| *known == grantee) => {}
            GrantChange::Add(grantee) => {
                check_grantee(wtx, project, grantee, now)?;
                grants.push((take_id(wtx, Sequence::Grant)?, grantee));
            }
        }
    }
    if grants.len() > MOST_GRANTS {
        return Err(ForgeError::Unfit(format!("at most {MOST_GRANTS} access levels of one kind")));
    }
    Ok(grants)
}

/// Who is to be let has to be somebody here: a user who may act in the project, a group that it is in. Of others
/// nothing is told, not even whether they are there.
fn check_grantee(tx: &impl Reads, project: &Project, grantee: Grantee, now: Millis) -> Result<(), ForgeError> {
    let is_here = match grantee {
        Grantee::Level(_) => true,
        Grantee::User(id) => match accounts::find_user(tx, id)? {
            Some(user) => Standings::new(tx, Some(&user), &day(now)).of_project(project)?.level >= AccessLevel::Developer,
            None => false,
        },
        Grantee::Group(id) => is_above(tx, project, id)?,
    };
    if is_here {
        return Ok(());
    }
    let text = "whoever is to be allowed has to be a developer of the project or a group that it is in";
    Err(ForgeError::Unfit(text.to_owned()))
}

fn is_above(tx: &impl Reads, project: &Project, group: u64) -> Result<bool, StoreError> {
    let mut at = Some(project.namespace_id);
    for _ in 0..=MOST_LEVELS {
        let Some(found) = at.map(|id| projects::find_namespace(tx, id)).transpose()?.flatten() else { break };
        if found.id == group {
            return Ok(!found.is_user);
        }
        at = found.parent_id;
    }
    Ok(false)
}

/// Who asks whether they may do something to a branch.
pub struct Asking<'a, 's, R: Reads> {
    /// The user.
    pub user: &'a User,
    /// Their level in the project.
    pub level: AccessLevel,
    /// Their standings.
    pub standings: &'s mut Standings<'a, R>,
}

impl<R: Reads> Asking<'_, '_, R> {
    /// Whether one of the grants lets them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_let(&mut self, grants: &Grants) -> Result<bool, StoreError> {
        for (_, grantee) in grants {
            let is_let = match grantee {
                Grantee::Level(AccessLevel::None) => false,
                Grantee::Level(AccessLevel::Admin) => self.user.is_admin,
                Grantee::Level(least) => self.level >= *least,
                Grantee::User(id) => self.user.id == *id && self.level >= AccessLevel::Developer,
                Grantee::Group(id) => {
                    self.level >= AccessLevel::Developer && self.standings.of_namespace(*id)? >= AccessLevel::Developer
                }
            };
            if is_let {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether they may push to a branch. Of several protections the most generous counts, as in GitLab.
    ///
    /// # Errors
    /// When the store fails.
    pub fn may_push(&mut self, protections: &Protections, branch: &str) -> Result<bool, StoreError> {
        let mut is_protected = false;
        for protection in protections.of(branch) {
            is_protected = true;
            if self.is_let(&protection.push)? {
                return Ok(true);
            }
        }
        Ok(!is_protected && self.level >= AccessLevel::Developer)
    }
}

/// All protections of a project.
pub struct Protections(Vec<ProtectedBranch>);

impl Protections {
    /// Reads them.
    ///
    /// # Errors
    /// When the store fails.
    pub fn read(tx: &impl Reads, project: u64) -> Result<Protections, StoreError> {
        Ok(Protections(stored::protections(tx, project)?))
    }

    /// Those that are about a branch.
    pub fn of<'a>(&'a self, branch: &'a str) -> impl Iterator<Item = &'a ProtectedBranch> {
        self.0.iter().filter(move |protection| protection.covers(branch))
    }

    /// Whether a branch is protected.
    pub fn cover(&self, branch: &str) -> bool {
        self.of(branch).next().is_some()
    }

    /// Whether a protection lets every developer, by those grants.
    pub fn let_developers(&self, branch: &str, grants: fn(&ProtectedBranch) -> &Grants) -> bool {
        let is_low = |grantee: &Grantee| matches!(grantee, Grantee::Level(level) if *level > AccessLevel::None && *level <= AccessLevel::Developer);
        self.of(branch).any(|protection| grants(protection).iter().any(|(_, grantee)| is_low(grantee)))
    }
}
