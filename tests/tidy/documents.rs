//! Documents: each room has one of the agreed form, links lead somewhere, the top level stays clear.
//!
//! Must not know: what the documents say.

use crate::tree::{File, files, root};
use crate::{Place, expect_none};
use std::path::Path;

/// Headings of a room's README, in this order.
const HEADINGS: [&str; 6] =
    ["What this room does", "What it must not know", "Where to start reading", "Words used here", "To add a", "How it is tested"];
/// Most lines of a room's README.
const ROOM_LINES: usize = 25;

/// What may lie visible at the top; `LICENSE` stands for all names that begin so.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "Trunk.toml",
    "rust-toolchain.toml",
    "schemas",
    "server",
    "shared",
    "tests",
    "web",
    // Made by builds, and git-ignored.
    "target",
];

#[test]
fn every_room_has_its_readme() {
    let mut places = Vec::new();
    for entry in std::fs::read_dir(root().join("server/src")).expect("rooms of the server") {
        let entry = entry.expect("entry of a folder");
        if !entry.path().is_dir() {
            continue;
        }
        let path = format!("server/src/{}/README.md", entry.file_name().to_string_lossy());
        match std::fs::read_to_string(root().join(&path)) {
            Err(_) => places.push(Place::new(&path, 0, "is missing")),
            Ok(text) => room_places(&path, &text, &mut places),
        }
    }
    expect_none(&places, "Copy the form from a neighbouring room.");
}

fn room_places(path: &str, text: &str, places: &mut Vec<Place>) {
    let lines = text.lines().count();
    if lines > ROOM_LINES {
        let wrong = format!("{lines} lines, at most {ROOM_LINES}");
        places.push(Place::new(path, 0, wrong));
    }
    let mut from = 0;
    for heading in HEADINGS {
        let rest = text.lines().enumerate().skip(from);
        let found = rest.map(|(at, line)| (at, line.trim_start_matches(['#', '*', ' ', '-'])));
        match found.into_iter().find(|(_, line)| line.starts_with(heading)) {
            Some((at, _)) => from = at + 1,
            None => places.push(Place::new(path, 0, format!("no `{heading}` in its place"))),
        }
    }
}

#[test]
fn links_lead_somewhere() {
    let folders = ["server", "shared", "web", "schemas", "tests", ".github"];
    let mut documents: Vec<File> = folders.into_iter().flat_map(|f| files(f, &["md"])).collect();
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    documents.push(File { path: "README.md".to_owned(), text: readme, code: String::new() });
    let mut places = Vec::new();
    for document in &documents {
        link_places(document, &mut places);
    }
    expect_none(&places, "Correct the link, or write what it promises.");
}

fn link_places(document: &File, places: &mut Vec<Place>) {
    let folder = Path::new(&document.path).parent().unwrap_or(Path::new(""));
    let mut in_code = false;
    for (number, line) in document.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for target in targets(line) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { document.path.clone() } else { below(folder, file) };
            let path = root().join(&file);
            let there = path.exists() && (anchor.is_empty() || headings(&path).iter().any(|slug| slug == anchor));
            if !there {
                let wrong = format!("{target} leads nowhere");
                places.push(Place::new(&document.path, number + 1, wrong));
            }
        }
    }
}

/// The targets of a line's links and pictures that lead into the repository.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (at, character) in line.char_indices() {
        if character == '`' {
            in_code = !in_code;
        }
        if in_code || !line[at..].starts_with("](") {
            continue;
        }
        let rest = &line[at + 2..];
        let target = &rest[..rest.find([')', ' ']).unwrap_or(rest.len())];
        if !target.contains("://") && !target.starts_with("mailto:") {
            found.push(target);
        }
    }
    found
}

fn below(folder: &Path, file: &str) -> String {
    folder.join(file).to_string_lossy().into_owned()
}

/// Anchors of a document's headings, as forges make them.
fn headings(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn the_top_level_stays_clear() {
    let mut places = Vec::new();
    for entry in std::fs::read_dir(root()).expect("root of the repository") {
        let name = entry.expect("entry of a folder").file_name().to_string_lossy().into_owned();
        let known = TOP.contains(&name.as_str()) || name.starts_with("LICENSE");
        if !known && !name.starts_with('.') {
            places.push(Place::new(&name, 0, "is not expected at the top level"));
        }
    }
    expect_none(&places, "Put it into a room, or begin its name with a dot.");
}

#[test]
fn links_and_rooms_are_read_as_they_are_written() {
    let line = "see [a](b.md#c) and ![p](d.png \"t\"), not `[x](y)` nor [w](https://e.org)";
    assert_eq!(targets(line), ["b.md#c", "d.png"]);
    let mut places = Vec::new();
    room_places("r", "# R\n\n## What this room does\n## Words used here\n", &mut places);
    assert_eq!(places.len(), 4, "{places:?}");
}
