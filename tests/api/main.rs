//! What a client of the HTTP interface sees: conventions, uploads, lists, identity and the life of a
//! vulnerability. Each test has a server of its own.
//!
//! Must not know: the server's code, the page.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod addresses;
mod answers;
mod artifacts;
mod audit;
mod branches;
mod callers;
mod children;
mod command;
mod crowd;
mod declared;
mod demo;
mod duplicates;
mod findings;
mod foreign;
mod groups;
mod hooks;
mod identity;
mod imports;
mod jobs;
mod labels;
mod lifecycle;
mod limits;
mod matrix;
mod members;
mod model;
mod moved;
mod namespaces;
mod pages;
mod parameters;
mod pipelines;
mod projects;
mod proxies;
mod refused;
mod reruns;
mod rescans;
mod retention;
mod rooted;
mod search;
mod sessions;
mod statuses;
mod storage;
mod story;
mod tokens;
mod triage;
mod uploads;
mod users;
mod vulnerabilities;
mod words;
