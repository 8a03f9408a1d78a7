//! Finding and running the `casemate` program.
//!
//! Must not know: HTTP.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program under test: `CASEMATE_BIN`, else the one that lies in the target directory of the
/// running test.
///
/// # Panics
/// When there is none, with the command that makes it.
#[track_caller]
pub fn path() -> PathBuf {
    if let Some(given) = std::env::var_os("CASEMATE_BIN") {
        let given = PathBuf::from(given);
        assert!(given.is_file(), "CASEMATE_BIN={given:?} is no file");
        return given;
    }
    let test = std::env::current_exe().expect("path of the running test");
    // target/<profile>/deps/<test>-<hash> -> target/<profile>/casemate
    let profile = test.ancestors().nth(2).expect("test in a target directory");
    let program = profile.join(format!("casemate{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "no program at {program:?}: run `cargo build --workspace` first, or set CASEMATE_BIN");
    program
}

/// A command that runs the program without any `CASEMATE_*` setting of the caller's environment.
pub fn command() -> Command {
    let mut command = Command::new(path());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CASEMATE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the program with arguments to its end.
pub fn run<I, S>(arguments: I) -> Output
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    command().args(arguments).output().expect("program starts")
}

/// Runs `check-db` over a data directory that no process holds.
pub fn check_db(data_dir: &Path) -> Output {
    let dir = data_dir.to_str().expect("data directory in UTF-8");
    run(["check-db", "--data-dir", dir])
}

/// Fails with the program's own words unless `check-db` finds the data directory clean.
#[track_caller]
pub fn assert_clean(data_dir: &Path) {
    let output = check_db(data_dir);
    assert!(
        output.status.success(),
        "check-db {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
