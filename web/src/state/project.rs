//! The project or group that the page is in, and what the person at hand may there. Must not know views.

use super::remote::{Meanwhile, Remote};
use super::session::Session;
use crate::api::places::Target;
use crate::api::{Client, groups, members, projects};
use crate::logic::rights;
use crate::url::{Place, Route};
use casemate_shared::AccessLevel;
use casemate_shared::api::member::Member;
use casemate_shared::api::project::{Group, Project};
use leptos::prelude::*;

/// Where the page is, and the project or group there.
#[derive(Clone, Copy)]
pub struct Here {
    /// The place.
    pub route: Memo<Route>,
    /// The project of the place, fetched anew at each change of place.
    pub project: Remote<Project>,
    /// The group of the place, likewise.
    pub group: Remote<Group>,
    standing: Remote<Option<Member>>,
    session: Session,
}

impl Here {
    /// The project or group of a place that changes.
    pub fn new(client: Client, session: Session, route: Memo<Route>, signed_in: Memo<bool>) -> Here {
        let path = Memo::new(move |_| path_of(&route.get()));
        let project = Remote::new(
            Meanwhile::Clear,
            move || {
                route.track();
                path.get().filter(|_| signed_in.get())
            },
            move |path| projects::get(client, path),
        );
        let group_path = Memo::new(move |_| group_of(&route.get()));
        let group = Remote::new(
            Meanwhile::Clear,
            move || {
                route.track();
                group_path.get().filter(|_| signed_in.get())
            },
            move |path| groups::get(client, path),
        );
        let me = Memo::new(move |_| session.user().map(|user| (user.id, user.is_admin)));
        let standing = Remote::new(
            Meanwhile::Clear,
            move || {
                let known = group.with(|group| group.map(|group| group.full_path.clone()))?;
                let (id, _) = me.get().filter(|(_, is_admin)| !is_admin)?;
                group_path.get().filter(|path| *path == known).map(|path| (path, id))
            },
            move |(path, id)| members::standing(client, Target::Group(path), id),
        );
        Here { route, project, group, standing, session }
    }

    /// Full path of the project; empty outside of one. Tracked.
    pub fn full_path(self) -> String {
        self.route.with(path_of).unwrap_or_default()
    }

    /// Full path of the group; empty outside of one. Tracked.
    pub fn group_path(self) -> String {
        self.route.with(group_of).unwrap_or_default()
    }

    /// The project or group at hand; tracked.
    pub fn target(self) -> Option<Target> {
        self.route.with(|route| match route {
            Route::Project(path, _) => Some(Target::Project(path.clone())),
            Route::Group(path, _) => Some(Target::Group(path.clone())),
            _ => None,
        })
    }

    /// Path of another place in the same project; tracked.
    pub fn path(self, place: Place) -> String {
        place.path(&self.full_path())
    }

    /// Name of the project or group, as far as known; tracked.
    pub fn name(self) -> String {
        let Some(target) = self.target() else { return String::new() };
        let told = match target {
            Target::Project(_) => self.project.with(|project| project.map(|project| project.name.clone())),
            Target::Group(_) => self.group.with(|group| group.map(|group| group.name.clone())),
        };
        told.unwrap_or_else(|| target.path().rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// How much the person may do in the project or group at hand; nothing while it is not known. Tracked.
    pub fn level(self) -> AccessLevel {
        let is_admin = self.session.is_admin();
        match self.target() {
            None => AccessLevel::None,
            Some(_) if is_admin => AccessLevel::Admin,
            Some(Target::Project(_)) => self.project.with(|project| {
                let permissions = project.and_then(|project| project.permissions.as_ref());
                rights::level(false, permissions)
            }),
            Some(Target::Group(_)) => self.standing.with(|member| {
                let number = member.and_then(|member| member.as_ref()).map(|member| member.access_level);
                number.and_then(AccessLevel::from_number).unwrap_or(AccessLevel::None)
            }),
        }
    }

    /// The same, and nothing while it is not known; tracked.
    pub fn known_level(self) -> Option<AccessLevel> {
        let is_known = self.session.is_admin()
            || match self.target() {
                None => false,
                Some(Target::Project(_)) => self.project.with(|project| project.is_some()),
                Some(Target::Group(_)) => self.standing.with(|standing| standing.is_some()),
            };
        is_known.then(|| self.level())
    }

    /// The signed-in person's id; tracked.
    pub fn me(self) -> Option<u64> {
        self.session.user().map(|user| user.id)
    }
}

fn path_of(route: &Route) -> Option<String> {
    match route {
        Route::Project(path, _) => Some(path.clone()),
        _ => None,
    }
}

fn group_of(route: &Route) -> Option<String> {
    match route {
        Route::Group(path, _) => Some(path.clone()),
        _ => None,
    }
}
