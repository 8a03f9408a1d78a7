//! Where we are, as a path of links. Must not know what pages show.

use crate::state::project::Here;
use crate::state::visit::LastVisit;
use crate::url::{Admin, GroupPlace, Place, Route};
use leptos::prelude::*;

/// One step: its words, and where it leads if anywhere.
type Step = (String, Option<String>);

/// The steps to the page, the last one without a link.
#[component]
pub fn Crumbs() -> impl IntoView {
    let (here, visit) = (expect_context::<Here>(), expect_context::<LastVisit>());
    let steps = move || {
        let steps = here.route.with(|route| steps(route, visit));
        let last = steps.len().saturating_sub(1);
        let step = move |(at, (text, href)): (usize, Step)| {
            let text = match href {
                Some(href) => view! { <a href=href>{text}</a> }.into_any(),
                None if at == last => view! { <b aria-current="page">{text}</b> }.into_any(),
                None => view! { <span>{text}</span> }.into_any(),
            };
            view! { <li>{text}</li> }
        };
        steps.into_iter().enumerate().map(step).collect_view()
    };
    view! { <nav class="crumbs" aria-label="Where we are"><ol>{steps}</ol></nav> }
}

fn steps(route: &Route, visit: LastVisit) -> Vec<Step> {
    let plain = |text: &str| (text.to_owned(), None);
    match route {
        Route::Projects => vec![plain("Projects")],
        Route::NewProject => vec![("Projects".to_owned(), Some(Route::Projects.path())), plain("New project")],
        Route::SignIn | Route::Missing => Vec::new(),
        Route::Groups => vec![plain("Groups")],
        Route::NewGroup => vec![("Groups".to_owned(), Some(Route::Groups.path())), plain("New group")],
        Route::Own(own) => vec![plain("Your settings"), plain(own.label())],
        Route::User(name) => {
            let users = (Admin::Users.label().to_owned(), Some(Admin::Users.path()));
            vec![plain("Admin area"), users, plain(&format!("@{name}"))]
        }
        Route::Admin(admin) => vec![plain("Admin area"), plain(admin.label())],
        Route::Group(group, place) => {
            let mut steps = above(group);
            steps.extend((*place != GroupPlace::Home).then(|| plain(place.label())));
            if let Some(last) = steps.last_mut() {
                last.1 = None;
            }
            steps
        }
        Route::Project(project, place) => {
            let mut steps = above(project);
            if let Some(last) = steps.last_mut() {
                last.1 = Some(Place::Report.path(project));
            }
            steps.extend(inner(project, *place, visit));
            steps
        }
    }
}

/// The groups of a path, each a link.
fn above(path: &str) -> Vec<Step> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let step = |end: usize| {
        let path = path.get(..end).unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        (name.to_owned(), Some(GroupPlace::Home.path(path)))
    };
    ends.map(step).collect()
}

fn inner(project: &str, place: Place, visit: LastVisit) -> Vec<Step> {
    let plain = |text: &str| (text.to_owned(), None);
    match place {
        Place::Home => Vec::new(),
        Place::Report => vec![plain("Vulnerability report")],
        Place::Pipelines => vec![plain("Pipelines")],
        Place::Dependencies => vec![plain("Dependencies")],
        Place::Imports => vec![plain("Imports")],
        Place::NewImport => vec![("Imports".to_owned(), Some(Place::Imports.path(project))), plain("Import reports")],
        Place::Upload => vec![plain("Upload reports")],
        Place::Members => vec![plain("Members")],
        Place::Settings(section) => vec![plain("Settings"), plain(section.label())],
        Place::Vulnerability(id) => {
            let back = visit.href_of(project).unwrap_or_else(|| Place::Report.path(project));
            vec![("Vulnerability report".to_owned(), Some(back)), (format!("#{id}"), None)]
        }
        Place::Pipeline(id) => {
            let back = Place::Pipelines.path(project);
            vec![("Pipelines".to_owned(), Some(back)), (format!("#{id}"), None)]
        }
    }
}
