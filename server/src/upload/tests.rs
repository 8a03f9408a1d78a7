//! Tests of the upload client against a small server of their own that follows a script.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod server;

use super::*;
use casemate_shared::api::report::{Message, ReportResult, ReportSummary};
use casemate_shared::{Ingestion, ReportType};
use server::{Step, serve};
use std::io::Read as _;
use std::net::TcpListener;
use std::path::PathBuf;

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

struct Run {
    exit: Exit,
    out: String,
    err: String,
    slept: Vec<u64>,
}

fn run_with(args: &UploadArgs, env: &[(&str, &str)]) -> Run {
    let (mut out, mut err, mut slept) = (Vec::new(), Vec::new(), Vec::new());
    let find = |name: &str| env.iter().find(|(key, _)| *key == name);
    let exit = run(
        args,
        &mut Outside {
            env: &|name| find(name).map(|(_, value)| value.to_string()),
            pause: &mut |pause| slept.push(pause.as_secs()),
            now: &|| Duration::ZERO,
            out: &mut out,
            err: &mut err,
            is_terminal: false,
            nonce: "00112233445566778899aabbccddeeff",
        },
    );
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { exit, out: text(out), err: text(err), slept }
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn args(&self, server: &str, reports: &[(&str, &[u8])]) -> UploadArgs {
        let report = |(name, bytes): &(&str, &[u8])| format!("sast={}", self.put(name, bytes).display());
        UploadArgs {
            reports: reports.iter().map(report).collect(),
            server: Some(server.into()),
            token: Some("secret-token".into()),
            project: Some("acme/pay".into()),
            ref_name: Some("main".into()),
            sha: Some(SHA.into()),
            ..UploadArgs::default()
        }
    }
}

fn pipeline(ingestion: Ingestion) -> serde_json::Value {
    serde_json::json!({
        "id": 7, "iid": 1, "project_id": 3, "sha": SHA, "ref": "main", "tag": false,
        "status": "success", "source": "external", "name": null, "web_url": "http://h/p/-/pipelines/7",
        "created_at": "", "updated_at": "", "ingestion": ingestion, "on_default_branch": true,
        "findings": null, "scans_with_errors": 0,
    })
}

fn accepted(status: ScanStatus, ingestion: Ingestion, warnings: &[&str]) -> String {
    let has_errors = status == ScanStatus::ReportError;
    let errors = vec![Message {
        kind: "Schema".into(),
        message: "name is\u{1b}[2J missing".into(),
        place: Some("/vulnerabilities/0".into()),
    }];
    let summary = ReportSummary { declared: 3, accepted: 3, new: Some(2), known: Some(1), ..Default::default() };
    let answer = UploadAnswer {
        pipeline: serde_json::from_value(pipeline(ingestion)).unwrap(),
        jobs: Vec::new(),
        reports: vec![ReportResult {
            report_type: ReportType::Sast,
            job_id: 1,
            scan_id: 1,
            filename: "gl-sast.json".into(),
            status,
            schema_version: None,
            findings: 3,
            summary: Some(summary.clone()),
            rejected_path: None,
            errors: if has_errors { errors } else { Vec::new() },
            warnings: Vec::new(),
        }],
        summary,
        merge_request: None,
        warnings: warnings.iter().map(|text| text.to_string()).collect(),
        web_url: "http://h/acme/pay/-/pipelines/7/security".into(),
    };
    serde_json::to_string(&answer).unwrap()
}

fn good() -> Step {
    Step::Answer(201, "", accepted(ScanStatus::Succeeded, Ingestion::Done, &[]))
}

#[test]
fn an_upload_sends_a_multipart_body_of_known_length() {
    let (files, server) = (Files::new(), serve(vec![good()]));
    let mut args = files.args(&format!("{}/api/v4/", server.url), &[("a\"b.json", b"{\"x\":1}"), ("b.json", b"")]);
    args.name = Some("semgrep".into());
    args.wait = 500;
    let run = run_with(&args, &[]);
    assert_eq!((run.exit, run.err.as_str()), (Exit::Accepted, ""));
    assert!(run.out.contains("gl-sast.json  sast  succeeded         3       0"), "{}", run.out);
    assert!(run.out.contains("3 findings, 2 new, 1 known; ingestion done"), "{}", run.out);
    assert!(run.out.contains("http://h/acme/pay/-/pipelines/7/security"), "{}", run.out);
    let seen = server.thread.join().unwrap().remove(0);
    assert_eq!(seen.line, "POST /api/v4/projects/acme%2Fpay/security_reports?wait=60 HTTP/1.1\r\n");
    let head = seen.head.to_ascii_lowercase();
    assert!(head.contains("private-token: secret-token\r\n"), "{head}");
    assert!(!head.contains("transfer-encoding"), "{head}");
    let line = "--casemate-00112233445566778899aabbccddeeff";
    let field = |name: &str, value: &str| format!("{line}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let file = |name: &str, text: &str| {
        format!(
            "{line}\r\nContent-Disposition: form-data; name=\"sast\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n{text}\r\n"
        )
    };
    let want = [
        field("ref", "main"),
        field("sha", SHA),
        field("name", "semgrep"),
        file("a%22b.json", "{\"x\":1}"),
        file("b.json", ""),
        format!("{line}--\r\n"),
    ];
    assert_eq!(String::from_utf8(seen.body).unwrap(), want.concat());
}

#[test]
fn facts_of_the_environment_fill_what_flags_leave_open() {
    let (files, server) = (Files::new(), serve(vec![good()]));
    let path = files.put("r.json", b"{}");
    let args = UploadArgs { reports: vec![format!("dast={}", path.display())], ..Default::default() };
    let env = [
        ("CASEMATE_URL", server.url.as_str()),
        ("CASEMATE_TOKEN", "t"),
        ("CASEMATE_KEY", "run-9"),
        ("CASEMATE_PARENT_KEY", "run-8"),
        ("CASEMATE_EXPIRE_IN", "3 days"),
        ("CI_COMMIT_SHA", SHA),
        ("CI_COMMIT_REF_NAME", "topic"),
        ("CI_PROJECT_PATH", "g/p"),
    ];
    assert_eq!(run_with(&args, &env).exit, Exit::Accepted);
    let seen = server.thread.join().unwrap().remove(0);
    assert!(seen.line.contains("/g%2Fp/"), "{}", seen.line);
    let body = String::from_utf8(seen.body).unwrap();
    for (name, value) in [("ref", "topic"), ("sha", SHA), ("key", "run-9"), ("parent_key", "run-8"), ("expire_in", "3 days")] {
        assert!(body.contains(&format!("name=\"{name}\"\r\n\r\n{value}\r\n")), "{body}");
    }
}

#[test]
fn a_report_with_errors_is_said_and_ends_with_3() {
    let text = accepted(ScanStatus::ReportError, Ingestion::Done, &[]);
    let (files, server) = (Files::new(), serve(vec![Step::Answer(201, "", text)]));
    let run = run_with(&files.args(&server.url, &[("a", b"{}")]), &[]);
    assert_eq!(run.exit, Exit::ReportErrors);
    assert!(run.err.contains("1 of 1 reports with errors"), "{}", run.err);
    let line = "gl-sast.json: error: Schema: name is [2J missing (at /vulnerabilities/0)";
    assert!(run.out.contains(line), "{}", run.out);
    server.thread.join().unwrap();
}

#[test]
fn warnings_count_only_when_strict() {
    for (strict, want) in [(false, Exit::Accepted), (true, Exit::ReportErrors)] {
        let text = accepted(ScanStatus::Succeeded, Ingestion::Done, &["unknown part notes"]);
        let (files, server) = (Files::new(), serve(vec![Step::Answer(201, "", text)]));
        let mut args = files.args(&server.url, &[("a", b"{}")]);
        args.strict = strict;
        let run = run_with(&args, &[]);
        assert_eq!(run.exit, want);
        assert!(run.out.contains("warning: unknown part notes"), "{}", run.out);
        server.thread.join().unwrap();
    }
}

#[test]
fn failed_ingestion_ends_with_3() {
    let text = accepted(ScanStatus::Succeeded, Ingestion::Failed, &[]);
    let (files, server) = (Files::new(), serve(vec![Step::Answer(201, "", text)]));
    let run = run_with(&files.args(&server.url, &[("a", b"{}")]), &[]);
    assert_eq!(run.exit, Exit::ReportErrors);
    server.thread.join().unwrap();
}

#[test]
fn a_refusal_is_told_in_the_servers_words() {
    for (status, header, text, want) in [
        (401, "", "{\"message\":\"401 Unauthorized\"}", "refused: 401 Unauthorized"),
        (413, "", "{\"message\":\"413 over file_bytes\"}", "refused: 413 over file_bytes"),
        (400, "", "{\"error\":\"ref is missing\"}", "refused: ref is missing"),
        (404, "", "<html>", "refused: the server answers 404"),
        (308, "Location: https://h/\r\n", "", "the server sends us to https://h/"),
    ] {
        let (files, server) = (Files::new(), serve(vec![Step::Answer(status, header, text.into())]));
        let run = run_with(&files.args(&server.url, &[("a", b"{}")]), &[]);
        assert_eq!((run.exit, run.slept.len()), (Exit::Refused, 0), "{status}");
        assert!(run.err.contains(want), "{}", run.err);
        server.thread.join().unwrap();
    }
}

#[test]
fn a_busy_server_is_asked_again_after_the_pause_it_wants() {
    let steps = vec![
        Step::Answer(503, "Retry-After: 7\r\n", String::new()),
        Step::Answer(429, "Retry-After: 9999\r\n", "Retry later".into()),
        Step::Answer(503, "", String::new()),
        good(),
    ];
    let (files, server) = (Files::new(), serve(steps));
    let run = run_with(&files.args(&server.url, &[("a", b"{}")]), &[]);
    assert_eq!((run.exit, run.slept), (Exit::Accepted, vec![7, 60, 4]));
    let bodies: Vec<_> = server.thread.join().unwrap().into_iter().map(|seen| seen.body).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_server_that_is_not_there_is_tried_a_few_times() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let run = run_with(&Files::new().args(&url, &[("a", b"{}")]), &[]);
    assert_eq!((run.exit, run.slept), (Exit::Network, vec![1, 2, 4, 8]));
    assert!(run.err.contains("gave up after 5 attempts"), "{}", run.err);
}

#[test]
fn a_failing_server_is_a_network_error_and_not_asked_again() {
    let (files, server) = (Files::new(), serve(vec![Step::Answer(502, "", "<html>".into())]));
    let run = run_with(&files.args(&server.url, &[("a", b"{}")]), &[]);
    assert_eq!((run.exit, run.slept.len()), (Exit::Network, 0));
    server.thread.join().unwrap();
}

#[test]
fn a_lost_answer_is_tried_again_only_with_a_key() {
    let whole = |key: &str| {
        let files = Files::new();
        let mut args = files.args("http://h", &[("a", b"{}")]);
        args.key = Some(key.into()).filter(|key: &String| !key.is_empty());
        let plan = Plan::new(&args, &|_| None).ok().unwrap();
        Body::new(&plan, "00112233445566778899aabbccddeeff").ok().unwrap().len() as usize
    };
    for (key, want) in [("", Exit::Network), ("run-1", Exit::Accepted)] {
        let mut steps = vec![Step::HangUpAfter(whole(key))];
        steps.extend(Some(good()).filter(|_| !key.is_empty()));
        let (files, server) = (Files::new(), serve(steps));
        let mut args = files.args(&server.url, &[("a", b"{}")]);
        args.key = Some(key.into());
        let run = run_with(&args, &[]);
        assert_eq!(run.exit, want, "{}", run.err);
        assert!(key.is_empty() == run.err.contains("may have been accepted"), "{}", run.err);
        server.thread.join().unwrap();
    }
}

#[test]
fn a_server_that_hangs_up_in_the_middle_is_asked_why() {
    let large = vec![b'x'; 32 << 20];
    let unauthorized = Step::Answer(401, "", "{\"message\":\"401 Unauthorized\"}".into());
    let (files, server) = (Files::new(), serve(vec![Step::HangUpAfter(1000), unauthorized]));
    let run = run_with(&files.args(&server.url, &[("a", &large)]), &[]);
    assert_eq!(run.exit, Exit::Refused, "{}", run.err);
    assert!(run.err.contains("401 Unauthorized"), "{}", run.err);
    let seen = server.thread.join().unwrap();
    assert!(seen[1].line.starts_with("GET /api/v4/projects/acme%2Fpay/pipelines"), "{}", seen[1].line);
}

#[test]
fn a_long_wait_looks_at_the_pipeline_until_it_is_done() {
    let look = |ingestion| Step::Answer(200, "", pipeline(ingestion).to_string());
    let steps = vec![
        Step::Answer(201, "", accepted(ScanStatus::Created, Ingestion::Queued, &[])),
        look(Ingestion::Running),
        Step::Answer(500, "", String::new()),
        look(Ingestion::Done),
    ];
    let (files, server) = (Files::new(), serve(steps));
    let mut args = files.args(&server.url, &[("a", b"{}")]);
    args.wait = 600;
    let run = run_with(&args, &[]);
    assert_eq!((run.exit, run.slept), (Exit::Accepted, vec![2, 2, 2]));
    assert!(run.out.contains("ingestion done"), "{}", run.out);
    server.thread.join().unwrap();
}

#[test]
fn packed_reports_are_smaller_and_come_back() {
    let text = (0..60_000_u32).map(|n| format!("{}\n", n.wrapping_mul(2_654_435_761))).collect::<String>();
    let (files, server) = (Files::new(), serve(vec![good()]));
    let mut args = files.args(&server.url, &[("big.json", text.as_bytes()), ("small.json", b"{}")]);
    args.gzip = true;
    assert_eq!(run_with(&args, &[]).exit, Exit::Accepted);
    let body = server.thread.join().unwrap().remove(0).body;
    assert!(body.len() < text.len());
    let find = |what: &[u8]| body.windows(what.len()).position(|at| at == what).unwrap();
    assert!(find(b"filename=\"big.json.gz\"") < find(b"filename=\"small.json\""));
    let mut unpacked = String::new();
    let packed = &body[find(b"\x1f\x8b")..];
    flate2::read::GzDecoder::new(packed).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, text);
}

#[test]
fn a_report_that_packs_like_a_bomb_is_sent_as_it_is() {
    let (files, server) = (Files::new(), serve(vec![good()]));
    let mut args = files.args(&server.url, &[("a.json", &vec![b' '; 1 << 20])]);
    args.gzip = true;
    assert_eq!(run_with(&args, &[]).exit, Exit::Accepted);
    assert!(server.thread.join().unwrap()[0].body.len() > 1 << 20);
}

#[test]
fn wrong_usage_names_what_is_wrong_and_sends_nothing() {
    let files = Files::new();
    let good = files.args("http://127.0.0.1:1", &[("a", b"{}")]);
    let with = |change: &dyn Fn(&mut UploadArgs)| {
        let mut args = good.clone();
        change(&mut args);
        run_with(&args, &[])
    };
    let dir = format!("sast={}", files.0.path().display());
    for (run, want) in [
        (with(&|args| args.server = None), "CASEMATE_URL"),
        (with(&|args| args.token = None), "CASEMATE_TOKEN"),
        (with(&|args| args.project = None), "CASEMATE_PROJECT"),
        (with(&|args| args.ref_name = None), "--ref or set one of CASEMATE_REF, CI_COMMIT_REF_NAME"),
        (with(&|args| args.sha = None), "GITHUB_SHA"),
        (with(&|args| args.sha = Some("HEAD".into())), "commit \"HEAD\" is not a full id"),
        (with(&|args| args.server = Some("casemate.example".into())), "of the form https://host"),
        (with(&|args| args.server = Some("https://u:p@h".into())), "of the form https://host"),
        (with(&|args| args.token = Some("a b\n".into())), "token \"\" is not"),
        (with(&|args| args.reports = vec!["a.json".into()]), "of the form TYPE=PATH"),
        (with(&|args| args.reports = vec!["lint=a".into()]), "unknown report type \"lint\", known are sast, dependency_scanning"),
        (with(&|args| args.reports = vec!["sast=/no/such/file".into()]), "cannot read /no/such/file"),
        (with(&|args| args.reports = vec![dir.clone()]), "it is not a file"),
    ] {
        assert_eq!(run.exit, Exit::Usage);
        assert!(run.err.contains(want), "{want} not in {}", run.err);
    }
}

#[test]
fn progress_is_told_now_and_then() {
    use std::cell::Cell;
    let clock = Cell::new(0);
    let now = || Duration::from_millis(clock.get());
    let told = |is_terminal, times: &[u64]| {
        let mut err = Vec::new();
        clock.set(0);
        let mut progress = show::Progress::new(&mut err, &now, is_terminal, 4 << 20);
        for (idx, time) in times.iter().enumerate() {
            clock.set(*time);
            progress.sent((idx as u64 + 1) << 20);
        }
        progress.end();
        String::from_utf8(err).unwrap()
    };
    assert_eq!(told(false, &[500, 1000, 1900]), "");
    let lines = "sent 1.0 of 4.0 MiB (25 %)\nsent 3.0 of 4.0 MiB (75 %)\n";
    assert_eq!(told(false, &[2000, 3000, 7000]), lines);
    assert_eq!(told(true, &[2000, 2100]), "\rsent 1.0 of 4.0 MiB (25 %)\n");
}
