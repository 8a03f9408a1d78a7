//! Wire types of the REST API: what goes over HTTP, and nothing else. Names and shapes are GitLab's
//! REST v4 where GitLab has them. Ids are integers, times are `YYYY-MM-DDThh:mm:ss.mmmZ` texts.

pub mod audit;
pub mod branch;
pub mod code_scanning;
pub mod commit;
pub mod coverage;
pub mod dependency;
pub mod error;
pub mod finding;
pub mod hook;
pub mod import;
pub mod label;
pub mod member;
pub mod paths;
pub mod pipeline;
pub mod project;
pub mod report;
pub mod settings;
pub mod storage;
pub mod user;
pub mod vulnerability;
