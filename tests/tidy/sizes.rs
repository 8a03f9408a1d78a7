//! How long files and functions may get.
//!
//! Must not know: anything else about them.

use crate::rust::{functions, test_modules};
use crate::tree::{File, all_rust_files};
use crate::{Place, expect_none};

/// Most lines of a file, the modules for its own tests left out.
const FILE_LINES: usize = 500;
/// Most lines of a function.
const FUNCTION_LINES: usize = 70;

#[test]
fn files_stay_short() {
    let mut places = Vec::new();
    for file in all_rust_files() {
        let lines = own_lines(&file);
        if lines > FILE_LINES {
            let wrong = format!("{lines} lines, at most {FILE_LINES}");
            places.push(Place::new(&file.path, 0, wrong));
        }
    }
    expect_none(&places, "Split it along what its parts are about.");
}

#[test]
fn functions_stay_short() {
    let mut places = Vec::new();
    for file in all_rust_files() {
        for function in functions(&file.code) {
            if function.lines > FUNCTION_LINES {
                let wrong = format!("{} has {} lines, at most {FUNCTION_LINES}", function.name, function.lines);
                places.push(Place::new(&file.path, function.line, wrong));
            }
        }
    }
    expect_none(&places, "Give its steps names.");
}

#[test]
fn files_say_what_they_are() {
    let mut places = Vec::new();
    for file in all_rust_files() {
        if !file.text.starts_with("//! ") {
            places.push(Place::new(&file.path, 1, "does not open with //!"));
        }
    }
    expect_none(&places, "Open with `//! what it is`, then what it must not know.");
}

fn own_lines(file: &File) -> usize {
    let tests = test_modules(&file.code);
    let in_tests: usize = tests.iter().map(|(first, last)| last - first + 1).sum();
    file.text.lines().count() - in_tests
}
