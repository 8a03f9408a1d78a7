//! Pages of pipelines, imports and jobs are those of the whole list, whatever was deleted or retried. Must
//! not know: how an index is walked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::check::check;
use super::lists::{self, IdPage, JobMark, Slice};
use super::meta::{Sequence, take_id};
use super::{Store, WriteTx, pipelines, sample, scans};
use crate::domain::pipeline::{Job, Pipeline};
use crate::domain::scan::{Scan, Tally};
use casemate_shared::ScanStatus;
use proptest::prelude::*;
use std::collections::BTreeSet;

const PROJECT: u64 = 1;
const STATES: [&str; 3] = ["success", "failed", "running"];

/// What is done with one pipeline.
#[derive(Debug, Clone)]
struct Life {
    /// State of each job, and whether another one took its place.
    jobs: Vec<(usize, bool)>,
    scans: usize,
    deleted: bool,
    /// Of the first pipeline, if that is not deleted.
    is_child: bool,
}

fn lives(most: usize) -> impl Strategy<Value = Vec<Life>> {
    let jobs = proptest::collection::vec((0..STATES.len(), any::<bool>()), 0..3);
    let life = (jobs, 0..3_usize, prop::bool::weighted(0.2), prop::bool::weighted(0.3));
    let life = life.prop_map(|(jobs, scans, deleted, is_child)| Life { jobs, scans, deleted, is_child });
    proptest::collection::vec(life, 0..most)
}

/// What the lists have to say.
#[derive(Default)]
struct Expected {
    pipelines: Vec<u64>,
    /// Child pipelines too.
    of_all: Vec<u64>,
    imports: BTreeSet<u64>,
    jobs: Vec<(u64, &'static str, bool)>,
}

/// Lives a life: rows are written over, as they are when states change.
fn live(wtx: &mut WriteTx, life: &Life, expected: &mut Expected) {
    let id = take_id(wtx, Sequence::Pipeline).unwrap();
    let iid = take_id(wtx, Sequence::PipelineOf(PROJECT)).unwrap();
    let parent_id = expected.pipelines.first().copied().filter(|first| life.is_child && !life.deleted && *first == 1);
    let made = Pipeline { iid, key: None, deadline: None, complete: true, ..sample::pipeline(id) };
    let made = Pipeline { parent_id, root_id: parent_id, ..made };
    pipelines::put_pipeline(wtx, &made).unwrap();
    for (state, retried) in &life.jobs {
        let job = Job { id: take_id(wtx, Sequence::Job).unwrap(), pipeline_id: id, ..sample::job() };
        pipelines::put_job(wtx, &Job { status: "pending".to_owned(), ..job.clone() }).unwrap();
        pipelines::put_job(wtx, &Job { status: STATES[*state].to_owned(), retried: *retried, ..job.clone() }).unwrap();
        expected.jobs.extend((!life.deleted).then_some((job.id, STATES[*state], *retried)));
    }
    for _ in 0..life.scans {
        let id_of_scan = take_id(wtx, Sequence::Scan).unwrap();
        let scan = Scan { declared: 2, accepted: 0, tally: Tally::default(), ..sample::scan() };
        let scan = Scan { id: id_of_scan, pipeline_id: id, status: ScanStatus::JobFailed, ..scan };
        scans::put_scan(wtx, &scan).unwrap();
    }
    if life.deleted {
        pipelines::put_pipeline(wtx, &Pipeline { deleted_at: Some(9), ..made }).unwrap();
    } else {
        if parent_id.is_none() {
            expected.pipelines.push(id);
        }
        expected.of_all.push(id);
        if life.scans > 0 {
            expected.imports.insert(parent_id.unwrap_or(id));
        }
    }
}

fn cut(all: &[u64], slice: Slice) -> IdPage {
    let mut ids = all.to_vec();
    if slice.newest_first {
        ids.reverse();
    }
    let total = ids.len() as u64;
    IdPage { total, ids: ids.into_iter().skip(slice.offset as usize).take(slice.limit).collect() }
}

/// What the sample has; its second pipeline is a child of the first.
fn of_the_sample() -> Expected {
    Expected { pipelines: vec![1, 3], of_all: vec![1, 2, 3], imports: BTreeSet::from([1]), jobs: vec![(1, "success", false)] }
}

/// Compares one page of each list.
fn compare(store: &Store, expected: &Expected, slice: Slice) {
    let rtx = store.read().unwrap();
    assert_eq!(lists::pipelines(&rtx, PROJECT, slice).unwrap(), cut(&expected.pipelines, slice));
    assert_eq!(lists::imports(&rtx, PROJECT, slice).unwrap(), cut(&Vec::from_iter(expected.imports.iter().copied()), slice));
    let is_current_failure = |job: JobMark<'_>| job.status == "failed" && !job.retried;
    let all: Vec<u64> = expected.jobs.iter().map(|job| job.0).collect();
    let failed: Vec<u64> = expected.jobs.iter().filter(|job| job.1 == "failed" && !job.2).map(|job| job.0).collect();
    assert_eq!(lists::jobs(&rtx, PROJECT, slice, |_| true).unwrap(), cut(&all, slice));
    assert_eq!(lists::jobs(&rtx, PROJECT, slice, is_current_failure).unwrap(), cut(&failed, slice));
    let of_commit = lists::pipelines_of(&rtx, PROJECT, Some(&"a".repeat(40)), slice, |_| true).unwrap();
    let of_branch = lists::pipelines_of(&rtx, PROJECT, None, slice, |pipeline| pipeline.ref_name == "main").unwrap();
    assert_eq!(of_commit, of_branch);
    let ids: Vec<u64> = of_branch.1.iter().map(|pipeline| pipeline.id).collect();
    assert_eq!(IdPage { total: of_branch.0, ids }, cut(&expected.of_all, slice));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_page_is_a_stretch_of_the_whole_list(lives in lives(14), offset in 0..12_u64, limit in 1..6_usize, newest_first: bool) {
        // What the sample has comes first.
        let store = sample::store();
        let mut expected = of_the_sample();
        store.write(|wtx| -> Result<(), super::StoreError> {
            lives.iter().for_each(|life| live(wtx, life, &mut expected));
            Ok(())
        }).unwrap();
        compare(&store, &expected, Slice { offset, limit, newest_first });
        // The snapshot knows the lengths now, and a write makes another one.
        compare(&store, &expected, Slice { offset: 1, limit: 2, newest_first: !newest_first });
        store.write(|wtx| -> Result<(), super::StoreError> {
            lives.iter().for_each(|life| live(wtx, life, &mut expected));
            Ok(())
        }).unwrap();
        compare(&store, &expected, Slice { offset, limit, newest_first });
        prop_assert_eq!(check(&store.read().unwrap()).unwrap().problems, Vec::<String>::new());
    }
}

#[test]
fn totals_are_exact_with_many_pipelines() {
    let store = sample::store();
    let mut expected = of_the_sample();
    let life = |n: usize| Life {
        jobs: vec![(n % 3, n.is_multiple_of(7))],
        scans: usize::from(!n.is_multiple_of(5)),
        deleted: n.is_multiple_of(11),
        is_child: n % 40 == 3,
    };
    store
        .write(|wtx| -> Result<(), super::StoreError> {
            (0..2_000).for_each(|n| live(wtx, &life(n), &mut expected));
            Ok(())
        })
        .unwrap();
    assert!(expected.imports.len() > 1_400 && expected.jobs.len() > 1_800);
    for offset in [0, 20, 1_440, 1_800, u64::MAX] {
        compare(&store, &expected, Slice { offset, limit: 20, newest_first: true });
    }
}

#[test]
fn what_is_written_after_its_pipeline_was_deleted_is_not_listed_again() {
    let store = sample::store();
    let slice = Slice { offset: 0, limit: 9, newest_first: true };
    store
        .write(|wtx| -> Result<(), super::StoreError> {
            pipelines::put_pipeline(wtx, &Pipeline { deleted_at: Some(9), ..sample::pipeline(1) })?;
            pipelines::put_job(wtx, &sample::job())?;
            let purged = Scan { declared: 2, accepted: 0, status: ScanStatus::Purged, ..sample::scan() };
            scans::put_scan(wtx, &purged)
        })
        .unwrap();
    compare(&store, &Expected { pipelines: vec![3], of_all: vec![2, 3], ..Expected::default() }, slice);
}
