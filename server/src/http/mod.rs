//! The HTTP room: routes, parameters, answers. The only room that names actix-web.
//!
//! Must not know: rows, tables, how anything is computed. A handler authorises, calls one function and
//! converts. Start with `router.rs`: every route stands there.

pub mod account;
pub mod artifacts;
pub mod audit;
pub mod branches;
pub mod budget;
pub mod caller;
pub mod code_scanning;
pub mod commits;
pub mod dependencies;
pub mod error;
pub mod findings;
pub mod gate;
pub mod groups;
pub mod headers;
pub mod hooks;
pub mod imports;
pub mod instance;
pub mod jobs;
pub mod labels;
pub mod limits;
pub mod listing;
pub mod members;
pub mod metrics;
pub mod moved;
mod multipart;
pub mod namespaces;
pub mod open_files;
pub mod origin;
pub mod page;
pub mod params;
pub mod patience;
mod pattern;
#[cfg(test)]
mod permissions_tests;
mod pieces;
pub mod pipeline_changes;
pub mod pipelines;
pub mod place_tokens;
pub mod places;
pub mod projects;
pub mod protected_branches;
pub mod proxy_check;
pub mod query;
mod root;
pub mod router;
pub mod routes;
pub mod runner;
pub mod security_reports;
pub mod server;
pub mod session;
pub mod settings;
pub mod state;
pub mod statuses;
pub mod storage;
pub mod tokens;
pub mod told_commit;
pub mod triage;
pub mod turns;
pub mod ui;
pub mod under_way;
pub mod users;
pub mod vulnerabilities;
pub mod waiting;
mod zip;
