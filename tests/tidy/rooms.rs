//! The dependency rule: which room may name what.
//!
//! Must not know: why; the architecture document says that.

use crate::rust::test_modules;
use crate::tree::{File, all_rust_files, has_word, rust_files};
use crate::{Place, expect_none};

/// What only one place of the server may name.
const ENGINES: &[(&str, &str)] = &[
    ("redb", "server/src/store/"),
    ("tantivy", "server/src/search/"),
    ("actix_*", "server/src/http/"),
    ("rayon", "server/src/ingest/"),
    ("bincode", "server/src/store/codec.rs"),
];

/// A bare handler, to measure ours beside, and who asks both.
const BARE: &str = "tests/bench/requests/";

/// Rooms that never name each other: (room, what it must not name).
const STRANGERS: &[(&str, &str)] = &[
    ("server/src/store/", "crate::search"),
    ("server/src/store/", "crate::ingest"),
    ("server/src/store/", "crate::http"),
    ("server/src/search/", "crate::store"),
    ("server/src/search/", "crate::http"),
    ("server/src/ingest/", "crate::http"),
    ("server/src/views/", "crate::http"),
    ("server/src/access/", "crate::http"),
    ("server/src/access/", "crate::auth"),
    ("server/src/http/", "store::row"),
];

/// What a crate without input and output does not name.
const OUTSIDE: &[&str] = &[
    "redb",
    "tantivy",
    "actix_*",
    "rayon",
    "tokio",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::thread",
    "SystemTime",
    "Instant",
];

#[test]
fn engines_are_named_in_their_room_only() {
    let mut places = Vec::new();
    for file in all_rust_files() {
        for (engine, home) in ENGINES {
            let in_its_home = file.path.starts_with(home) || (*engine == "actix_*" && file.path.starts_with(BARE));
            if !in_its_home {
                name_places(&file, engine, &format!("{engine} outside {home}"), &mut places);
            }
        }
    }
    expect_none(&places, "Ask the room for what you need; it has a type for it, or should get one.");
}

#[test]
fn rooms_do_not_know_their_strangers() {
    let mut places = Vec::new();
    for file in rust_files("server/src") {
        for (room, stranger) in STRANGERS {
            if file.path.starts_with(room) {
                let wrong = format!("{room} names {stranger}");
                name_places(&file, stranger, &wrong, &mut places);
                grouped_places(&file, stranger, &wrong, &mut places);
            }
        }
    }
    expect_none(&places, "See the dependency rule in server/docs/architecture.md.");
}

#[test]
fn shared_does_no_input_or_output() {
    let mut places = Vec::new();
    for file in rust_files("shared") {
        for word in OUTSIDE {
            name_places(&file, word, &format!("shared names {word}"), &mut places);
        }
    }
    expect_none(&places, "The page compiles this crate too: pass the value in.");
}

#[test]
fn the_page_and_the_tests_see_no_server_crate() {
    let mut places = Vec::new();
    // The fuzzers drive the server's own functions; they are a workspace of their own.
    let is_fuzzer = |file: &File| file.path.starts_with("tests/fuzz/");
    for file in ["web", "tests"].into_iter().flat_map(rust_files).filter(|file| !is_fuzzer(file)) {
        name_places(&file, "casemate::*", "names the server's crate", &mut places);
    }
    expect_none(&places, "What both sides need lives in shared/.");
}

#[test]
fn the_clock_is_read_in_one_place() {
    let mut places = Vec::new();
    for file in rust_files("server/src") {
        if file.path.ends_with("/clock.rs") {
            continue;
        }
        for call in ["SystemTime::now", "Timestamp::now", "Zoned::now"] {
            name_places(&file, call, call, &mut places);
        }
    }
    expect_none(&places, "Take the time as a parameter; only clock.rs asks for it.");
}

#[test]
fn tests_do_not_sleep() {
    let mut places = Vec::new();
    for file in all_rust_files() {
        if file.path == "tests/src/patience.rs" {
            continue;
        }
        let of_tests = file.path.starts_with("tests/") || file.path.ends_with("/tests.rs");
        let modules = test_modules(&file.code);
        let sleeps = ["thread::sleep", "time::sleep"];
        let lines = sleeps.iter().flat_map(|sleep| file.lines_with_word(sleep));
        for line in lines {
            let in_module = modules.iter().any(|(from, to)| (from..=to).contains(&&line));
            if of_tests || in_module {
                places.push(Place::new(&file.path, line, "sleeps"));
            }
        }
    }
    let remedy = "Wait for the thing itself: patience::until in tests/src/patience.rs.";
    expect_none(&places, remedy);
}

fn name_places(file: &File, word: &str, wrong: &str, places: &mut Vec<Place>) {
    let found = file.lines_with_word(word);
    places.extend(found.map(|line| Place::new(&file.path, line, wrong)));
}

/// Finds `use crate::{ingest, search::Hit}` for `crate::search`.
fn grouped_places(file: &File, path: &str, wrong: &str, places: &mut Vec<Place>) {
    let Some((first, rest)) = path.split_once("::") else {
        return;
    };
    let open = format!("{first}::{{");
    for (at, _) in file.code.match_indices(&open) {
        let group = &file.code[at..];
        let group = &group[..group.find(';').unwrap_or(group.len())];
        if has_word(group, rest) {
            let line = file.code[..at].matches('\n').count() + 1;
            places.push(Place::new(&file.path, line, wrong));
        }
    }
}

#[test]
fn groups_of_imports_are_looked_into() {
    let code = "use x;\nuse crate::{\n  ingest,\n  search::Hit,\n};\nuse crate::{views};\n".to_owned();
    let file = File { path: "f.rs".to_owned(), text: String::new(), code };
    let mut places = Vec::new();
    grouped_places(&file, "crate::search", "knows search", &mut places);
    assert_eq!(places, [Place::new("f.rs", 2, "knows search")]);
}
