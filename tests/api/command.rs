//! `casemate upload`, as a CI job calls it, against a real server.

use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Project, fixture, program, sample};
use std::process::{Command, Output};

/// The command with everything but the reports.
fn command(project: &Project, token: &str) -> Command {
    let mut command = program::command();
    let sha = sample::sha(7);
    command.args(["upload", "--server", &project.server.base(), "--project", "acme/demo", "--ref", "main", "--sha", &sha]);
    command.env("CASEMATE_TOKEN", token);
    command
}

fn run(project: &Project, arguments: &[&str]) -> Output {
    command(project, ROOT_TOKEN).args(arguments).output().expect("program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn report(kind: &str, name: &str) -> String {
    format!("{kind}={}", fixture::path(name).display())
}

#[test]
fn reports_go_in_and_the_exit_is_0() {
    let project = Project::start();
    let sast = report("sast", "demo/main-1/gl-sast-report.json");
    let dast = report("dast", "demo/main-1/gl-dast-report.json");
    let output = run(&project, &[&sast, &dast, "--wait", "60", "--key", "run-1", "--name", "scan"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("sast") && said.contains("/acme/demo/-/pipelines/1/security"), "{said}");
    assert!(!said.contains(ROOT_TOKEN) && !text(&output.stderr).contains(ROOT_TOKEN));
    let total = project.total("vulnerabilities");
    assert_eq!(total, 15 + 6);
    // A large one can be packed on its way.
    let file = project.server.scratch().join("large.json");
    std::fs::write(&file, sample::large(1_000, 0).to_string()).unwrap();
    let output = run(&project, &[&format!("sast={}", file.display()), "--wait", "60", "--gzip"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let packed = project.scans(2).remove(0);
    assert_eq!((&packed["artifact"]["file_format"], &packed["summary"]["accepted"]), (&"gzip".into(), &1_000.into()));
}

#[test]
fn a_broken_report_is_3_and_the_others_are_in() {
    let project = Project::start();
    let bad = report("sast", "bad/severity-word.json");
    let good = report("dast", "demo/main-1/gl-dast-report.json");
    let output = run(&project, &[&bad, &good, "--wait", "60"]);
    assert_eq!(output.status.code(), Some(3));
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(said.contains("/vulnerabilities/1/severity"), "{said}");
    assert_eq!(project.total("vulnerabilities"), 6);
    // A warning alone is 3 only where that is wished.
    let odd = report("sast", "bad/version-unknown-patch.json");
    assert_eq!(run(&project, &[&odd]).status.code(), Some(0));
    assert_eq!(run(&project, &[&odd, "--strict"]).status.code(), Some(3));
}

#[test]
fn how_long_reports_are_kept_is_said_with_them() {
    let project = Project::start();
    let sast = report("sast", "demo/main-1/gl-sast-report.json");
    let expiry = |id: u64| project.get(&format!("pipelines/{id}/jobs")).expect(200).json()[0]["artifacts_expire_at"].clone();
    assert_eq!(run(&project, &[&sast, "--expire-in", "never", "--key", "a"]).status.code(), Some(0));
    assert_eq!(expiry(1), serde_json::Value::Null);
    assert_eq!(run(&project, &[&sast, "--expire-in", "2 weeks 1 hour", "--key", "b"]).status.code(), Some(0));
    assert!(expiry(2).is_string(), "{}", expiry(2));
    let wrong = run(&project, &[&sast, "--expire-in", "soon"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("expire_in does not have a valid value"), "{}", text(&wrong.stderr));
}

#[test]
fn what_the_server_refuses_is_1_and_what_is_wrong_here_is_2() {
    let project = Project::start();
    let good = report("sast", "demo/main-1/gl-sast-report.json");
    let refused = command(&project, "wrong-token-0123456789").arg(&good).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("401"), "{}", text(&refused.stderr));
    let limited = command(&project, ROOT_TOKEN).args([&good, "--key", &"k".repeat(300)]).output().unwrap();
    assert_eq!(limited.status.code(), Some(1), "{}", text(&limited.stderr));
    for arguments in [&["sats=x.json"][..], &["sast=none.json"], &["sast"], &[]] {
        let output = run(&project, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!text(&output.stderr).is_empty());
    }
    assert_eq!(project.total("pipelines"), 0);
}
