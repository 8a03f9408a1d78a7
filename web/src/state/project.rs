//! The project that the page is in. Must not know views.

use super::remote::{Meanwhile, Remote};
use crate::api::{Client, projects};
use crate::url::{Place, Route};
use casemate_shared::api::project::Project;
use leptos::prelude::*;

/// Where the page is, and the project there.
#[derive(Clone, Copy)]
pub struct Here {
    /// The place.
    pub route: Memo<Route>,
    /// The project of the place, fetched anew at each change of place.
    pub project: Remote<Project>,
}

impl Here {
    /// The project of a place that changes.
    pub fn new(client: Client, route: Memo<Route>, signed_in: Memo<bool>) -> Here {
        let path = Memo::new(move |_| path_of(&route.get()));
        let project = Remote::new(
            Meanwhile::Clear,
            move || {
                route.track();
                path.get().filter(|_| signed_in.get())
            },
            move |path| projects::get(client, path),
        );
        Here { route, project }
    }

    /// Full path of the project; empty outside of one. Tracked.
    pub fn full_path(self) -> String {
        self.route.with(path_of).unwrap_or_default()
    }

    /// Path of another place in the same project; tracked.
    pub fn path(self, place: Place) -> String {
        place.path(&self.full_path())
    }

    /// Name of the project, as far as known; tracked.
    pub fn name(self) -> String {
        let told = self.project.with(|project| project.map(|project| project.name.clone()));
        told.unwrap_or_else(|| {
            let path = self.full_path();
            path.rsplit('/').next().unwrap_or_default().to_owned()
        })
    }
}

fn path_of(route: &Route) -> Option<String> {
    match route {
        Route::Project(path, _) => Some(path.clone()),
        _ => None,
    }
}
