//! Stored pipelines, jobs and artifacts. Must not know: tables and keys.

use super::row;
use crate::domain::expiry::Expiry;
use crate::domain::pipeline::{Artifact, Commit, Ending, Job, Pipeline, Section};
use casemate_shared::{Ingestion, ReportType};

row! { PipelineRow, 5, Pipeline {
    id: u64, iid: u64, project_id: u64, sha: String, ref_name: String, tag: bool, status: String, source: String,
    name: Option<String>, key: Option<String>, user_id: u64, created_at: i64, updated_at: i64, parent_id: Option<u64>, root_id: Option<u64>, ingestion: Ingestion,
    on_default_branch: bool, complete: bool, held: bool, expected_jobs: Vec<String>, missing_jobs: Vec<String>,
    ending: Option<Ending>, deadline: Option<i64>, finished_at: Option<i64>, deleted_at: Option<i64>, findings: Option<u64>, scans_with_errors: u64,
    undone_at: Option<i64>, commit: Commit,
} }
row! { JobRow, 2, Job {
    id: u64, pipeline_id: u64, project_id: u64, name: String, stage: String, status: String, allow_failure: bool,
    retried: bool, created_at: i64, started_at: Option<i64>, finished_at: Option<i64>, user_id: u64,
    target_url: Option<String>, description: Option<String>, coverage: Option<u64>, failure_reason: Option<String>,
    erased_at: Option<i64>, keep_artifacts: bool,
} }
row! { SectionRow, 1, Section { run: u64, report_type: ReportType, scanner: Option<String> } }
row! { ArtifactRow, 3, Artifact {
    id: u64, job_id: u64, pipeline_id: u64, project_id: u64, file_type: String, sections: Vec<Section>, filename: String, size: u64,
    sha256: [u8; 32], gzip: bool, created_at: i64, expiry: Expiry, expired_at: Option<i64>,
} }
