//! Jobs that handed in no report although they were announced, failed or were stopped: what they would have
//! reported nobody knows, so nothing of their scanners is closed (ingestion design, section 12.3).
//!
//! Must not know: findings, how marks are made.

use super::verdict;
use crate::domain::pipeline::{Job, Pipeline};
use crate::domain::scan::Scan;
use crate::store::{Reads, StoreError, pipelines, scans};
use casemate_shared::ReportType;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Earlier pipelines of the default branch that are asked what a job runs.
const HISTORY: usize = 50;

/// What the absent jobs of a pipeline may have run.
#[derive(Debug, Default)]
pub struct Absent {
    /// A job is absent that nobody knows: it may have run anything.
    is_anything: bool,
    /// Report types and scanner records; 0 for every scanner of the type.
    keys: BTreeSet<(ReportType, u64)>,
}

impl Absent {
    /// Looks for absent jobs of a root and its descendants, and in earlier pipelines for what they run. A job that has been seen and never
    /// handed in a report runs no scanner.
    ///
    /// # Errors
    /// When the store fails.
    pub fn read(tx: &impl Reads, pipeline: &Pipeline) -> Result<Absent, StoreError> {
        let mut names = absent_names(tx, pipeline)?;
        let mut absent = Absent::default();
        let descendants = pipelines::family(tx, pipeline)?;
        let (mut seen, mut looked_at) = (BTreeSet::new(), 0);
        absent.is_anything = descendants.iter().any(|child| child.parent_id.is_some() && is_unknown(child));
        if names.is_empty() || absent.is_anything {
            return Ok(absent);
        }
        pipelines::newest_pipelines(tx, pipeline.project_id, |earlier| {
            if earlier.id >= pipeline.id || !earlier.on_default_branch {
                return Ok(ControlFlow::Continue(()));
            }
            looked_at += 1;
            for (name, keys) in what_jobs_ran(tx, earlier.id)? {
                if names.contains(&name) && !keys.is_empty() {
                    names.remove(&name);
                    absent.keys.extend(keys);
                } else {
                    seen.insert(name);
                }
            }
            let is_over = names.is_empty() || looked_at == HISTORY;
            Ok(if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        absent.is_anything = names.iter().any(|name| !seen.contains(name));
        Ok(absent)
    }

    /// Whether an absent job may have run this scanner.
    pub fn may_have_run(&self, report_type: ReportType, scanner: u64) -> bool {
        let has = |scanner| self.keys.contains(&(report_type, scanner));
        let of_type = || self.keys.iter().any(|(kind, _)| *kind == report_type);
        self.is_anything || has(scanner) || has(0) || (scanner == 0 && of_type())
    }
}

/// Names of jobs that were given up, and of those that did not end well and handed in nothing.
fn absent_names(tx: &impl Reads, pipeline: &Pipeline) -> Result<BTreeSet<String>, StoreError> {
    let mut names = BTreeSet::new();
    for member in pipelines::family(tx, pipeline)? {
        names.extend(absent_names_of(tx, &member)?);
    }
    Ok(names)
}

/// Whether a descendant ended before its time without saying which jobs it would have run.
fn is_unknown(child: &Pipeline) -> bool {
    child.ending.is_some() && child.expected_jobs.is_empty()
}

fn absent_names_of(tx: &impl Reads, pipeline: &Pipeline) -> Result<BTreeSet<String>, StoreError> {
    let mut names: BTreeSet<String> = pipeline.missing_jobs.iter().cloned().collect();
    let failed = |job: &Job| !job.retried && job.has_ended() && job.status != "success";
    let jobs: Vec<Job> = pipelines::jobs(tx, pipeline.id)?.into_iter().filter(failed).collect();
    if !jobs.is_empty() {
        let with_scans: BTreeSet<u64> = scans::scans(tx, pipeline.id)?.into_iter().map(|scan| scan.job_id).collect();
        names.extend(jobs.into_iter().filter(|job| !with_scans.contains(&job.id)).map(|job| job.name));
    }
    Ok(names)
}

/// What the jobs of a pipeline ran, by name.
fn what_jobs_ran(tx: &impl Reads, pipeline: u64) -> Result<BTreeMap<String, Vec<(ReportType, u64)>>, StoreError> {
    let all: Vec<Scan> = scans::scans(tx, pipeline)?;
    let mut ran: BTreeMap<String, Vec<(ReportType, u64)>> = BTreeMap::new();
    for job in pipelines::jobs(tx, pipeline)? {
        let keys = ran.entry(job.name).or_default();
        for scan in all.iter().filter(|scan| scan.job_id == job.id) {
            keys.extend(verdict::scanners(tx, scan)?.into_iter().map(|scanner| (scan.report_type, scanner)));
        }
    }
    Ok(ran)
}
