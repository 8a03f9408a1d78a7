//! Browser tests: a person signs in, looks, filters, opens, goes back. Headless Chromium against the
//! real program with the page embedded.
//!
//! Must not know: how the page is built. It is found by its `data-testid` hooks, gathered in
//! `screen.rs`, and by the addresses that the API design promises.
//!
//! `UPDATE=1` writes the picture of the README anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod dependencies;
mod first_steps;
mod hostile;
mod imports;
mod look;
mod oversight;
mod people;
mod pipelines;
mod report;
mod rooted;
mod screen;
mod vulnerability;
mod world;
