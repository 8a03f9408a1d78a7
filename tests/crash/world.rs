//! What a round starts from, what it hands in, and how its end is compared with an undisturbed one.

use casemate_shared::api::{paths, report::UploadAnswer};
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Client, Settings, TestServer, Upload, patience, program, raw, sample};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Full path of the project.
pub const PROJECT: &str = "acme/demo";
/// Findings that the default branch has at first.
const KNOWN: u64 = 2_600;
/// Findings that the second report leaves out.
const GONE: u64 = 2_100;
/// Findings that the second report adds.
const NEW: u64 = 2_200;

/// A data directory with a project whose default branch has been scanned once. No process holds it.
pub struct Base {
    _home: TempDir,
    data_dir: PathBuf,
}

impl Base {
    /// Makes it with a server of its own.
    pub fn make() -> Base {
        let mut server = TestServer::start();
        let client = server.client();
        client.create_project(PROJECT);
        client.ingest(PROJECT, upload("main", 1, &report(0..KNOWN, "At first."), None));
        assert!(server.stop().success(), "{}", server.log());
        let home = tempfile::tempdir().expect("temporary directory");
        let data_dir = home.path().join("data");
        std::fs::rename(server.data_dir(), &data_dir).expect("the data directory moves");
        program::assert_clean(&data_dir);
        Base { _home: home, data_dir }
    }

    /// A server over a copy.
    pub fn server(&self, settings: Settings) -> TestServer {
        TestServer::over(&self.data_dir, settings)
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.data_dir
    }
}

/// A report of some findings out of an endless list. Every one has the word `pelican`.
pub fn report(numbers: std::ops::Range<u64>, text: &str) -> Value {
    let mut report = sample::large(numbers.end, numbers.end / 2);
    let findings = report["vulnerabilities"].as_array_mut().expect("findings");
    findings.drain(..numbers.start as usize);
    for finding in findings.iter_mut().step_by(7) {
        finding["solution"] = json!(text);
    }
    report
}

/// The report of a round: some findings are gone, some changed, many are new.
pub fn second_report() -> Value {
    report(GONE..KNOWN + NEW, "Reworded.")
}

/// A small second file of a round, of another type.
pub fn secrets() -> Value {
    let one = |number: u64| {
        let mut finding = sample::secret(&format!("Secret {number}"), "AWS", "a.env", number + 1);
        finding["description"] = json!("A pelican has leaked.");
        finding
    };
    sample::report("secret_detection", "gitleaks", (0..40).map(one).collect())
}

/// An upload of one report.
pub fn upload(branch: &str, commit: u64, report: &Value, key: Option<&str>) -> Upload {
    let kind = report["scan"]["type"].as_str().expect("type of the report");
    let upload = Upload::new(branch, &sample::sha(commit)).file(kind, "r.json", report.to_string().as_bytes());
    match key {
        Some(key) => upload.field("key", key),
        None => upload,
    }
}

/// The upload of a round.
pub fn second_upload(branch: &str) -> Upload {
    upload(branch, 2, &second_report(), Some("round")).file("secret_detection", "s.json", secrets().to_string().as_bytes())
}

/// The upload of a round as a request of its own.
pub fn second_request(branch: &str) -> Vec<u8> {
    let kind = Upload::content_type();
    let headers = [("PRIVATE-TOKEN", ROOT_TOKEN), ("Content-Type", kind.as_str())];
    let path = paths::below_project(&paths::encode_segment(PROJECT), "security_reports");
    raw::request("POST", &path, &headers, &second_upload(branch).into_body())
}

/// Sends a whole request to a server that may die over it; the status of the answer if there was one.
pub fn send(address: SocketAddr, request: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    // What came before a reset counts.
    let _ = stream.read_to_end(&mut answer);
    raw::status(&answer)
}

/// Numbers that can be seen of a project, as far as they may not depend on what was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    severities: Value,
    gone: u64,
    found: u64,
    pipelines: Vec<Value>,
    scans: Vec<Vec<Value>>,
    findings: Vec<u64>,
}

impl Numbers {
    /// Asks for all of them. Nothing may be under way.
    #[track_caller]
    pub fn of(client: &Client) -> Numbers {
        let pipelines = all(client, "pipelines?sort=asc");
        let ids: Vec<u64> = pipelines.iter().map(|one| one["id"].as_u64().expect("id")).collect();
        let scans = ids.iter().map(|id| get(client, &format!("pipelines/{id}/scans")).json());
        let shown = ["id", "ref", "status", "ingestion", "findings", "scans_with_errors"];
        Numbers {
            severities: get(client, "vulnerability_severities_count").json(),
            gone: get(client, "vulnerabilities?activity=no_longer_detected&per_page=1").total(),
            found: get(client, "vulnerabilities?search=pelican&per_page=1").total(),
            pipelines: pipelines.iter().map(|one| keep(one, &shown)).collect(),
            scans: scans.map(|list| scans_of(&list)).collect(),
            findings: ids
                .iter()
                .map(|id| get(client, &format!("vulnerability_findings?per_page=1&pipeline_id={id}")).total())
                .collect(),
        }
    }

    /// Number of pipelines.
    pub fn pipelines(&self) -> usize {
        self.pipelines.len()
    }

    /// Those about vulnerabilities alone: per severity, no longer detected, found by a word.
    pub fn of_vulnerabilities(&self) -> (&Value, u64, u64) {
        (&self.severities, self.gone, self.found)
    }
}

/// Numbers and every vulnerability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The numbers.
    pub numbers: Numbers,
    /// What each vulnerability is, its state, whether it is no longer detected; sorted.
    pub vulnerabilities: Vec<(String, String, bool)>,
}

impl Facts {
    /// Looks at everything. Nothing may be under way.
    #[track_caller]
    pub fn of(client: &Client) -> Facts {
        let vulnerabilities = all(client, "vulnerabilities?raw_metadata=false&order_by=id&sort=asc");
        let row = |one: &Value| {
            let text = |field: &str| one[field].as_str().expect("a text").to_owned();
            let solution = one["solution"].as_str().unwrap_or_default();
            (
                format!("{} {} {solution}", text("uuid"), text("severity")),
                text("state"),
                one["resolved_on_default_branch"] == true,
            )
        };
        let mut vulnerabilities: Vec<_> = vulnerabilities.iter().map(row).collect();
        vulnerabilities.sort();
        Facts { numbers: Numbers::of(client), vulnerabilities }
    }

    /// Fails unless the numbers agree with the list: counts, search.
    #[track_caller]
    pub fn assert_agreement(&self) {
        let total = self.vulnerabilities.len() as u64;
        let (severities, gone, found) = self.numbers.of_vulnerabilities();
        let counted: u64 = severities.as_object().expect("counts").values().filter_map(Value::as_u64).sum();
        let listed = self.vulnerabilities.iter().filter(|row| row.2).count() as u64;
        assert_eq!((counted, found, gone), (total, total, listed), "counts, search and list");
    }
}

fn scans_of(list: &Value) -> Vec<Value> {
    let names = ["report_type", "status", "latest", "summary", "errors", "warnings", "job_name"];
    list.as_array().expect("scans").iter().map(|one| keep(one, &names)).collect()
}

fn keep(row: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| ((*name).to_owned(), row[*name].clone())).collect()
}

#[track_caller]
fn get(client: &Client, rest: &str) -> casemate_tests::Answer {
    client.get(&paths::below_project(&paths::encode_segment(PROJECT), rest)).expect(200)
}

#[track_caller]
fn all(client: &Client, rest: &str) -> Vec<Value> {
    let sign = if rest.contains('?') { '&' } else { '?' };
    let mut rows = Vec::new();
    let mut page = "1".to_owned();
    while !page.is_empty() {
        let answer = get(client, &format!("{rest}{sign}per_page=100&page={page}"));
        rows.extend(answer.read::<Vec<Value>>());
        page = answer.header("x-next-page").to_owned();
    }
    rows
}

/// Waits until all ingestion is done.
#[track_caller]
pub fn settle(client: &Client) {
    patience::until("the ingestion of all pipelines", patience::LATER, || {
        let done = |one: &Value| one["ingestion"] == "done" || one["ingestion"] == "failed";
        all(client, "pipelines").iter().all(done).then_some(())
    });
}

/// Hands the report of a round in and waits until it is ingested.
#[track_caller]
pub fn ingest_second(client: &Client, branch: &str) -> (u16, UploadAnswer) {
    let answer = client.upload(PROJECT, "?wait=60", second_upload(branch));
    assert!([200, 201].contains(&answer.status), "{}", answer.text());
    (answer.status, answer.read())
}
