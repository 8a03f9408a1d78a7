//! Pipelines: the list, and the security page of one. Must not know vulnerabilities of the default branch.

mod family;
mod findings;
mod list;
mod notices;
mod proof;
mod scans;
mod security;
mod standing;

pub use list::PipelinesPage;
pub use security::PipelinePage;
