//! Bad input: broken reports, broken requests, and input that is too large. Every case gets an answer that
//! names the place and the reason, leaves everything else as it was, and is never the server's fault.
//!
//! Must not know: the server's code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod audit;
mod credentials;
mod crowd;
mod cut;
mod fields;
mod foreign;
mod large;
mod ledger;
mod limits;
mod odd;
mod owners;
mod paths;
mod people;
mod reports;
mod requests;
mod rights;
mod sessions;
mod steady;
mod wire;
