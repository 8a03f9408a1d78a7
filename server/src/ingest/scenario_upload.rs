//! Uploads to the small world of the tests of ingestion, and what became of them. Must not know: what is tested with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::accept::{self, Accepted, NewReport, NewUpload, Target};
use super::family::Named;
use super::refname::parse_ref;
use super::scenario_world::World;
use crate::domain::expiry::KeepFor;
use crate::domain::pipeline::{Commit, Pipeline};
use crate::domain::project::Project;
use crate::domain::scan::{Foreseen, Scan};
use casemate_shared::{FileType, ReportType};
use serde_json::Value;

/// An upload in the making.
pub struct Upload<'w> {
    world: &'w World,
    project: Project,
    upload: NewUpload,
}

impl<'w> Upload<'w> {
    /// To a branch of a project.
    pub(super) fn new(world: &'w World, project: Project, branch: &str) -> Upload<'w> {
        let upload = NewUpload {
            ref_name: parse_ref(branch).unwrap(),
            sha: "c".repeat(40),
            target: Target::Fresh,
            parent: None,
            job_name: None,
            stage: "test".to_owned(),
            job_status: "success".to_owned(),
            allow_failure: false,
            complete: None,
            commit: Commit::default(),
            started_at: None,
            finished_at: None,
            keep_for: KeepFor::Unsaid,
            reports: Vec::new(),
        };
        Upload { world, project, upload }
    }

    /// To another project.
    pub fn to(mut self, project: &Project) -> Upload<'w> {
        self.project = project.clone();
        self
    }

    /// Adds a report.
    pub fn with(self, report_type: ReportType, report: &Value) -> Upload<'w> {
        self.with_bytes(report_type, report.to_string().as_bytes())
    }

    /// Adds a file.
    pub fn with_bytes(mut self, file_type: impl Into<FileType>, bytes: &[u8]) -> Upload<'w> {
        let mut writer = self.world.room.spool.writer().unwrap();
        writer.write(bytes).unwrap();
        let file = writer.finish().unwrap();
        self.upload.reports.push(NewReport { file_type: file_type.into(), filename: "report.json".to_owned(), file });
        self
    }

    /// Of the CI run with that key.
    pub fn key(mut self, key: &str) -> Upload<'w> {
        self.upload.target = Target::Key(key.to_owned());
        self
    }

    /// Into that pipeline.
    pub fn into_pipeline(mut self, id: u64) -> Upload<'w> {
        self.upload.target = Target::Id(id);
        self
    }

    /// As a child of that pipeline.
    pub fn child_of(mut self, parent: u64) -> Upload<'w> {
        self.upload.parent = Some(Named::Id(parent));
        self
    }

    /// With files that are kept so long.
    pub fn keep_for(mut self, text: &str) -> Upload<'w> {
        self.upload.keep_for = KeepFor::parse(text).unwrap();
        self
    }

    /// By the job of that name.
    pub fn job(mut self, name: &str) -> Upload<'w> {
        self.upload.job_name = Some(name.to_owned());
        self
    }

    /// By a job that ended so.
    pub fn job_status(mut self, status: &str) -> Upload<'w> {
        self.upload.job_status = status.to_owned();
        self
    }

    /// Of a commit.
    pub fn sha(mut self, sha: &str) -> Upload<'w> {
        self.upload.sha = sha.to_owned();
        self
    }

    /// More jobs will follow.
    pub fn incomplete(mut self) -> Upload<'w> {
        self.upload.complete = Some(false);
        self
    }

    /// Hands it in.
    pub fn accept(self) -> Accepted {
        self.try_accept().unwrap()
    }

    /// Hands in what may be refused.
    pub fn try_accept(self) -> Result<Accepted, accept::AcceptError> {
        accept::accept(&self.world.room, &self.project, 1, self.upload)
    }

    /// What it would become.
    pub fn foresee(self) -> Foreseen {
        super::foresee::foresee(&self.world.room, &self.project, 1, self.upload).unwrap()
    }

    /// Hands it in and works the queue off.
    pub fn ingest(self) -> Ingested {
        let world = self.world;
        let accepted = self.accept();
        world.work_off();
        Ingested::read(world, &accepted)
    }
}

/// What became of an upload.
pub struct Ingested {
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// Its scans, in the order of the reports.
    pub scans: Vec<Scan>,
}

impl Ingested {
    /// As it is stored now.
    pub fn read(world: &World, accepted: &Accepted) -> Ingested {
        let scans = accepted.scan_ids.iter().map(|id| world.scan(*id)).collect();
        Ingested { pipeline: world.pipeline(accepted.pipeline_id), scans }
    }

    /// The one scan of an upload of one report.
    pub fn scan(&self) -> &Scan {
        assert_eq!(self.scans.len(), 1);
        &self.scans[0]
    }

    /// Declared, accepted, duplicate, rejected of the one scan.
    pub fn counts(&self) -> (u64, u64, u64, u64) {
        let scan = self.scan();
        (scan.declared, scan.accepted, scan.duplicate, scan.rejected)
    }

    /// New, detected again, no longer detected of the one scan, which has to be final.
    #[track_caller]
    pub fn tally(&self) -> (u64, u64, u64) {
        let tally = &self.scan().tally;
        assert!(tally.is_final, "not final: {:?}", self.scan().errors);
        (tally.new, tally.redetected, tally.no_longer_detected)
    }
}
