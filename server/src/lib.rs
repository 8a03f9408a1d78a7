//! Casemate's server as a library; the binary and the tests are made of it.
//!
//! Code map: `domain` (entities, identity), `store` (redb), `search` (tantivy), `ingest` (a report becomes
//! findings and vulnerabilities), `jobs` (the index follows), `auth` (who), `access` (who may what), `audit` (what was done), `projects` (groups and
//! projects), `forge` (labels, webhooks, branches), `triage` (what people do to vulnerabilities), `views` (rows to wire types), `http` (actix-web), `upload` (the CI client), `app` (puts all
//! together). `docs/architecture.md` walks one upload through them.

pub mod access;
pub mod app;
pub mod audit;
pub mod auth;
pub mod check_db;
pub mod clock;
pub mod config;
pub mod domain;
pub mod forge;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod http;
pub mod ingest;
pub mod jobs;
pub mod projects;
pub mod search;
pub mod store;
pub mod triage;
pub mod upload;
pub mod views;
