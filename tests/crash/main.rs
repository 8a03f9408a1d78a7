//! Sudden ends: `kill -9` at random places of an upload, stops, second processes, damage. After each the
//! data directory is clean, what was acknowledged is there, and the rest is there or not, but whole.
//!
//! `CASEMATE_CRASH_ROUNDS=300` raises the number of kills of each test, `CASEMATE_CRASH_SEED` repeats one
//! run; both are printed with `-- --nocapture` and when a round fails.
//!
//! Must not know: the server's code, but for the names of its kill points.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod chance;
mod damage;
mod declared;
mod kills;
mod removal;
mod retention;
mod starts;
mod stops;
mod world;
