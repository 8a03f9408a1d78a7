//! Pipelines that wait: what a missing job leaves open, when waiting ends. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::declare::{self, NewPipeline};
use super::refname::parse_ref;
use super::scenario_world::{PATIENCE, World, finding, report};
use super::status::{self, JobNews, JobState, NewStatus};
use crate::domain::pipeline::{Commit, Ending, Pipeline};
use casemate_shared::{Ingestion, KeptOpen, ReportType};

const SAST: ReportType = ReportType::Sast;

fn declared(world: &World, key: &str, jobs: &[&str]) -> Pipeline {
    let new = NewPipeline {
        parent: None,
        ref_name: parse_ref("main").unwrap(),
        sha: "c".repeat(40),
        key: Some(key.to_owned()),
        name: None,
        source: None,
        expected_jobs: jobs.iter().map(|job| (*job).to_owned()).collect(),
        is_finished: false,
        commit: Commit::default(),
    };
    declare::declare(&world.room, &world.project, 1, &new).unwrap().pipeline
}

#[test]
fn a_missing_job_that_nobody_knows_keeps_everything_open() {
    let world = World::new();
    world.sast("main", &[finding("A"), finding("B")]);
    let pipeline = declared(&world, "run", &["sast", "new-scanner"]);
    let came = world.upload("main").key("run").with(SAST, &report(SAST, &[finding("A")])).ingest();
    assert!(!came.pipeline.complete);
    declare::complete(&world.room, pipeline.id).unwrap();
    world.work_off();
    let pipeline = world.pipeline(pipeline.id);
    assert_eq!((pipeline.status.as_str(), pipeline.ingestion), ("failed", Ingestion::Done));
    assert_eq!(pipeline.missing_jobs, ["new-scanner"]);
    assert_eq!(world.titles(), ["A", "B"]);
    assert_eq!(world.scan(came.scan().id).tally.kept_open, [(KeptOpen::JobMissing, 1)]);
    // The next whole pipeline closes it: nothing is forgotten.
    world.sast("main", &[finding("A")]);
    assert_eq!(world.titles(), ["A", "(B)"]);
    world.assert_sound();
}

#[test]
fn waiting_ends_when_nothing_was_heard_for_the_whole_time() {
    // Every look at the clock is a second.
    let world = World::new();
    let pipeline = declared(&world, "run", &["a", "b"]);
    assert_eq!(declare::expire(&world.room).unwrap(), 0);
    let first = pipeline.deadline.unwrap();
    assert!(first - pipeline.created_at >= PATIENCE);
    world.upload("main").key("run").job("a").with(SAST, &report(SAST, &[finding("A")])).ingest();
    assert!(world.pipeline(pipeline.id).deadline.unwrap() > first, "news put it off");
    let mut expired = 0;
    for _ in 0..PATIENCE / 1_000 + 2 {
        expired += declare::expire(&world.room).unwrap();
    }
    assert_eq!(expired, 1);
    let ended = world.pipeline(pipeline.id);
    assert_eq!((ended.ending, ended.deadline, ended.complete), (Some(Ending::TimedOut), None, true));
    world.work_off();
    assert_eq!((world.titles(), world.pipeline(pipeline.id).ingestion), (vec!["A".to_owned()], Ingestion::Done));
    world.assert_sound();
}

#[test]
fn a_job_that_failed_without_a_report_is_no_proof_for_its_scanner() {
    let world = World::new();
    let upload = || world.upload("main").key("one");
    upload().job("a").incomplete().with(SAST, &report(SAST, &[finding("A")])).ingest();
    upload().job("b").with(SAST, &report(SAST, &[finding("B")])).ingest();
    assert_eq!(world.titles(), ["A", "B"]);
    let tell = |pipeline_id: Option<u64>, name: &str, state| {
        let status = NewStatus {
            parent: None,
            sha: "d".repeat(40),
            ref_name: Some(parse_ref("main").unwrap()),
            pipeline_id,
            name: name.to_owned(),
            state,
            news: JobNews::default(),
            commit: Default::default(),
        };
        status::set_status(&world.room, &world.project, 1, &status).unwrap()
    };
    let second = tell(None, "b", JobState::Running).pipeline_id;
    tell(Some(second), "b", JobState::Failed);
    world.work_off();
    world.upload("main").sha(&"d".repeat(40)).into_pipeline(second).job("a").with(SAST, &report(SAST, &[finding("A")])).ingest();
    assert_eq!(world.titles(), ["A", "B"], "what b would have reported nobody knows");
    tell(Some(second), "b", JobState::Success);
    world.work_off();
    world.assert_sound();
}
