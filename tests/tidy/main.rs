//! House rules that a program can check: who may know whom, how long things get, what is documented.
//! Each test prints the places that break a rule and what to do there.
//!
//! Must not know: what the code does. It reads text; it runs nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod documents;
mod names;
mod rooms;
mod rust;
mod sizes;
mod tree;

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// File, below the root of the repository.
    pub path: String,
    /// Line, from 1; 0 when it is about the whole file.
    pub line: usize,
    /// What is wrong there.
    pub wrong: String,
}

impl Place {
    /// A place in a file.
    pub fn new(path: &str, line: usize, wrong: impl Into<String>) -> Place {
        Place { path: path.to_owned(), line, wrong: wrong.into() }
    }
}

/// Fails with all places and the remedy, unless there is none.
#[track_caller]
pub fn expect_none(places: &[Place], remedy: &str) {
    use std::fmt::Write;
    let mut list = String::new();
    for place in places {
        let _ = writeln!(list, "  {}:{}: {}", place.path, place.line, place.wrong);
    }
    let number = places.len();
    assert!(places.is_empty(), "{number} places break a rule:\n{list}{remedy}");
}
