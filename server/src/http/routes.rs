//! Every route, on one page: method, path, what it is in the table of who may what, and who answers.
//!
//! Must not know: what handlers do, who may.

use super::{
    account, artifacts, audit, branches, code_scanning, commits, dependencies, findings, groups, hooks, imports, instance, jobs,
    labels, members, metrics, namespaces, pipeline_changes, pipelines, place_tokens, projects, protected_branches, proxy_check,
    runner, security_reports, session, settings, statuses, storage, tokens, triage, users, vulnerabilities,
};
use crate::access::Action;
use actix_web::http::Method;
use actix_web::{Route, web};

/// A route.
pub struct Entry {
    /// Method.
    pub method: &'static str,
    /// Path, as actix writes patterns.
    pub path: &'static str,
    /// What it is in the table.
    pub action: Action,
    /// Makes the route, without the gate: only `router.rs` calls it.
    pub(super) make: fn() -> Route,
}

macro_rules! routes {
    ($($method:ident $path:literal $action:ident => $handler:path;)*) => {
        /// All of them. What comes first wins where paths are alike.
        pub const ROUTES: &[Entry] = &[$(Entry {
            method: stringify!($method),
            path: $path,
            action: Action::$action,
            make: || web::method(Method::$method).to($handler),
        }),*];
    };
}

routes! {
    GET "/-/health" Probe => instance::health;
    GET "/-/liveness" Probe => instance::liveness;
    GET "/-/readiness" Probe => instance::readiness;
    GET "/-/metrics" Probe => metrics::show;
    GET "/-/echo/{text}" Probe => proxy_check::echo;
    GET "/-/echo/{one}/{two}" Probe => proxy_check::echo_split;
    GET "/api/v4/version" ReadVersion => instance::version;
    GET "/api/v4/metadata" ReadVersion => instance::metadata;
    POST "/api/v4/session" SignIn => session::sign_in;
    GET "/api/v4/session" ReadSession => session::show;
    DELETE "/api/v4/session" SignOut => session::sign_out;
    GET "/api/v4/user" ReadSelf => account::show;
    PUT "/api/v4/user" ChangeSelf => account::update;
    PUT "/api/v4/user/password" ChangeSelf => account::change_password;
    GET "/api/v4/user/sessions" ReadSessions => account::sessions;
    DELETE "/api/v4/user/sessions/{sid}" ChangeSelf => account::end_session;
    POST "/api/v4/user/two_factor" ChangeSelf => account::begin_two_factor;
    DELETE "/api/v4/user/two_factor" ChangeSelf => account::end_two_factor;
    POST "/api/v4/user/two_factor/confirm" ChangeSelf => account::confirm_two_factor;
    POST "/api/v4/user/personal_access_tokens" CreateOwnToken => tokens::create_own;
    GET "/api/v4/personal_access_tokens" ReadTokens => tokens::list;
    GET "/api/v4/personal_access_tokens/self" ReadThisToken => tokens::show;
    DELETE "/api/v4/personal_access_tokens/self" RevokeThisToken => tokens::revoke;
    POST "/api/v4/personal_access_tokens/self/rotate" RotateToken => tokens::rotate;
    GET "/api/v4/personal_access_tokens/{tid}" ReadTokens => tokens::show;
    DELETE "/api/v4/personal_access_tokens/{tid}" RevokeToken => tokens::revoke;
    POST "/api/v4/personal_access_tokens/{tid}/rotate" RotateToken => tokens::rotate;
    GET "/api/v4/users" ReadUsers => users::list;
    POST "/api/v4/users" ChangeUsers => users::create;
    GET "/api/v4/users/{id}" ReadUsers => users::show;
    PUT "/api/v4/users/{id}" ChangeUsers => users::update;
    DELETE "/api/v4/users/{id}" ChangeUsers => users::delete;
    POST "/api/v4/users/{id}/{turn:block|unblock|activate|deactivate}" ChangeUsers => users::turn;
    PATCH "/api/v4/users/{id}/disable_two_factor" ChangeUsers => users::disable_two_factor;
    POST "/api/v4/users/{id}/personal_access_tokens" ChangeUsers => tokens::create_for;
    GET "/api/v4/users/{id}/impersonation_tokens" ReadImpersonation => tokens::list_impersonation;
    POST "/api/v4/users/{id}/impersonation_tokens" ChangeUsers => tokens::create_for;
    GET "/api/v4/users/{id}/impersonation_tokens/{tid}" ReadImpersonation => tokens::show_impersonation;
    DELETE "/api/v4/users/{id}/impersonation_tokens/{tid}" ChangeUsers => tokens::revoke_impersonation;
    GET "/api/v4/groups/{id}/access_tokens" ReadGroupTokens => place_tokens::list;
    POST "/api/v4/groups/{id}/access_tokens" ChangeGroupTokens => place_tokens::create;
    GET "/api/v4/groups/{id}/access_tokens/{tid}" ReadGroupTokens => place_tokens::show;
    DELETE "/api/v4/groups/{id}/access_tokens/{tid}" ChangeGroupTokens => place_tokens::revoke;
    POST "/api/v4/groups/{id}/access_tokens/{tid}/rotate" ChangeGroupTokens => place_tokens::rotate;
    GET "/api/v4/projects/{id}/access_tokens" ReadProjectTokens => place_tokens::list;
    POST "/api/v4/projects/{id}/access_tokens" ChangeProjectTokens => place_tokens::create;
    GET "/api/v4/projects/{id}/access_tokens/{tid}" ReadProjectTokens => place_tokens::show;
    DELETE "/api/v4/projects/{id}/access_tokens/{tid}" ChangeProjectTokens => place_tokens::revoke;
    POST "/api/v4/projects/{id}/access_tokens/{tid}/rotate" ChangeProjectTokens => place_tokens::rotate;
    GET "/api/v4/admin/storage" ReadStorage => storage::show;
    GET "/api/v4/admin/storage/projects" ReadStorage => storage::projects;
    GET "/api/v4/audit_events" ReadAudit => audit::list;
    GET "/api/v4/audit_events/{aid}" ReadAudit => audit::show;
    GET "/api/v4/groups/{id}/audit_events" ReadGroupAudit => audit::list_own;
    GET "/api/v4/groups/{id}/audit_events/{aid}" ReadGroupAudit => audit::show_own;
    GET "/api/v4/projects/{id}/audit_events" ReadProjectAudit => audit::list_own;
    GET "/api/v4/projects/{id}/audit_events/{aid}" ReadProjectAudit => audit::show_own;
    GET "/api/v4/namespaces" ReadNamespaces => namespaces::list;
    GET "/api/v4/namespaces/{id}" ReadNamespaces => namespaces::show;
    GET "/api/v4/namespaces/{id}/exists" ReadNamespaces => namespaces::exists;
    GET "/api/v4/groups" ListGroups => groups::list;
    POST "/api/v4/groups" CreateGroup => groups::create;
    GET "/api/v4/groups/{id}" ReadGroup => groups::show;
    DELETE "/api/v4/groups/{id}" DeleteGroup => groups::remove;
    PUT "/api/v4/groups/{id}" UpdateGroup => groups::update;
    POST "/api/v4/groups/{id}/transfer" TransferGroup => groups::transfer;
    GET "/api/v4/groups/{id}/subgroups" ReadGroup => groups::subgroups;
    GET "/api/v4/groups/{id}/descendant_groups" ReadGroup => groups::descendants;
    GET "/api/v4/groups/{id}/projects" ReadGroup => groups::projects;
    GET "/api/v4/groups/{id}/labels" ReadGroupLabels => labels::list;
    POST "/api/v4/groups/{id}/labels" ChangeGroupLabels => labels::create;
    PUT "/api/v4/groups/{id}/labels" ChangeGroupLabels => labels::update;
    GET "/api/v4/groups/{id}/labels/{label}" ReadGroupLabels => labels::show;
    PUT "/api/v4/groups/{id}/labels/{label}" ChangeGroupLabels => labels::update;
    DELETE "/api/v4/groups/{id}/labels/{label}" ChangeGroupLabels => labels::delete;
    GET "/api/v4/groups/{id}/members" ReadGroupMembers => members::list;
    POST "/api/v4/groups/{id}/members" ManageGroupMembers => members::add;
    GET "/api/v4/groups/{id}/members/all" ReadGroupMembers => members::list_all;
    GET "/api/v4/groups/{id}/members/all/{uid}" ReadGroupMembers => members::show_of_all;
    GET "/api/v4/groups/{id}/members/{uid}" ReadGroupMembers => members::show;
    PUT "/api/v4/groups/{id}/members/{uid}" ManageGroupMembers => members::update;
    DELETE "/api/v4/groups/{id}/members/{uid}" RemoveGroupMember => members::remove;
    GET "/api/v4/projects" ListProjects => projects::list;
    POST "/api/v4/projects" CreateProject => projects::create;
    GET "/api/v4/projects/{id}" ReadProject => projects::show;
    GET "/api/v4/projects/{id}/storage" ReadProjectStorage => storage::of_project;
    GET "/api/v4/projects/{id}/security_settings" ReadSettings => settings::show;
    PUT "/api/v4/projects/{id}/security_settings" ChangeSettings => settings::update;
    DELETE "/api/v4/projects/{id}" DeleteProject => projects::remove;
    PUT "/api/v4/projects/{id}" UpdateProject => projects::update;
    POST "/api/v4/projects/{id}/archive" ArchiveProject => projects::archive;
    POST "/api/v4/projects/{id}/unarchive" ArchiveProject => projects::unarchive;
    PUT "/api/v4/projects/{id}/transfer" TransferProject => projects::transfer;
    GET "/api/v4/projects/{id}/labels" ReadLabels => labels::list;
    POST "/api/v4/projects/{id}/labels" ChangeLabels => labels::create;
    GET "/api/v4/projects/{id}/labels/{label}" ReadLabels => labels::show;
    PUT "/api/v4/projects/{id}/labels" ChangeLabels => labels::update;
    PUT "/api/v4/projects/{id}/labels/{label}" ChangeLabels => labels::update;
    DELETE "/api/v4/projects/{id}/labels/{label}" ChangeLabels => labels::delete;
    GET "/api/v4/projects/{id}/hooks" ReadHooks => hooks::list;
    POST "/api/v4/projects/{id}/hooks" ChangeHooks => hooks::create;
    GET "/api/v4/projects/{id}/hooks/{hid}" ReadHooks => hooks::show;
    PUT "/api/v4/projects/{id}/hooks/{hid}" ChangeHooks => hooks::update;
    DELETE "/api/v4/projects/{id}/hooks/{hid}" ChangeHooks => hooks::delete;
    POST "/api/v4/projects/{id}/hooks/{hid}/test/{trigger}" ChangeHooks => hooks::test;
    GET "/api/v4/projects/{id}/protected_branches" ReadProtections => protected_branches::list;
    POST "/api/v4/projects/{id}/protected_branches" ChangeProtections => protected_branches::create;
    GET "/api/v4/projects/{id}/protected_branches/{name}" ReadProtections => protected_branches::show;
    PATCH "/api/v4/projects/{id}/protected_branches/{name}" ChangeProtections => protected_branches::update;
    DELETE "/api/v4/projects/{id}/protected_branches/{name}" ChangeProtections => protected_branches::delete;
    GET "/api/v4/projects/{id}/repository/branches" ReadPipelines => branches::list;
    POST "/api/v4/projects/{id}/repository/branches" ChangeBranches => branches::create;
    GET "/api/v4/projects/{id}/repository/branches/{branch}" ReadPipelines => branches::show;
    DELETE "/api/v4/projects/{id}/repository/branches/{branch}" ChangeBranches => branches::delete;
    GET "/api/v4/projects/{id}/members" ReadProjectMembers => members::list;
    POST "/api/v4/projects/{id}/members" ManageProjectMembers => members::add;
    GET "/api/v4/projects/{id}/members/all" ReadProjectMembers => members::list_all;
    GET "/api/v4/projects/{id}/members/all/{uid}" ReadProjectMembers => members::show_of_all;
    GET "/api/v4/projects/{id}/members/{uid}" ReadProjectMembers => members::show;
    PUT "/api/v4/projects/{id}/members/{uid}" ManageProjectMembers => members::update;
    DELETE "/api/v4/projects/{id}/members/{uid}" RemoveProjectMember => members::remove;
    POST "/api/v4/projects/{id}/security_reports" HandInReports => security_reports::create;
    GET "/api/v4/projects/{id}/pipelines" ReadPipelines => pipelines::list;
    GET "/api/v4/projects/{id}/pipelines/latest" ReadPipelines => pipelines::latest;
    GET "/api/v4/projects/{id}/pipelines/{pid}" ReadPipelines => pipelines::show;
    DELETE "/api/v4/projects/{id}/pipelines/{pid}" DeletePipeline => pipeline_changes::delete;
    GET "/api/v4/projects/{id}/pipelines/{pid}/jobs" ReadPipelines => pipelines::jobs;
    GET "/api/v4/projects/{id}/pipelines/{pid}/scans" ReadReports => pipelines::scans;
    GET "/api/v4/projects/{id}/pipelines/{pid}/scans/{sid}/rejected" ReadReports => imports::rejected;
    GET "/api/v4/projects/{id}/pipelines/{pid}/security_reports" ReadUpload => imports::reports;
    GET "/api/v4/projects/{id}/pipelines/{pid}/undo" ReadReports => imports::show_undo;
    POST "/api/v4/projects/{id}/pipelines/{pid}/undo" UndoImport => imports::undo;
    GET "/api/v4/projects/{id}/imports" ReadReports => imports::list;
    GET "/api/v4/projects/{id}/pipelines/{pid}/bridges" ReadPipelines => pipelines::bridges;
    GET "/api/v4/projects/{id}/pipelines/{pid}/variables" ReadPipelines => pipelines::nothing;
    GET "/api/v4/projects/{id}/pipelines/{pid}/test_report" ReadPipelines => pipelines::no_tests;
    GET "/api/v4/projects/{id}/pipelines/{pid}/test_report_summary" ReadPipelines => pipelines::no_tests;
    POST "/api/v4/projects/{id}/pipelines/{pid}/complete" ChangePipeline => pipeline_changes::complete;
    POST "/api/v4/projects/{id}/pipelines/{pid}/cancel" ChangePipeline => pipeline_changes::cancel;
    POST "/api/v4/projects/{id}/pipelines/{pid}/retry" ChangePipeline => pipeline_changes::retry;
    PUT "/api/v4/projects/{id}/pipelines/{pid}/metadata" ChangePipeline => pipeline_changes::rename;
    POST "/api/v4/projects/{id}/pipeline" ChangePipeline => pipeline_changes::create;
    POST "/api/v4/projects/{id}/statuses/{sha}" HandInReports => statuses::create;
    GET "/api/v4/projects/{id}/repository/commits/{sha}" ReadPipelines => commits::show;
    GET "/api/v4/projects/{id}/repository/commits/{sha}/signature" ReadPipelines => commits::show_signature;
    GET "/api/v4/projects/{id}/repository/commits/{sha}/statuses" ReadPipelines => statuses::list;
    GET "/api/v4/projects/{id}/jobs" ReadPipelines => jobs::list;
    GET "/api/v4/projects/{id}/jobs/artifacts/{ref}/download" ReadReports => artifacts::archive_of_ref;
    GET "/api/v4/projects/{id}/jobs/artifacts/{ref}/raw/{path:.+}" ReadReports => artifacts::file_of_ref;
    GET "/api/v4/projects/{id}/jobs/{jid}" ReadPipelines => jobs::show;
    GET "/api/v4/projects/{id}/jobs/{jid}/trace" ReadReports => jobs::trace;
    GET "/api/v4/projects/{id}/jobs/{jid}/artifacts" ReadReports => artifacts::archive;
    DELETE "/api/v4/projects/{id}/jobs/{jid}/artifacts" EraseArtifacts => jobs::delete_files;
    POST "/api/v4/projects/{id}/jobs/{jid}/erase" EraseArtifacts => jobs::erase;
    POST "/api/v4/projects/{id}/jobs/{jid}/artifacts/keep" KeepArtifacts => jobs::keep;
    GET "/api/v4/projects/{id}/jobs/{jid}/artifacts/{path:.+}" ReadReports => artifacts::download;
    PUT "/api/v4/jobs/{jid}" UpdateJob => jobs::update;
    POST "/api/v4/jobs/{jid}/artifacts" AttachFiles => runner::upload;
    GET "/api/v4/projects/{id}/vulnerabilities" ReadVulnerabilities => vulnerabilities::list;
    POST "/api/v4/projects/{id}/vulnerabilities" ChangeVulnerability => triage::record;
    GET "/api/v4/projects/{id}/vulnerability_severities_count" ReadVulnerabilities => vulnerabilities::count;
    GET "/api/v4/projects/{id}/vulnerability_scanners" ReadVulnerabilities => vulnerabilities::scanners;
    GET "/api/v4/projects/{id}/security_report_freshness" ReadVulnerabilities => vulnerabilities::freshness;
    GET "/api/v4/projects/{id}/vulnerability_findings" ReadVulnerabilities => findings::list;
    GET "/api/v4/projects/{id}/dependencies" ReadDependencies => dependencies::list;
    GET "/api/v4/projects/{id}/pipelines/{pid}/dependencies" ReadDependencies => dependencies::of_pipeline;
    GET "/api/v4/vulnerabilities/{id}" ReadVulnerabilities => vulnerabilities::show;
    GET "/api/v4/vulnerabilities/{id}/state_transitions" ReadVulnerabilities => triage::transitions;
    POST "/api/v4/vulnerabilities/{id}/{action:confirm|dismiss|resolve|revert}" ChangeVulnerability => triage::act;
    POST "/api/v3/repos/{owner}/{repo}/code-scanning/sarifs" HandInReports => code_scanning::create;
    GET "/api/v3/repos/{owner}/{repo}/code-scanning/sarifs/{sid}" ReadUpload => code_scanning::show;
}
