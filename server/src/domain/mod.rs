//! What Casemate is about: the entities and the reading of one finding. Pure values.
//!
//! Must not know: storage, search, HTTP, threads, the clock. Rows (`store::row`) and wire types
//! (`casemate_shared::api`) are other types; both are made from these.

pub mod account;
pub mod audit;
pub mod branch;
pub mod commit;
pub mod expiry;
pub mod few;
pub mod finding;
pub mod hook;
pub mod identity;
pub mod json;
pub mod label;
pub mod member;
pub mod path;
pub mod pipeline;
pub mod project;
pub mod purl;
pub mod raw;
pub mod report_finding;
pub mod retention;
pub mod sbom;
pub mod scan;
pub mod settings;
pub mod tape;
pub mod triage;
pub mod undo;
