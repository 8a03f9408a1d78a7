//! Every route, on one page. Must not know: what handlers do.

use super::{
    artifacts, code_scanning, dependencies, findings, groups, imports, instance, jobs, pipeline_changes, pipelines, projects,
    runner, security_reports, session, statuses, storage, triage, ui, users, vulnerabilities,
};
use actix_web::web::{self, ServiceConfig, delete, get, post, put, resource};

/// A route that answers with and without one slash at its end.
fn one(path: &str, route: actix_web::Route) -> actix_web::Resource {
    resource([path.to_owned(), format!("{path}/")]).route(route)
}

/// Registers the routes.
pub fn routes(config: &mut ServiceConfig) {
    config.configure(of_instance).configure(of_projects).default_service(web::to(ui::page));
}

/// Routes of the instance and of the caller.
fn of_instance(config: &mut ServiceConfig) {
    config
        .service(one("/-/health", get().to(instance::health)))
        .service(one("/-/liveness", get().to(instance::liveness)))
        .service(one("/-/readiness", get().to(instance::readiness)))
        .service(one("/api/v4/version", get().to(instance::version)))
        .service(one("/api/v4/metadata", get().to(instance::metadata)))
        .service(
            one("/api/v4/session", post().to(session::sign_in))
                .route(get().to(session::show))
                .route(delete().to(session::sign_out)),
        )
        .service(one("/api/v4/user", get().to(users::show_current)))
        .service(one("/api/v4/user/personal_access_tokens", post().to(users::create_token)))
        .service(one("/api/v4/admin/storage", get().to(storage::show)))
        .service(one("/api/v4/groups", get().to(groups::list)).route(post().to(groups::create)))
        .service(one("/api/v4/groups/{id}", get().to(groups::show)));
}

/// Routes of projects and what is in them.
fn of_projects(config: &mut ServiceConfig) {
    config
        .service(one("/api/v4/projects", get().to(projects::list)).route(post().to(projects::create)))
        .service(one("/api/v4/projects/{id}", get().to(projects::show)))
        .service(one("/api/v4/projects/{id}/security_reports", post().to(security_reports::create)))
        .service(one("/api/v4/projects/{id}/pipelines", get().to(pipelines::list)))
        .service(one("/api/v4/projects/{id}/pipelines/latest", get().to(pipelines::latest)))
        .service(
            one("/api/v4/projects/{id}/pipelines/{pid}", get().to(pipelines::show)).route(delete().to(pipeline_changes::delete)),
        )
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/jobs", get().to(pipelines::jobs)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/scans", get().to(pipelines::scans)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/scans/{sid}/rejected", get().to(imports::rejected)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/security_reports", get().to(imports::reports)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/undo", get().to(imports::show_undo)).route(post().to(imports::undo)))
        .service(one("/api/v4/projects/{id}/imports", get().to(imports::list)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/bridges", get().to(pipelines::bridges)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/variables", get().to(pipelines::nothing)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/test_report", get().to(pipelines::no_tests)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/test_report_summary", get().to(pipelines::no_tests)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/complete", post().to(pipeline_changes::complete)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/cancel", post().to(pipeline_changes::cancel)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/retry", post().to(pipeline_changes::retry)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/metadata", put().to(pipeline_changes::rename)))
        .service(one("/api/v4/projects/{id}/pipeline", post().to(pipeline_changes::create)))
        .service(one("/api/v4/projects/{id}/statuses/{sha}", post().to(statuses::create)))
        .service(one("/api/v4/projects/{id}/repository/commits/{sha}", get().to(statuses::show_commit)))
        .service(one("/api/v4/projects/{id}/repository/commits/{sha}/statuses", get().to(statuses::list)))
        .service(one("/api/v4/projects/{id}/jobs", get().to(jobs::list)))
        .service(one("/api/v4/projects/{id}/jobs/artifacts/{ref}/download", get().to(artifacts::archive_of_ref)))
        .service(resource("/api/v4/projects/{id}/jobs/artifacts/{ref}/raw/{path:.+}").route(get().to(artifacts::file_of_ref)))
        .service(one("/api/v4/projects/{id}/jobs/{jid}", get().to(jobs::show)))
        .service(one("/api/v4/projects/{id}/jobs/{jid}/trace", get().to(jobs::trace)))
        .service(
            one("/api/v4/projects/{id}/jobs/{jid}/artifacts", get().to(artifacts::archive))
                .route(delete().to(jobs::delete_files)),
        )
        .service(one("/api/v4/projects/{id}/jobs/{jid}/erase", post().to(jobs::erase)))
        .service(one("/api/v4/projects/{id}/jobs/{jid}/artifacts/keep", post().to(jobs::keep)))
        .service(resource("/api/v4/projects/{id}/jobs/{jid}/artifacts/{path:.+}").route(get().to(artifacts::download)))
        .service(one("/api/v4/jobs/{jid}", put().to(jobs::update)))
        .service(one("/api/v4/jobs/{jid}/artifacts", post().to(runner::upload)))
        .service(one("/api/v4/projects/{id}/vulnerabilities", get().to(vulnerabilities::list)).route(post().to(triage::record)))
        .service(one("/api/v4/projects/{id}/vulnerability_severities_count", get().to(vulnerabilities::count)))
        .service(one("/api/v4/projects/{id}/vulnerability_scanners", get().to(vulnerabilities::scanners)))
        .service(one("/api/v4/projects/{id}/security_report_freshness", get().to(vulnerabilities::freshness)))
        .service(one("/api/v4/projects/{id}/vulnerability_findings", get().to(findings::list)))
        .service(one("/api/v4/projects/{id}/dependencies", get().to(dependencies::list)))
        .service(one("/api/v4/projects/{id}/pipelines/{pid}/dependencies", get().to(dependencies::of_pipeline)))
        .service(one("/api/v4/vulnerabilities/{id}", get().to(vulnerabilities::show)))
        .service(one("/api/v4/vulnerabilities/{id}/state_transitions", get().to(triage::transitions)))
        .service(one("/api/v4/vulnerabilities/{id}/{action:confirm|dismiss|resolve|revert}", post().to(triage::act)))
        .service(one("/api/v3/repos/{owner}/{repo}/code-scanning/sarifs", post().to(code_scanning::create)))
        .service(one("/api/v3/repos/{owner}/{repo}/code-scanning/sarifs/{sid}", get().to(code_scanning::show)));
}
