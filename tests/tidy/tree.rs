//! The files of the repository, read once for each rule.
//!
//! Must not know: the rules.

use crate::rust;
use std::path::{Path, PathBuf};

/// Folders that builds make; nobody writes in them.
const MADE: &[&str] = &["target", "dist", ".git", ".tools", "node_modules"];

/// One file of the repository.
pub struct File {
    /// Path below the root, with `/`.
    pub path: String,
    /// Content.
    pub text: String,
    /// For Rust, the content with comments and literals blanked out; else empty.
    pub code: String,
}

impl File {
    /// Line numbers (from 1) of the code that hold a word, as a whole word.
    pub fn lines_with_word<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let lines = self.code.lines().enumerate();
        lines.filter_map(move |(number, line)| has_word(line, word).then_some(number + 1))
    }
}

/// Whether a line holds a word that is no part of a longer one. A word that ends with `*` stands for
/// all that begin with it.
pub fn has_word(line: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let (word, open_end) = word.strip_suffix('*').map_or((word, false), |word| (word, true));
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && (open_end || !after.is_some_and(is_part))
    })
}

/// Root of the repository.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("a folder above tests").to_owned()
}

/// All Rust files below one folder of the root.
pub fn rust_files(under: &str) -> Vec<File> {
    files(under, &["rs"])
}

/// All Rust files of the repository.
pub fn all_rust_files() -> Vec<File> {
    let folders = ["server", "shared", "tests", "web"];
    folders.into_iter().flat_map(rust_files).collect()
}

/// Files below a folder with one of the endings, in order of their path.
pub fn files(under: &str, endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    collect(&root().join(under), endings, &mut found);
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<File>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.expect("entry of a folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !MADE.contains(&name.as_str()) {
                collect(&path, endings, found);
            }
        } else if endings.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
            found.push(read(&path));
        }
    }
}

fn read(path: &Path) -> File {
    let text = std::fs::read(path).expect("file can be read");
    let text = String::from_utf8_lossy(&text).into_owned();
    let below = path.strip_prefix(root()).expect("file below the root");
    let path = below.to_string_lossy().replace('\\', "/");
    let code = if path.ends_with(".rs") { rust::blank(&text) } else { String::new() };
    File { path, text, code }
}

#[test]
fn words_are_found_as_wholes() {
    assert!(has_word("use redb::Database;", "redb"));
    assert!(!has_word("use redbird::Nest;", "redb"));
    assert!(!has_word("let my_redb = 1;", "redb"));
    assert!(has_word("use actix_web::web;", "actix_*"));
}
