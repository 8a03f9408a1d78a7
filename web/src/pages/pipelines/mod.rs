//! Pipelines: the list, and the security page of one. Must not know vulnerabilities of the default branch.

mod findings;
mod list;
mod messages;
mod scans;
mod security;

pub use list::PipelinesPage;
pub use security::PipelinePage;
