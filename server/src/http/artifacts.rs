//! Stored reports, byte for byte as they were uploaded. Must not know: what is in them.

use super::caller::{READ, SignedIn};
use super::error::ApiError;
use super::state::{Shared, block, project};
use crate::clock::iso;
use crate::domain::pipeline::Artifact;
use crate::store::pipelines;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use std::fs::File;
use std::io::Read;

/// Bytes that are read at a time.
const CHUNK: usize = 256 << 10;

/// `GET P/jobs/:jid/artifacts/*path`: by file name, by report type, or `by_id/N` [E].
///
/// # Errors
/// 401, 403, 404, 410 when the file was removed by retention.
pub async fn download(
    state: Shared,
    caller: SignedIn,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, ApiError> {
    caller.with(READ)?;
    let (key, job, wanted) = path.into_inner();
    let (artifact, file) = block(move || {
        let rtx = state.store.read()?;
        let project = project(&rtx, &key)?;
        let not_found = || ApiError::NotFound("Job".to_owned());
        let job: u64 = job.parse().map_err(|_| not_found())?;
        let job = pipelines::find_job(&rtx, job)?.filter(|job| job.project_id == project.id).ok_or_else(not_found)?;
        let artifact = pipelines::artifacts(&rtx, job.id)?.into_iter().find(|artifact| is_wanted(artifact, &wanted));
        let artifact = artifact.ok_or_else(|| ApiError::NotFound("File".to_owned()))?;
        if let Some(at) = artifact.expired_at {
            return Err(ApiError::Gone(format!("the report expired and was removed on {}, its numbers stay", iso(at))));
        }
        let file = state.room.artifacts.open(&artifact.sha256).map_err(ApiError::internal)?;
        Ok((artifact, file.ok_or_else(|| ApiError::NotFound("File".to_owned()))?))
    })
    .await?;
    let kind = if artifact.gzip { "application/gzip" } else { "application/json" };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, disposition(&artifact.filename)))
        .no_chunking(artifact.size)
        .streaming(chunks(file)))
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

/// The file in pieces, each read on a blocking thread.
fn chunks(file: File) -> impl futures_util::Stream<Item = Result<Bytes, ApiError>> {
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
