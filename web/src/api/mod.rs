//! Requests to the server: one function per endpoint, each a typed answer or an [`ApiError`]. Must not
//! know views or pages.

mod client;
pub mod dependencies;
pub mod imports;
pub mod pipelines;
pub mod projects;
pub mod session;
pub mod tokens;
pub mod vulnerabilities;

pub use client::{ApiError, Client, Page};
