//! Registers the routes of `routes.rs`, each behind the gate. Must not know: any one route.
//!
//! Nothing else registers a route: one without an action can't be written down.

use super::gate::gate;
use super::pattern::Patterns;
use super::routes::{Entry, ROUTES};
use super::ui;
use actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse, always_ready};
use actix_web::http::Method;
use actix_web::http::header::Allow;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, HttpResponse, Route};
use futures_util::future::LocalBoxFuture;

/// Registers the routes.
pub fn routes(config: &mut ServiceConfig) {
    // All as one: actix would try the patterns in turn, which takes longer than most answers do.
    config.default_service(Routes);
}

fn route(entry: &'static Entry) -> Route {
    (entry.make)().wrap(from_fn(move |request, next| gate(entry, request, next)))
}

/// Makes the [`Router`] of a thread.
struct Routes;

/// One route as a thread of the server has it.
type Ready = <Route as ServiceFactory<ServiceRequest>>::Service;

/// The routes behind one path.
struct OfPath {
    path: &'static str,
    methods: Vec<Method>,
    routes: Vec<Ready>,
}

/// Finds the route of a request, and hands what no route takes to the page.
struct Router {
    patterns: Patterns,
    of_paths: Vec<OfPath>,
    page: Ready,
}

async fn ready() -> Result<Router, ()> {
    let mut of_paths: Vec<OfPath> = Vec::new();
    for entry in ROUTES {
        let at = of_paths.iter().position(|known| known.path == entry.path).unwrap_or_else(|| {
            of_paths.push(OfPath { path: entry.path, methods: Vec::new(), routes: Vec::new() });
            of_paths.len() - 1
        });
        let route = route(entry).new_service(()).await?;
        if let Some(of_path) = of_paths.get_mut(at) {
            of_path.methods.extend(Method::from_bytes(entry.method.as_bytes()).ok());
            of_path.routes.push(route);
        }
    }
    let paths: Vec<&str> = of_paths.iter().map(|of_path| of_path.path).collect();
    Ok(Router { patterns: Patterns::new(&paths), of_paths, page: web::to(ui::page).new_service(()).await? })
}

impl ServiceFactory<ServiceRequest> for Routes {
    type Response = ServiceResponse;
    type Error = Error;
    type Config = ();
    type Service = Router;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Router, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        Box::pin(ready())
    }
}

impl Service<ServiceRequest> for Router {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

    always_ready!();

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let found = self.patterns.find(request.match_info().as_str());
        let found = found.and_then(|(at, parts)| Some((self.of_paths.get(at)?, owned(parts))));
        let Some((of_path, parts)) = found else { return self.page.call(request) };
        for (name, value) in parts {
            request.match_info_mut().add_static(name, value);
        }
        match of_path.methods.iter().position(|method| method == request.method()).and_then(|at| of_path.routes.get(at)) {
            Some(route) => route.call(request),
            None => {
                let refusal = HttpResponse::MethodNotAllowed().insert_header(Allow(of_path.methods.clone())).finish();
                Box::pin(std::future::ready(Ok(request.into_response(refusal))))
            }
        }
    }
}

fn owned(parts: Vec<(&'static str, &str)>) -> Vec<(&'static str, String)> {
    parts.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
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
