//! Registers the routes of `routes.rs`, each behind the gate. Must not know: any one route.
//!
//! Nothing else registers a route: one without an action can't be written down.

use super::gate::gate;
use super::routes::{Entry, ROUTES};
use super::ui;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig, resource};

/// Registers the routes.
pub fn routes(config: &mut ServiceConfig) {
    let mut paths: Vec<&str> = ROUTES.iter().map(|entry| entry.path).collect();
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(*path));
    for path in paths {
        let of_path = ROUTES.iter().filter(|entry| entry.path == path);
        let resource = of_path.fold(resource(patterns(path)), |resource, entry| resource.route(route(entry)));
        config.service(resource);
    }
    config.default_service(web::to(ui::page));
}

/// With and without one slash at the end, but where the end is any text.
fn patterns(path: &str) -> Vec<String> {
    if path.ends_with(":.+}") { vec![path.to_owned()] } else { vec![path.to_owned(), format!("{path}/")] }
}

fn route(entry: &Entry) -> actix_web::Route {
    let action = entry.action;
    (entry.make)().wrap(from_fn(move |request, next| gate(action, request, next)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Action, Subject};
    use std::collections::BTreeSet;

    #[test]
    fn what_an_action_is_about_stands_in_the_path() {
        for entry in ROUTES {
            let of_project = ["projects/{id}", "vulnerabilities/{id}", "jobs/{jid}", "repos/{owner}/{repo}"];
            let subject = match entry.path {
                path if of_project.iter().any(|part| path.contains(part)) => Subject::Project,
                path if path.contains("groups/{id}") => Subject::Group,
                _ => Subject::Instance,
            };
            assert_eq!(entry.action.rule().subject, subject, "{} {}", entry.method, entry.path);
        }
    }

    #[test]
    fn the_token_of_a_pipeline_reaches_its_jobs_only() {
        for entry in ROUTES.iter().filter(|entry| entry.action.rule().scopes.contains(&"job")) {
            assert!(
                entry.path.starts_with("/api/v4/jobs/{jid}"),
                "{} {}: the gate looks at the pipeline there",
                entry.method,
                entry.path
            );
        }
    }

    #[test]
    fn a_method_stands_once_at_a_path_and_reads_only_by_get() {
        let mut seen = BTreeSet::new();
        for entry in ROUTES {
            assert!(seen.insert((entry.method, entry.path)), "{} {} stands twice", entry.method, entry.path);
            let is_open = [Action::SignIn, Action::SignOut, Action::RevokeThisToken].contains(&entry.action);
            assert_eq!(entry.action.rule().only_reads() && !is_open, entry.method == "GET", "{} {}", entry.method, entry.path);
        }
    }
}
