//! A dry run says what the upload then becomes, and changes nothing. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::scenario_reports::any_report;
use super::scenario_world::{Upload, World, finding, report, report_by, secret, set};
use crate::domain::scan::{Foreseen, Scan};
use crate::store::pipelines;
use casemate_shared::ReportType;
use proptest::prelude::*;
use serde_json::{Value, json};

const SAST: ReportType = ReportType::Sast;

/// Everything that an answer tells of a scan.
fn told(scan: &Scan) -> Scan {
    let bare = Scan { id: 0, job_id: 0, artifact_id: 0, pipeline_id: 0, created_at: 0, ..scan.clone() };
    Scan { scanner_ids: Vec::new(), accepted_chunks: Vec::new(), duplicate_chunks: Vec::new(), ..bare }
}

/// One upload of a story.
#[derive(Debug, Clone)]
struct Step {
    branch: &'static str,
    key: Option<u8>,
    job: &'static str,
    status: &'static str,
    complete: bool,
    /// A child of the pipeline with the key 0, if there is one.
    is_child: bool,
    files: Vec<Vec<u8>>,
}

impl Step {
    fn upload<'w>(&self, world: &'w World) -> Upload<'w> {
        let mut upload = world.upload(self.branch).job(self.job).job_status(self.status);
        let root = pipelines::find_pipeline_by_key(&world.read(), 1, &format!("{}-0", self.branch)).unwrap();
        if let Some(root) = root.filter(|_| self.is_child) {
            upload = upload.child_of(root.id).key(&format!("{}-child", self.branch));
        } else if let Some(key) = self.key {
            upload = upload.key(&format!("{}-{key}", self.branch));
        }
        if !self.complete {
            upload = upload.incomplete();
        }
        self.files.iter().fold(upload, |upload, file| upload.with_bytes(SAST, file))
    }

    /// The dry run, the upload, and whether they agree.
    fn check(&self, world: &World) -> Foreseen {
        let before = world.dump_all();
        let foreseen = self.upload(world).foresee();
        assert!(world.dump_all() == before, "a dry run changed something");
        assert_eq!(std::fs::read_dir(world.dir("spool")).unwrap().count(), 0, "a dry run left a file");
        let accepted = self.upload(world).accept();
        assert_eq!(foreseen.is_repetition, accepted.is_repetition);
        if accepted.is_repetition {
            return foreseen;
        }
        world.work_off();
        world.work_off();
        for (number, (report, id)) in foreseen.reports.iter().zip(&accepted.scan_ids).enumerate() {
            assert_eq!(told(&report.scan), told(&world.scan(*id)), "report {number} of {self:?}");
        }
        assert_eq!(foreseen.reports.len(), accepted.scan_ids.len());
        foreseen
    }
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let odd = (any_report(), 0..6_u8).prop_map(|(report, kind)| match kind {
        0 => set(report, "/scan/partial_scan", json!({"mode": "differential"})),
        1 => set(report, "/scan/status", json!("failure")),
        2 => set(report, "/version", json!("16.0.0")),
        3 => set(report, "/vulnerabilities", json!([{"id": "x"}])),
        _ => report,
    });
    prop_oneof![9 => odd.prop_map(|report| report.to_string().into_bytes()), 1 => Just(b"{".to_vec())]
}

fn any_step() -> impl Strategy<Value = Step> {
    let branch = prop_oneof![3 => Just("main"), 1 => Just("feature")];
    let job = prop_oneof![Just("one"), Just("two")];
    let status = prop_oneof![4 => Just("success"), 1 => Just("failed")];
    let files = proptest::collection::vec(any_file(), 1..3);
    let complete = prop_oneof![4 => Just(true), 1 => Just(false)];
    let is_child = prop_oneof![2 => Just(false), 1 => Just(true)];
    (branch, proptest::option::of(0..2_u8), job, status, complete, is_child, files).prop_map(
        |(branch, key, job, status, complete, is_child, files)| Step { branch, key, job, status, complete, is_child, files },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_foreseen_happens(steps in proptest::collection::vec(any_step(), 1..6)) {
        let world = World::new();
        for step in steps {
            step.check(&world);
            world.assert_sound();
        }
    }
}

fn step(report: &Value) -> Step {
    let files = vec![report.to_string().into_bytes()];
    Step { branch: "main", key: None, job: "one", status: "success", complete: true, is_child: false, files }
}

#[test]
fn marks_and_what_stays_open_are_foreseen() {
    let world = World::new();
    step(&report(SAST, &[finding("A"), finding("B")])).check(&world);
    let partial = set(report(SAST, &[finding("A")]), "/scan/partial_scan", json!({"mode": "differential"}));
    let tally = step(&partial).check(&world).reports[0].scan.tally.clone();
    assert_eq!((tally.no_longer_detected, tally.kept_open.len(), tally.is_final), (0, 1, true));
    let tally = step(&report(SAST, &[finding("A"), finding("C")])).check(&world).reports[0].scan.tally.clone();
    assert_eq!((tally.new, tally.no_longer_detected), (1, 1));
    let tally = step(&report(SAST, &[finding("B")])).check(&world).reports[0].scan.tally.clone();
    assert_eq!((tally.new, tally.redetected, tally.no_longer_detected), (0, 1, 2));
}

#[test]
fn reports_of_several_types_and_scanners_are_foreseen_together() {
    let world = World::new();
    let kinds = |upload: Upload<'_>| -> Vec<Scan> { upload.foresee().reports.iter().map(|report| told(&report.scan)).collect() };
    let upload = || {
        world
            .upload("main")
            .with(SAST, &report(SAST, &[finding("A")]))
            .with(ReportType::SecretDetection, &report(ReportType::SecretDetection, &[secret("S")]))
            .with(SAST, &report_by("zeta", SAST, &[finding("A"), finding("B")]))
    };
    let foreseen = kinds(upload());
    let done: Vec<Scan> = upload().ingest().scans.iter().map(told).collect();
    assert_eq!(foreseen, done);
    assert_eq!((done[2].accepted, done[2].duplicate), (1, 1));
}
