//! Test kit: starts the `casemate` program, talks HTTP to it as any client would, drives a browser
//! and reads fixtures. A test that uses it sees what a user sees, and nothing else.
//!
//! Must not know: the server's crate. Everything here goes through the program's command line, its
//! HTTP interface or a browser.
//!
//! Start with [`TestServer::start`] and [`TestServer::client`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test kit: what goes wrong here is the failure of the test that called it"
)]

pub mod client;
pub mod fixture;
pub mod memory;
pub mod patience;
pub mod program;
pub mod project;
pub mod raw;
pub mod sample;
pub mod server;
pub mod totp;
pub mod upload;
pub mod webdriver;

pub use client::{Answer, Client};
pub use project::Project;
pub use server::{Settings, TestServer};
pub use upload::Upload;
