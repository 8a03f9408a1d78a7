//! Names that say nothing, and texts that tell of the machine they were written on.
//!
//! Must not know: what a good name would be.

use crate::tree::{all_rust_files, files};
use crate::{Place, expect_none};

/// Names of files and folders under which anything could be.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "types", "misc", "manager", "service", "services"];

/// Endings of types that do everything.
const EMPTY_ENDINGS: &[&str] = &["Service", "Manager", "Helper", "Util", "Utils"];

/// Endings of files that people write.
const WRITTEN: &[&str] = &["rs", "md", "toml", "sh", "html", "css", "js", "json", "yml", "yaml", "tsv", "txt"];

#[test]
fn files_have_names_that_say_something() {
    let mut places = Vec::new();
    for file in all_rust_files() {
        let path = file.path.trim_end_matches(".rs");
        for part in path.split('/') {
            if EMPTY_NAMES.contains(&part) {
                places.push(Place::new(&file.path, 0, format!("{part} says nothing")));
            }
        }
    }
    expect_none(&places, "Name it after the thing that is in it.");
}

#[test]
fn types_have_names_that_say_something() {
    let mut places = Vec::new();
    for file in all_rust_files() {
        for (number, line) in file.code.lines().enumerate() {
            for keyword in ["struct ", "enum ", "trait "] {
                let Some((_, rest)) = line.split_once(keyword) else {
                    continue;
                };
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                if EMPTY_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
                    places.push(Place::new(&file.path, number + 1, name));
                }
            }
        }
    }
    expect_none(&places, "Name it after what it is or does.");
}

#[test]
fn nothing_tells_of_the_machine_it_was_written_on() {
    // Put together here, so that this file does not hold them itself.
    let folders = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"]].map(|parts| parts.concat());
    let mut places = Vec::new();
    for file in written_files() {
        for (number, line) in file.text.lines().enumerate() {
            for folder in &folders {
                if begins_somewhere(line, folder) {
                    places.push(Place::new(&file.path, number + 1, folder.clone()));
                }
            }
        }
    }
    expect_none(&places, "Take the path from a setting, or say it in general.");
}

/// Whether a line holds a text that is not the continuation of a longer path.
fn begins_somewhere(line: &str, text: &str) -> bool {
    line.match_indices(text).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '}' | '*'))
    })
}

fn written_files() -> Vec<crate::tree::File> {
    let mut found: Vec<_> = ["server", "shared", "web", "schemas", "tests", ".ci", ".cargo", ".github"]
        .into_iter()
        .flat_map(|folder| files(folder, WRITTEN))
        .collect();
    // Reports speak of the paths of other people's machines.
    found.retain(|file| !file.path.starts_with("tests/fixtures/") || file.path.ends_with(".md"));
    let top = std::fs::read_dir(crate::tree::root()).expect("root of the repository");
    for entry in top.filter_map(Result::ok).filter(|entry| entry.path().is_file()) {
        let path = entry.file_name().to_string_lossy().into_owned();
        let text = std::fs::read(entry.path()).expect("file can be read");
        found.push(crate::tree::File { path, text: String::from_utf8_lossy(&text).into_owned(), code: String::new() });
    }
    found
}

#[test]
fn a_path_is_found_where_it_begins() {
    let folder = ["/ro", "ot/"].concat();
    assert!(begins_somewhere(&format!("cp x {folder}y"), &folder));
    assert!(!begins_somewhere(&format!("cp x $HOME/a{folder}y"), &folder));
}
