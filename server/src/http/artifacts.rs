//! Stored reports, byte for byte as they were uploaded. Must not know: what is in them.

use super::error::ApiError;
use super::gate::Granted;
use super::jobs;
use super::params::Params;
use super::state::{Shared, State, block};
use super::under_way::{Hold, leaving};
use super::zip::{self, Entry, Zip};
use crate::clock::iso;
use crate::domain::pipeline::{Artifact, Job};
use crate::store::{ReadTx, pipelines};
use crate::views::jobs::ARCHIVE;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;

/// Bytes that are read at a time.
const CHUNK: usize = 64 << 10;

/// `GET P/jobs/:jid/artifacts/*path`: by file name, by report type, or `by_id/N` [E].
///
/// # Errors
/// 401, 403, 404, 410 when the file was removed by retention, 503.
pub async fn download(
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (_, job, wanted) = path.into_inner();
    let hold = granted.open_files(&state, 1)?;
    let (artifact, file) = block(move || {
        let rtx = state.store.read()?;
        let job = jobs::named(&rtx, &granted, &job)?.job;
        one_file(&state, &rtx, &job, &wanted)
    })
    .await?;
    Ok(sent(&artifact, file, hold))
}

fn one_file(state: &State, rtx: &ReadTx, job: &Job, wanted: &str) -> Result<(Artifact, File), ApiError> {
    let artifact = pipelines::artifacts(rtx, job.id)?.into_iter().find(|artifact| is_wanted(artifact, wanted));
    let artifact = artifact.ok_or_else(|| ApiError::NotFound("File".to_owned()))?;
    if let Some(at) = artifact.expired_at {
        return Err(ApiError::Gone(format!("the report expired and was removed on {}, its numbers stay", iso(at))));
    }
    if artifact.is_over(job, state.clock.now()) {
        return Err(ApiError::Gone("the report expired as its job had said, its numbers stay".to_owned()));
    }
    let file = state.room.artifacts.open(&artifact.sha256).map_err(ApiError::internal)?;
    Ok((artifact, file.ok_or_else(|| ApiError::NotFound("File".to_owned()))?))
}

fn sent(artifact: &Artifact, file: File, hold: Hold) -> HttpResponse {
    let kind = match artifact.file_type.as_str() {
        "archive" => "application/zip",
        _ if artifact.gzip => "application/gzip",
        _ => "application/json",
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, disposition(&artifact.filename)))
        .no_chunking(artifact.size)
        .streaming(leaving(chunks(file), hold))
}

/// `GET P/jobs/:jid/artifacts`: all files of the job in one zip.
///
/// # Errors
/// 401, 403, 404 also when there are none.
pub async fn archive(state: Shared, granted: Granted, path: web::Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (shared, asked) = (state.clone(), granted.clone());
    let entries = block(move || {
        let rtx = state.store.read()?;
        let job = jobs::named(&rtx, &granted, &path.1)?.job;
        all_files(&state, &rtx, &job)
    })
    .await?;
    zipped(entries, &shared, &asked)
}

fn all_files(state: &State, rtx: &ReadTx, job: &Job) -> Result<Vec<Entry>, ApiError> {
    let mut entries: Vec<Entry> = Vec::new();
    let now = state.clock.now();
    let kept = |artifact: &Artifact| artifact.expired_at.is_none() && !artifact.is_over(job, now);
    for artifact in pipelines::artifacts(rtx, job.id)?.into_iter().filter(kept) {
        let Some(file) = state.room.artifacts.open(&artifact.sha256).map_err(ApiError::internal)? else { continue };
        let is_taken = entries.iter().any(|entry| entry.name == artifact.filename);
        let name = if is_taken { format!("{}-{}", artifact.id, artifact.filename) } else { artifact.filename };
        entries.push(Entry { name, size: artifact.size, time: iso(artifact.created_at), file });
    }
    if entries.is_empty() { Err(ApiError::NotFound("Artifacts".to_owned())) } else { Ok(entries) }
}

fn zipped(entries: Vec<Entry>, state: &State, granted: &Granted) -> Result<HttpResponse, ApiError> {
    let hold = granted.open_files(state, entries.len())?;
    let zip = Zip::new(entries);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/zip"))
        .insert_header((CONTENT_DISPOSITION, disposition(ARCHIVE)))
        .no_chunking(zip.length())
        .streaming(leaving(zip::stream(zip), hold)))
}

/// `GET P/jobs/artifacts/:ref/download?job=`: the zip of a job of the newest pipeline of a branch or tag
/// that succeeded, or of a descendant of it.
///
/// # Errors
/// 400 without `job`, 401, 403, 404.
pub async fn archive_of_ref(
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (shared, asked) = (state.clone(), granted.clone());
    let entries = block(move || {
        let rtx = state.store.read()?;
        let job = job_of_ref(&rtx, &granted, &path.1, &params)?;
        all_files(&state, &rtx, &job)
    })
    .await?;
    zipped(entries, &shared, &asked)
}

/// `GET P/jobs/artifacts/:ref/raw/*path?job=`: one file of such a job.
///
/// # Errors
/// As [`archive_of_ref`].
pub async fn file_of_ref(
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String, String)>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let hold = granted.open_files(&state, 1)?;
    let (artifact, file) = block(move || {
        let rtx = state.store.read()?;
        let job = job_of_ref(&rtx, &granted, &path.1, &params)?;
        one_file(&state, &rtx, &job, &path.2)
    })
    .await?;
    Ok(sent(&artifact, file, hold))
}

fn job_of_ref(rtx: &ReadTx, granted: &Granted, ref_name: &str, params: &Params) -> Result<Job, ApiError> {
    params.required(&["job"])?;
    let name = params.optional("job")?.unwrap_or_default();
    let project = granted.project(rtx)?;
    let mut newest = None;
    pipelines::newest_pipelines(rtx, project.id, |pipeline| {
        if pipeline.ref_name == ref_name && pipeline.status == "success" && pipeline.parent_id.is_none() {
            newest = Some(pipeline);
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let missing = || ApiError::NotFound("Job".to_owned());
    let mut jobs = Vec::new();
    for member in pipelines::descent(rtx, &newest.ok_or_else(missing)?)? {
        jobs.extend(pipelines::jobs(rtx, member.id)?);
    }
    jobs.into_iter().rfind(|job| job.name == name && !job.retried && job.status == "success").ok_or_else(missing)
}

fn is_wanted(artifact: &Artifact, wanted: &str) -> bool {
    match wanted.strip_prefix("by_id/") {
        Some(id) => id.parse() == Ok(artifact.id),
        None => artifact.filename == wanted || artifact.file_type == wanted,
    }
}

/// Always a download, never shown in the page's origin. Unusual characters become `_`.
fn disposition(filename: &str) -> String {
    let safe: String = filename.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{safe}\"")
}

/// A file in pieces, each read on a blocking thread.
pub fn chunks(file: File) -> impl futures_util::Stream<Item = Result<Bytes, ApiError>> {
    futures_util::stream::try_unfold(file, |mut file| async move {
        let read = move || {
            let mut chunk = vec![0; CHUNK];
            let count = file.read(&mut chunk).map_err(ApiError::internal)?;
            chunk.truncate(count);
            Ok((file, chunk))
        };
        let (file, chunk) = block(read).await?;
        Ok(if chunk.is_empty() { None } else { Some((Bytes::from(chunk), file)) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_can_inject_nothing() {
        assert_eq!(disposition("gl-sast-report.json"), "attachment; filename=\"gl-sast-report.json\"");
        assert_eq!(disposition("a\"\r\nX: y ä.json"), "attachment; filename=\"a___X__y__.json\"");
    }
}
