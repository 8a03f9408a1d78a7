//! Requests to the server: one function per endpoint, each a typed answer or an [`ApiError`]. Must not
//! know views or pages.

pub mod account;
pub mod admin;
pub mod audit;
pub mod branches;
mod client;
pub mod dependencies;
pub mod groups;
pub mod imports;
pub mod members;
pub mod pipelines;
pub mod places;
pub mod projects;
pub mod session;
pub mod settings;
pub mod tokens;
pub mod users;
pub mod vulnerabilities;

pub use client::{ApiError, Client, Page};
