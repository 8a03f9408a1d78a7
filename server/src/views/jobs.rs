//! Jobs and commit statuses on the wire. Must not know: how they came to be.

use super::access;
use super::pipelines::artifact;
use crate::clock::{DAY, Millis, iso};
use crate::domain::expiry::Expiry;
use crate::domain::pipeline::{Artifact, Commit, Job, Pipeline};
use crate::domain::project::Project;
use crate::domain::retention::RetentionSettings;
use crate::domain::settings::Ages;
use crate::store::{ReadTx, StoreError, pipelines as stored, settings};
use casemate_shared::api::{commit, pipeline as wire};
use serde_json::Number;

/// What the jobs of one answer share.
pub struct Frame<'a> {
    /// The snapshot.
    pub rtx: &'a ReadTx,
    /// Whose jobs they are.
    pub project: &'a Project,
    /// The server's address as the client knows it.
    pub origin: &'a str,
    ages: Ages,
}

impl<'a> Frame<'a> {
    /// Looks up how long the project keeps files.
    ///
    /// # Errors
    /// When the store fails.
    pub fn new(
        rtx: &'a ReadTx,
        project: &'a Project,
        origin: &'a str,
        instance: RetentionSettings,
    ) -> Result<Frame<'a>, StoreError> {
        let ages = instance.ages(settings::find(rtx, project.id)?.as_ref());
        Ok(Frame { rtx, project, origin, ages })
    }
}

/// A job with its files.
///
/// # Errors
/// When the store fails.
pub fn job(frame: &Frame<'_>, job: &Job, of: &Pipeline) -> Result<wire::Job, StoreError> {
    let Frame { rtx, project, origin, ages } = *frame;
    let mut files = stored::artifacts(rtx, job.id)?;
    files.retain(|file| file.expired_at.is_none());
    let artifacts: Vec<_> = files.iter().map(artifact).collect();
    let size = artifacts.iter().map(|artifact| artifact.size).sum();
    let archive = || wire::ArtifactsFile { filename: ARCHIVE.to_owned(), size };
    Ok(wire::Job {
        id: job.id,
        name: job.name.clone(),
        stage: job.stage.clone(),
        status: job.status.clone(),
        ref_name: of.ref_name.clone(),
        tag: of.tag,
        allow_failure: job.allow_failure,
        created_at: iso(job.created_at),
        started_at: job.started_at.map(iso),
        finished_at: job.finished_at.map(iso),
        pipeline: job_pipeline(of),
        web_url: format!("{origin}/{}/-/jobs/{}", project.full_path, job.id),
        artifacts_file: (!artifacts.is_empty()).then(archive),
        artifacts,
        artifacts_expire_at: expire_at(job, &files, ages).map(iso),
        erased_at: job.erased_at.map(iso),
        keep_artifacts: job.keep_artifacts,
        commit: job_commit(of),
        coverage: percent(job.coverage),
        duration: job.started_at.zip(job.finished_at).and_then(|(begin, end)| Number::from_f64((end - begin) as f64 / 1_000.0)),
        queued_duration: None,
        user: access::brief(rtx, job.user_id, origin)?,
        failure_reason: job.failure_reason.clone().filter(|_| job.status == "failed"),
        tag_list: Vec::new(),
        runner: None,
        target_url: job.target_url.clone(),
    })
}

/// When the last of a job's files goes; none when one stays.
fn expire_at(job: &Job, files: &[Artifact], ages: Ages) -> Option<Millis> {
    let at = |file: &Artifact| match file.expiry {
        Expiry::At(at) => Some(at),
        Expiry::ByAge if ages.artifacts_days > 0 => Some(file.created_at + Millis::from(ages.artifacts_days) * DAY),
        Expiry::ByAge | Expiry::Never => None,
    };
    let times: Option<Vec<Millis>> = files.iter().map(at).collect();
    times.filter(|_| !job.keep_artifacts)?.into_iter().max()
}

/// The pipeline inside a job.
pub(super) fn job_pipeline(of: &Pipeline) -> wire::JobPipeline {
    wire::JobPipeline {
        id: of.id,
        iid: of.iid,
        project_id: of.project_id,
        sha: of.sha.clone(),
        ref_name: of.ref_name.clone(),
        status: of.status.clone(),
    }
}

/// Name under which all files of a job are saved.
pub const ARCHIVE: &str = "artifacts.zip";

fn percent(hundredths: Option<u64>) -> Option<Number> {
    hundredths.and_then(|hundredths| Number::from_f64(hundredths as f64 / 100.0))
}

pub(super) fn title(commit: &Commit) -> String {
    commit.message.lines().next().unwrap_or_default().to_owned()
}

pub(super) fn short(sha: &str) -> String {
    sha.chars().take(8).collect()
}

pub(super) fn job_commit(of: &Pipeline) -> wire::JobCommit {
    wire::JobCommit {
        id: of.sha.clone(),
        short_id: short(&of.sha),
        title: title(&of.commit),
        message: of.commit.message.clone(),
        created_at: iso(of.created_at),
        parent_ids: Vec::new(),
        author_name: of.commit.author_name.clone(),
        author_email: of.commit.author_email.clone(),
    }
}

/// A job as the status of its commit.
///
/// # Errors
/// When the store fails.
pub fn status(rtx: &ReadTx, job: &Job, of: &Pipeline, origin: &str) -> Result<commit::CommitStatus, StoreError> {
    Ok(commit::CommitStatus {
        id: job.id,
        sha: of.sha.clone(),
        ref_name: of.ref_name.clone(),
        status: job.status.clone(),
        name: job.name.clone(),
        target_url: job.target_url.clone(),
        description: job.description.clone(),
        created_at: iso(job.created_at),
        started_at: job.started_at.map(iso),
        finished_at: job.finished_at.map(iso),
        allow_failure: job.allow_failure,
        coverage: percent(job.coverage),
        pipeline_id: of.id,
        author: access::brief(rtx, job.user_id, origin)?,
    })
}
