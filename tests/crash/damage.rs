//! Damage to the data directory: found by `check-db`, and mended where it is derived.

use crate::chance::Chance;
use crate::world::{Base, Facts, PROJECT, ingest_second};
use casemate_tests::{Settings, TestServer, program};
use std::path::{Path, PathBuf};
use std::process::Output;

/// A data directory with both reports in it, and how it looks.
fn full(base: &Base) -> (TestServer, Facts) {
    let mut server = base.server(Settings::default());
    ingest_second(&server.client(), "main");
    let facts = Facts::of(&server.client());
    assert!(server.stop().success());
    (server, facts)
}

/// All files below a directory.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn said(output: &Output) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains("panicked"), "{text}");
    text
}

#[test]
fn a_clean_directory_is_0_and_what_cannot_be_checked_is_2() {
    let base = Base::make();
    let clean = program::check_db(base.path());
    assert_eq!(clean.status.code(), Some(0));
    assert!(said(&clean).starts_with("clean: "), "{}", said(&clean));
    let nowhere = tempfile::tempdir().unwrap();
    for dir in [nowhere.path().to_path_buf(), nowhere.path().join("none")] {
        let output = program::check_db(&dir);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("no database"), "{}", said(&output));
        assert_eq!(dir.exists(), dir == nowhere.path(), "a check makes no directory");
    }
    let output = program::run(["check-db", "--data-dir"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_stored_report_that_is_gone_or_cut_is_a_problem() {
    let base = Base::make();
    let stored = files(&base.path().join("artifacts"));
    assert_eq!(stored.len(), 1);
    let bytes = std::fs::read(&stored[0]).unwrap();
    std::fs::remove_file(&stored[0]).unwrap();
    let gone = program::check_db(base.path());
    assert_eq!(gone.status.code(), Some(1));
    assert!(said(&gone).contains("is missing") && said(&gone).contains("not clean"), "{}", said(&gone));
    std::fs::write(&stored[0], &bytes[..bytes.len() / 2]).unwrap();
    let cut = program::check_db(base.path());
    assert_eq!(cut.status.code(), Some(1));
    assert!(said(&cut).contains(&bytes.len().to_string()), "{}", said(&cut));
    std::fs::write(&stored[0], &bytes).unwrap();
    program::assert_clean(base.path());
}

#[test]
fn a_server_without_a_stored_report_serves_the_rest() {
    let base = Base::make();
    std::fs::remove_file(&files(&base.path().join("artifacts"))[0]).unwrap();
    let server = base.server(Settings::default());
    let client = server.client();
    client.get("/api/v4/projects/1/jobs/1/artifacts/sast").expect(404);
    Facts::of(&client).assert_agreement();
    let (status, _) = ingest_second(&client, "main");
    assert_eq!(status, 201);
}

#[test]
fn a_database_with_wrong_bytes_is_never_a_panic() {
    let base = Base::make();
    let file = base.path().join("casemate.redb");
    let whole = std::fs::read(&file).unwrap();
    let mut chance = Chance::new(7);
    let mut found = 0;
    for _ in 0..12 {
        let mut bytes = whole.clone();
        let at = chance.below(bytes.len() as u64 - 64) as usize;
        bytes[at..at + 64].fill(0xa5);
        std::fs::write(&file, &bytes).unwrap();
        let output = program::check_db(base.path());
        let code = output.status.code();
        assert!(matches!(code, Some(0..=2)), "{code:?} with bytes at {at}: {}", said(&output));
        said(&output);
        found += u64::from(code != Some(0));
    }
    assert!(found > 0, "no damage was found");
    for cut in [0, 10, 4096, whole.len() / 2] {
        std::fs::write(&file, &whole[..cut]).unwrap();
        let output = program::check_db(base.path());
        let code = output.status.code();
        // An empty file is taken for a new database by the engine.
        assert!(matches!(code, Some(1 | 2)) || cut == 0, "{code:?} with {cut} bytes: {}", said(&output));
        said(&output);
    }
    std::fs::write(&file, &whole).unwrap();
    program::assert_clean(base.path());
}

/// Starts the server again and compares with what was.
#[track_caller]
fn assert_searches(mut server: TestServer, facts: &Facts, what: &str) {
    let output = program::check_db(&server.data_dir());
    assert_eq!(output.status.code(), Some(0), "the index is derived, {what}: {}", said(&output));
    server.start_again();
    assert_eq!(&Facts::of(&server.client()), facts, "{what}");
    server.stop();
    program::assert_clean(&server.data_dir());
}

#[test]
fn an_index_that_is_gone_or_garbled_is_made_again() {
    let base = Base::make();
    let (server, facts) = full(&base);
    let with = |change: &dyn Fn(&Path)| {
        let again = server.data_dir();
        let mut copy = TestServer::over(&again, Settings::default());
        copy.stop();
        change(&copy.data_dir().join("index"));
        copy
    };
    assert_searches(with(&|index| std::fs::remove_dir_all(index).unwrap()), &facts, "no index");
    assert_searches(with(&|index| files(index).iter().for_each(|file| std::fs::write(file, "").unwrap())), &facts, "empty files");
    assert_searches(with(&|index| std::fs::write(index.join("meta.json"), "{}").unwrap()), &facts, "another meta.json");
    assert_searches(with(&|index| std::fs::remove_file(index.join("meta.json")).unwrap()), &facts, "no meta.json");
    for kind in ["idx", "term", "store", "fast", "pos"] {
        let garble = |index: &Path| {
            for file in files(index).iter().filter(|file| file.extension().is_some_and(|found| found == kind)) {
                let mut bytes = std::fs::read(file).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0xff;
                std::fs::write(file, bytes).unwrap();
            }
        };
        assert_searches(with(&garble), &facts, kind);
    }
}

#[test]
fn an_index_of_another_time_or_another_database_is_noticed() {
    let base = Base::make();
    let (server, facts) = full(&base);
    // Older than the database, as after a backup that was put back in parts.
    let mut copy = TestServer::over(&server.data_dir(), Settings::default());
    copy.stop();
    replace(&base.path().join("index"), &copy.data_dir().join("index"));
    assert_searches(copy, &facts, "an older index");
    // Newer than the database.
    let mut copy = base.server(Settings::default());
    let before = Facts::of(&copy.client());
    copy.stop();
    replace(&server.data_dir().join("index"), &copy.data_dir().join("index"));
    copy.start_again();
    assert_eq!(Facts::of(&copy.client()), before, "a newer index");
    // Of another server altogether.
    let mut other = TestServer::start();
    other.client().create_project(PROJECT);
    other.stop();
    let mut copy = base.server(Settings::default());
    copy.stop();
    replace(&other.data_dir().join("index"), &copy.data_dir().join("index"));
    assert_searches(copy, &before, "a foreign index");
}

fn replace(from: &Path, to: &Path) {
    std::fs::remove_dir_all(to).unwrap();
    std::fs::create_dir(to).unwrap();
    for file in files(from) {
        std::fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}
