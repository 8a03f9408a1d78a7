//! The way of reports into one server: uploaded as a CI job does, until the ingestion is done and until
//! a search finds everything. Each answer is checked; a wrong number ends the measurement.
//!
//! Must not know: what is printed.

use crate::generate::{self, Plan, SCANNER};
use crate::neighbour::{Neighbour, Waits};
use crate::observe::{self, MB, MemoryWatch};
use casemate_shared::Ingestion;
use casemate_shared::api::report::UploadAnswer;
use casemate_shared::api::{paths, pipeline::Pipeline, pipeline::Scan};
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Client, Settings, TestServer, patience, program};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

const PROJECT: &str = "bench/project";
/// Takes the first report once more, while others write.
const SHARED: &str = "bench/shared";
/// Has nothing but small reports.
const EMPTY: &str = "bench/empty";
/// Findings of a small report.
const SMALL: u64 = 10;
/// Small uploads of each kind into each project; their middle one counts.
const SMALL_UPLOADS: u64 = 15;
const BOUNDARY: &str = "casemate-bench-2f6c1d";
/// Tries for something that takes minutes with a million findings.
const LONG: usize = 90_000;

/// One upload and what has to come out of it.
pub struct Step<'a> {
    pub name: &'static str,
    pub report: &'a Path,
    /// Findings that the project did not have.
    pub new: u64,
    /// Vulnerabilities that are marked as no longer detected.
    pub gone: u64,
    /// Vulnerabilities that a search finds afterwards.
    pub vulnerabilities: u64,
}

/// What one upload cost. Seconds are counted from its first byte.
pub struct Row {
    pub name: &'static str,
    pub load: f64,
    pub upload_bytes: u64,
    /// Until the server had it safe on the disk.
    pub received_s: f64,
    pub durable_s: f64,
    pub searchable_s: f64,
    /// Processor seconds of the server until a search found everything.
    pub cpu_s: f64,
    /// Highest anonymous memory beyond the idle server's.
    pub peak_mb: f64,
    /// Highest resident memory, mapped report included.
    pub peak_resident_mb: f64,
    /// Anonymous memory when everything had come to rest.
    pub after_mb: f64,
    /// Bytes to the disk without the upload itself.
    pub written_mb: f64,
    pub store_growth_mb: f64,
    pub index_growth_mb: f64,
    pub artifacts_growth_mb: f64,
}

/// A server and the reports that it was given so far.
pub struct Journey {
    server: TestServer,
    client: Client,
    idle_mb: f64,
    steps: u64,
    project: &'static str,
}

/// Small uploads: seconds into the project with all findings, and into one with hardly any.
pub struct Small {
    pub name: &'static str,
    pub full_s: f64,
    pub empty_s: f64,
}

/// Bytes on the disk.
struct Sizes {
    store: u64,
    index: u64,
    artifacts: u64,
}

impl Journey {
    /// Starts a server over an empty data directory.
    pub fn begin() -> Journey {
        let server = TestServer::with(Settings::default().unlimited());
        let client = server.client();
        for project in [PROJECT, SHARED, EMPTY] {
            client.create_project(project);
        }
        let idle_mb = at_rest(server.pid());
        Journey { server, client, idle_mb, steps: 0, project: PROJECT }
    }

    /// Uploads one report into a project of its own while somebody else writes, and measures both.
    pub fn take_beside_others(&mut self, step: &Step<'_>, findings: u64) -> (Row, Waits) {
        self.project = SHARED;
        let neighbour = Neighbour::begin(self.client.clone(), format!("neighbour-{findings}"));
        let row = self.take(step, findings);
        self.project = PROJECT;
        (row, neighbour.end())
    }

    /// Uploads small reports into the project with all findings and into an empty one, in turn: on a branch,
    /// and of another scanner on the default branch.
    pub fn small(&mut self, dir: &Path) -> Vec<Small> {
        let mut number = 0;
        let mut kind = |name: &'static str, branch: &str, plan: &dyn Fn(u64) -> Plan| {
            let (mut full, mut empty) = (Vec::new(), Vec::new());
            for _ in 0..SMALL_UPLOADS {
                number += 1;
                let report = dir.join("small.json");
                generate::write(&plan(number), &report).expect("report can be written");
                for (project, times) in [(PROJECT, &mut full), (EMPTY, &mut empty)] {
                    self.project = project;
                    self.steps += 1;
                    let sha = format!("{:040x}", self.steps);
                    let begin = Instant::now();
                    let answer = self.upload(&report, branch, &sha);
                    times.push(begin.elapsed().as_secs_f64());
                    assert_eq!(answer.pipeline.ingestion, Ingestion::Done, "{name}: {}", self.server.log());
                }
            }
            Small { name, full_s: middle(full), empty_s: middle(empty) }
        };
        vec![
            kind("on a branch", "feature", &|number| Plan::small(SMALL, number)),
            kind("another scanner", "main", &|number| Plan::small(SMALL, number).by_scanner(number)),
        ]
    }

    /// Uploads one report and measures it.
    pub fn take(&mut self, step: &Step<'_>, findings: u64) -> Row {
        self.steps += 1;
        let pid = self.server.pid();
        let (sizes, written, cpu) = (self.sizes(), observe::written_bytes(pid), observe::cpu_s(pid));
        let load = observe::load();
        observe::forget_peak(pid);
        let watch = MemoryWatch::begin(pid);
        let begin = Instant::now();
        let pipeline = self.until_durable(step);
        let durable_s = begin.elapsed().as_secs_f64();
        self.until_searchable(step);
        let searchable_s = begin.elapsed().as_secs_f64();
        let cpu_s = observe::cpu_s(pid) - cpu;
        self.check(step, &pipeline, findings);
        let after_mb = at_rest(pid);
        let now = self.sizes();
        let upload_bytes = step.report.metadata().expect("report").len();
        let grown = |now: u64, before: u64| (now as f64 - before as f64) / MB;
        Row {
            name: step.name,
            load,
            upload_bytes,
            received_s: (durable_s - between(&pipeline.created_at, &pipeline.updated_at)).max(0.0),
            durable_s,
            searchable_s,
            cpu_s,
            peak_mb: watch.end() - self.idle_mb,
            peak_resident_mb: observe::memory(pid).peak_mb,
            after_mb,
            written_mb: grown(observe::written_bytes(pid), written + upload_bytes).max(0.0),
            store_growth_mb: grown(now.store, sizes.store),
            index_growth_mb: grown(now.index, sizes.index),
            artifacts_growth_mb: grown(now.artifacts, sizes.artifacts),
        }
    }

    /// What the server's log says of writes that kept others waiting for too long.
    pub fn long_writes(&self) -> Vec<String> {
        self.server.log().lines().filter(|line| line.contains("the writer was held for long")).map(str::to_owned).collect()
    }

    /// Stops the server, checks its data and gives the anonymous memory that it had when idle, in MB.
    pub fn end(mut self) -> f64 {
        let status = self.server.stop();
        assert!(status.success(), "the server ended with {status}");
        program::assert_clean(&self.server.data_dir());
        self.idle_mb
    }

    fn until_durable(&self, step: &Step<'_>) -> Pipeline {
        let sha = format!("{:040x}", self.steps);
        let answer: UploadAnswer = self.upload(step.report, "main", &sha);
        let report = &answer.reports[0];
        assert!(report.errors.is_empty(), "{}: {:?}", step.name, report.errors);
        let path = self.below(&format!("pipelines/{}", answer.pipeline.id));
        patience::until("the ingestion to be done", LONG, || {
            let pipeline: Pipeline = self.client.get(&path).expect(200).read();
            assert_ne!(pipeline.ingestion, Ingestion::Failed, "{}", self.server.log());
            (pipeline.ingestion == Ingestion::Done).then_some(pipeline)
        })
    }

    /// The upload, streamed from the disk; waits for the ingestion as long as the server lets it.
    fn upload(&self, report: &Path, branch: &str, sha: &str) -> UploadAnswer {
        let field = |name: &str, value: &str| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let file = "Content-Disposition: form-data; name=\"sast\"; filename=\"gl-sast-report.json\"";
        let head = format!("{}{}--{BOUNDARY}\r\n{file}\r\n\r\n", field("ref", branch), field("sha", sha));
        let tail = format!("\r\n--{BOUNDARY}--\r\n");
        let length = head.len() as u64 + report.metadata().expect("report").len() + tail.len() as u64;
        let mut body = head.as_bytes().chain(File::open(report).expect("report")).chain(tail.as_bytes());
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent
            .post(format!("{}{}?wait=60", self.server.base(), self.below("security_reports")))
            .header("PRIVATE-TOKEN", ROOT_TOKEN)
            .header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .header("Content-Length", length.to_string());
        let mut answer = request.send(ureq::SendBody::from_reader(&mut body)).expect("the upload is answered");
        let text = answer.body_mut().read_to_string().expect("an answer");
        assert_eq!(answer.status(), 201, "{text}");
        serde_json::from_str(&text).expect("the answer to an upload")
    }

    /// Asks for all until the search, which waits for the index, has an answer.
    fn until_searchable(&self, step: &Step<'_>) {
        let path = self.below(&format!("vulnerabilities?search={SCANNER}&per_page=1"));
        let found = patience::until("the index to follow", LONG, || {
            let answer = self.client.get(&path);
            (answer.status != 503).then(|| answer.expect(200).total())
        });
        assert_eq!(found, step.vulnerabilities, "{}: found by a search", step.name);
    }

    fn check(&self, step: &Step<'_>, pipeline: &Pipeline, findings: u64) {
        let scans: Vec<Scan> = self.client.get(&self.below(&format!("pipelines/{}/scans", pipeline.id))).expect(200).read();
        let summary = scans[0].summary.as_ref().expect("numbers of the scan");
        let numbers = (summary.declared, summary.accepted, summary.new, summary.known, summary.no_longer_detected);
        let expected = (findings, findings, Some(step.new), Some(findings - step.new), Some(step.gone));
        assert_eq!(numbers, expected, "{}: declared, accepted, new, known, no longer detected", step.name);
    }

    fn sizes(&self) -> Sizes {
        let size = |name: &str| observe::disk_bytes(&self.server.data_dir().join(name));
        Sizes { store: size("casemate.redb"), index: size("index"), artifacts: size("artifacts") }
    }

    fn below(&self, rest: &str) -> String {
        paths::below_project(&paths::encode_segment(self.project), rest)
    }
}

fn middle(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Anonymous memory once it has not changed by a megabyte for a while.
fn at_rest(pid: u32) -> f64 {
    let mut last = f64::MAX;
    let mut quiet = 0;
    patience::until("the memory to come to rest", patience::SOON, || {
        let now = observe::memory(pid).anonymous_mb;
        quiet = if (now - last).abs() < 1.0 { quiet + 1 } else { 0 };
        last = now;
        (quiet >= 30).then_some(now)
    })
}

/// Seconds between two of the server's times, less than a day apart: `2026-01-02T03:04:05.678Z`.
fn between(earlier: &str, later: &str) -> f64 {
    let of_day = |time: &str| {
        let clock = time.get(11..23).unwrap_or_else(|| panic!("{time} is no time"));
        clock.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().expect("digits"))
    };
    let day = Duration::from_secs(24 * 60 * 60).as_secs_f64();
    (of_day(later) - of_day(earlier)).rem_euclid(day)
}
