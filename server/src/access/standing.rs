//! How somebody stands to a project or group: their level by their own and inherited memberships, and whether
//! they see it. Must not know: actions, HTTP.

use super::AccessLevel;
use crate::domain::account::{User, UserState};
use crate::domain::member::Source;
use crate::domain::project::{Namespace, Project, Visibility};
use crate::store::{Reads, StoreError, members, projects};
use std::collections::{HashMap, HashSet};

/// Groups above one another that are looked through at most; none is made deeper than this.
pub const MOST_LEVELS: usize = 20;

/// How somebody stands to a project or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The highest level of all memberships that count; administrators have their own.
    pub level: AccessLevel,
    /// Whether they may know that it is there.
    pub is_visible: bool,
}

/// Standings of one user, or of somebody who is not signed in. Remembers what it has looked up: belongs to one
/// request and one snapshot.
pub struct Standings<'a, R: Reads> {
    tx: &'a R,
    user: Option<&'a User>,
    today: &'a str,
    /// Direct levels, looked up so far; all of them when `has_all`.
    direct: HashMap<Source, AccessLevel>,
    has_all: bool,
    /// Levels in namespaces, inherited ones included.
    namespaces: HashMap<u64, AccessLevel>,
    /// Namespaces above something that the user is a member of.
    above: Option<HashSet<u64>>,
}

impl<'a, R: Reads> Standings<'a, R> {
    /// For a user on a day, `YYYY-MM-DD`. Who is shut out stands like a stranger.
    pub fn new(tx: &'a R, user: Option<&'a User>, today: &'a str) -> Standings<'a, R> {
        let user = user.filter(|user| user.state == UserState::Active);
        Standings { tx, user, today, direct: HashMap::new(), has_all: false, namespaces: HashMap::new(), above: None }
    }

    /// Reads all memberships of the user at once: for lists.
    ///
    /// # Errors
    /// When the store fails.
    pub fn with_all(mut self) -> Result<Standings<'a, R>, StoreError> {
        self.read_all()?;
        Ok(self)
    }

    fn read_all(&mut self) -> Result<(), StoreError> {
        if let Some(user) = self.user.filter(|_| !self.has_all) {
            let members = members::memberships(self.tx, user.id)?;
            let counting = members.into_iter().filter(|member| member.counts_on(self.today));
            self.direct.extend(counting.map(|member| (member.source, member.level)));
        }
        self.has_all = true;
        Ok(())
    }

    fn is_admin(&self) -> bool {
        self.user.is_some_and(|user| user.is_admin)
    }

    /// The standing to a project.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of_project(&mut self, project: &Project) -> Result<Standing, StoreError> {
        if project.deleted_at.is_some() {
            return Ok(Standing { level: AccessLevel::None, is_visible: false });
        }
        let level = self.direct(Source::Project(project.id))?.max(self.of_namespace(project.namespace_id)?);
        Ok(Standing { level, is_visible: level >= AccessLevel::Guest || self.sees(project.visibility) })
    }

    /// The standing to a group. Who is a member of something in it sees it too.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of_group(&mut self, group: &Namespace) -> Result<Standing, StoreError> {
        if group.deleted_at.is_some() {
            return Ok(Standing { level: AccessLevel::None, is_visible: false });
        }
        let level = self.of_namespace(group.id)?;
        let is_visible = level >= AccessLevel::Minimal || self.sees(group.visibility) || self.is_above(group.id)?;
        Ok(Standing { level, is_visible })
    }

    /// Whether the user sees a project or group.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sees_source(&mut self, source: Source) -> Result<bool, StoreError> {
        Ok(match source {
            Source::Project(id) => match projects::find_project(self.tx, id)? {
                Some(project) => self.of_project(&project)?.is_visible,
                None => false,
            },
            Source::Group(id) => match projects::find_namespace(self.tx, id)? {
                Some(group) => self.of_group(&group)?.is_visible,
                None => false,
            },
        })
    }

    /// The level in a namespace: the highest of its own and those of the groups above; its user's own is owned.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of_namespace(&mut self, id: u64) -> Result<AccessLevel, StoreError> {
        if self.is_admin() {
            return Ok(AccessLevel::Admin);
        }
        self.inherited(id)
    }

    /// What the user is a member of a project by: itself, and the groups above. The office of administrators
    /// does not count.
    ///
    /// # Errors
    /// When the store fails.
    pub fn memberships(&mut self, project: &Project) -> Result<(AccessLevel, AccessLevel), StoreError> {
        Ok((self.direct(Source::Project(project.id))?, self.inherited(project.namespace_id)?))
    }

    /// The level that the user is a member of a namespace by, administrators as everybody.
    ///
    /// # Errors
    /// When the store fails.
    pub fn inherited(&mut self, id: u64) -> Result<AccessLevel, StoreError> {
        let (mut level, mut chain, mut at) = (AccessLevel::None, Vec::new(), Some(id));
        while let Some(id) = at.filter(|_| chain.len() <= MOST_LEVELS) {
            if let Some(known) = self.namespaces.get(&id) {
                level = *known;
                break;
            }
            let Some(namespace) = projects::find_namespace(self.tx, id)? else { break };
            at = namespace.parent_id;
            chain.push(namespace);
        }
        for namespace in chain.iter().rev() {
            level = level.max(self.own(namespace)?);
            self.namespaces.insert(namespace.id, level);
        }
        Ok(level)
    }

    fn own(&mut self, namespace: &Namespace) -> Result<AccessLevel, StoreError> {
        match self.user {
            Some(user) if namespace.is_user && namespace.creator_id == user.id => Ok(AccessLevel::Owner),
            _ => self.direct(Source::Group(namespace.id)),
        }
    }

    fn direct(&mut self, source: Source) -> Result<AccessLevel, StoreError> {
        let Some(user) = self.user else { return Ok(AccessLevel::None) };
        if let Some(known) = self.direct.get(&source) {
            return Ok(*known);
        }
        if self.has_all {
            return Ok(AccessLevel::None);
        }
        let member = members::find_member(self.tx, source, user.id)?.filter(|member| member.counts_on(self.today));
        let level = member.map_or(AccessLevel::None, |member| member.level);
        self.direct.insert(source, level);
        Ok(level)
    }

    fn sees(&self, visibility: Visibility) -> bool {
        match visibility {
            Visibility::Private => false,
            Visibility::Internal => self.user.is_some_and(|user| !user.external),
            Visibility::Public => true,
        }
    }

    /// Whether the group is above something that the user is a member of.
    fn is_above(&mut self, group: u64) -> Result<bool, StoreError> {
        if self.user.is_none() {
            return Ok(false);
        }
        if self.above.is_none() {
            self.read_all()?;
            self.above = Some(self.groups_above()?);
        }
        Ok(self.above.as_ref().is_some_and(|above| above.contains(&group)))
    }

    fn groups_above(&self) -> Result<HashSet<u64>, StoreError> {
        let mut above = HashSet::new();
        for (source, _) in self.direct.iter().filter(|(_, level)| **level >= AccessLevel::Guest) {
            let mut at = match source {
                Source::Project(id) => projects::find_project(self.tx, *id)?
                    .filter(|project| project.deleted_at.is_none())
                    .map(|project| project.namespace_id),
                Source::Group(id) => projects::find_namespace(self.tx, *id)?.and_then(|group| group.parent_id),
            };
            while let Some(id) = at.filter(|id| !above.contains(id)) {
                above.insert(id);
                at = projects::find_namespace(self.tx, id)?.and_then(|group| group.parent_id);
            }
        }
        Ok(above)
    }
}
