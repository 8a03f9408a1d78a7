//! Writes down what is on disk, `docs/storage.md` for people and `schemas/storage/catalog.json` for
//! programs, and fails when a change of the format has not been written down. `UPDATE=1` writes both anew.
//!
//! Must not know: what the tables are for; it says what `catalog.rs`, the rows and `meta.rs` say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::bodies::StoredBody;
use super::catalog::{self, Table};
use super::codec::Record;
use super::meta::FORMAT;
use crate::domain::account::{AccessToken, SecondFactor, Session, User};
use crate::domain::audit::AuditEvent;
use crate::domain::branch::{Branch, ProtectedBranch};
use crate::domain::commit::ToldCommit;
use crate::domain::finding::{Identifier, Remediation, Scanner, Vulnerability, VulnerabilityEvent, VulnerabilityFinding};
use crate::domain::hook::Hook;
use crate::domain::label::Label;
use crate::domain::member::Member;
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::domain::project::{Namespace, Project};
use crate::domain::retention::RetentionRun;
use crate::domain::sbom::{SbomChunk, StoredSbom};
use crate::domain::scan::{Coverage, Promotion, RuleSet, Scan};
use crate::domain::settings::SecuritySettings;
use crate::domain::triage::StateTransition;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// Name of a row, as the catalogue writes it, and the version that is written today.
fn row_versions() -> Vec<(&'static str, u8)> {
    fn of<R: Record>() -> (&'static str, u8) {
        let name = std::any::type_name::<R>();
        (name.rsplit("::").next().unwrap_or(name), R::VERSION)
    }
    vec![
        of::<User>(),
        of::<AccessToken>(),
        of::<Session>(),
        of::<SecondFactor>(),
        of::<Namespace>(),
        of::<Project>(),
        of::<Member>(),
        of::<Pipeline>(),
        of::<Job>(),
        of::<Artifact>(),
        of::<Scan>(),
        of::<Promotion>(),
        of::<StoredSbom>(),
        of::<SbomChunk>(),
        of::<StoredBody>(),
        of::<Coverage>(),
        of::<crate::domain::undo::Undo>(),
        of::<super::undo::UndoEntry>(),
        of::<super::undo::PromotionBefore>(),
        of::<RuleSet>(),
        of::<Scanner>(),
        of::<Identifier>(),
        of::<Remediation>(),
        of::<VulnerabilityFinding>(),
        of::<Vulnerability>(),
        of::<super::marks::Mark>(),
        of::<VulnerabilityEvent>(),
        of::<RetentionRun>(),
        of::<SecuritySettings>(),
        of::<Label>(),
        of::<Hook>(),
        of::<ProtectedBranch>(),
        of::<Branch>(),
        of::<ToldCommit>(),
        of::<StateTransition>(),
        of::<AuditEvent>(),
    ]
}

/// The version of a table's rows; none where the value is no row.
fn row_version(table: &Table) -> Option<u8> {
    row_versions().into_iter().find(|(name, _)| *name == table.value).map(|(_, version)| version)
}

#[derive(Serialize)]
struct Image {
    format: u32,
    tables: Vec<TableImage>,
}

#[derive(Serialize)]
struct TableImage {
    name: &'static str,
    key: &'static str,
    value: &'static str,
    row_version: Option<u8>,
    invariant: &'static str,
}

fn as_json() -> String {
    let image = |table: &Table| TableImage {
        name: table.name,
        key: table.key,
        value: table.value,
        row_version: row_version(table),
        invariant: table.invariant,
    };
    let image = Image { format: FORMAT, tables: catalog::ALL.iter().map(image).collect() };
    format!("{}\n", serde_json::to_string_pretty(&image).unwrap())
}

const INTRODUCTION: &str = "\
# Storage

Written by `server/src/store/catalog_tests.rs` from what the code says; don't edit it. After a change: \
`UPDATE=1 cargo test -p casemate --lib catalog`.

All entities are in one file, `casemate.redb`. Every table maps bytes to bytes. A number behind a part of a key \
is its length in bytes; integers are big-endian, so that keys sort as their numbers do. A value that is a row is \
one byte, the row's version, and then bincode ([0003](decisions/0003-bincode.md)); all other values are laid out \
as the table says. `casemate check-db` checks the last column, as far as one look can tell.
";

fn as_markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    let tables = catalog::ALL.len();
    write!(text, "\nFormat {FORMAT}, {tables} tables.\n\n| table | key | value | what has to hold |\n|---|---|---|---|\n")
        .unwrap();
    for table in catalog::ALL {
        let version = row_version(table).map(|version| format!(", row version {version}")).unwrap_or_default();
        let Table { name, key, value, invariant, number } = table;
        assert_eq!(catalog::ALL[*number].name, *name, "its place");
        writeln!(text, "| `{name}` | {key} | {value}{version} | {invariant} |").unwrap();
    }
    text
}

/// Compares with the committed file below the root of the repository, or writes it when `UPDATE` is set.
#[track_caller]
fn check(path: &str, fresh: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, fresh).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (old, new)) in committed.lines().zip(fresh.lines()).enumerate() {
        assert_eq!(old, new, "{}, line {}: the catalogue says otherwise: {REMEDY}", path.display(), number + 1);
    }
    assert_eq!(committed.lines().count(), fresh.lines().count(), "{} has other lines: {REMEDY}", path.display());
}

const REMEDY: &str = "UPDATE=1 cargo test -p casemate --lib catalog";

#[test]
fn the_page_about_storage_says_what_the_catalogue_says() {
    check("server/docs/storage.md", &as_markdown());
}

#[test]
fn the_catalogue_as_data_says_what_the_catalogue_says() {
    check("schemas/storage/catalog.json", &as_json());
}

#[test]
fn every_row_has_a_table_and_every_table_a_name_of_its_own() {
    let named: Vec<&str> = catalog::ALL.iter().map(|table| table.value).collect();
    for (row, _) in row_versions() {
        assert!(named.contains(&row), "no table holds {row}");
    }
    for value in named.iter().filter(|value| value.starts_with(char::is_uppercase)) {
        assert!(row_versions().iter().any(|(row, _)| row == value), "{value} looks like a row: add it to row_versions");
    }
    let mut names: Vec<&str> = catalog::ALL.iter().map(|table| table.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), catalog::ALL.len(), "two tables have one name");
}
