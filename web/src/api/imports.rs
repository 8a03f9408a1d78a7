//! Imports: sending reports, trying it out first, the history, and taking an import back. Must not know
//! views.

use super::projects::below;
use super::{ApiError, Client, Page};
use casemate_shared::FileType;
use casemate_shared::api::import::{self as api, UndoAnswer};
use casemate_shared::api::report::{DryRunAnswer, UploadAnswer};

/// One file of an import.
pub struct Part {
    /// The file.
    pub file: web_sys::File,
    /// Its type; the server looks into the file when it is not said.
    pub file_type: Option<FileType>,
}

/// What is sent.
pub struct Import {
    /// Branch.
    pub branch: String,
    /// Commit.
    pub commit: String,
    /// The reports.
    pub files: Vec<Part>,
}

/// Sends reports.
pub async fn send(client: Client, project: String, import: Import) -> Result<UploadAnswer, ApiError> {
    client.post_form(&below(&project, "security_reports"), form(&import)?).await
}

/// Asks what would happen if reports were sent; nothing is stored.
pub async fn try_out(client: Client, project: String, import: Import) -> Result<DryRunAnswer, ApiError> {
    client.post_form(&below(&project, "security_reports?dry_run=true"), form(&import)?).await
}

/// A page of imports, newest first.
pub async fn list(client: Client, project: String, page: u32) -> Result<Page<api::Import>, ApiError> {
    client.list(&format!("{}?page={page}&per_page=20", below(&project, "imports"))).await
}

/// Takes an import back as far as nobody touched its results since.
pub async fn undo(client: Client, project: String, pipeline: u64) -> Result<UndoAnswer, ApiError> {
    client.post(&below(&project, &format!("pipelines/{pipeline}/undo")), &()).await
}

/// How far taking back is.
pub async fn undone(client: Client, project: String, pipeline: u64) -> Result<UndoAnswer, ApiError> {
    client.get(&below(&project, &format!("pipelines/{pipeline}/undo"))).await
}

fn form(import: &Import) -> Result<web_sys::FormData, ApiError> {
    let refused = || ApiError {
        status: 0,
        text: "the browser could not read the chosen files".to_owned(),
        request_id: None,
        code_needed: false,
    };
    filled(import).ok_or_else(refused)
}

fn filled(import: &Import) -> Option<web_sys::FormData> {
    let form = web_sys::FormData::new().ok()?;
    form.append_with_str("ref", &import.branch).ok()?;
    form.append_with_str("sha", &import.commit).ok()?;
    for part in &import.files {
        let field = part.file_type.map_or("file", FileType::as_str);
        form.append_with_blob_and_filename(field, &part.file, &part.file.name()).ok()?;
    }
    Some(form)
}
