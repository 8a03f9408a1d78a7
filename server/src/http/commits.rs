//! Commits without a repository (API design, section 2.3). Must not know: what is told of them by whom.

use super::error::ApiError;
use super::gate::Granted;
use super::state::{Shared, block};
use crate::clock::Millis;
use crate::domain::project::Project;
use crate::forge::branches;
use crate::store::{ReadTx, branches as stored, commits};
use crate::views::commits as views;
use actix_web::{HttpRequest, HttpResponse, web};

/// The full id of a commit that is named by it or by a branch.
///
/// # Errors
/// 404 when it is neither.
pub fn resolve(rtx: &ReadTx, project: &Project, text: &str) -> Result<String, ApiError> {
    branches::head(rtx, project.id, text)?.ok_or_else(|| ApiError::NotFound("Commit".to_owned()))
}

/// `GET P/repository/commits/:sha`, by id or branch.
///
/// # Errors
/// 401, 403, 404 also when nobody spoke of the commit.
pub async fn show(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let origin = state.origin(&request);
    let answer = block(move || {
        let rtx = state.store.read()?;
        let project = granted.project(&rtx)?;
        let sha = resolve(&rtx, &project, &path.1)?;
        let known = views::commit(&rtx, &project, &sha, None, &origin)?;
        if let Some(commit) = known {
            return Ok(commit);
        }
        let since = branch_since(&rtx, project.id, &sha)?;
        views::commit(&rtx, &project, &sha, since, &origin)?.ok_or_else(|| ApiError::NotFound("Commit".to_owned()))
    })
    .await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// When a branch was first told to stand at a commit.
fn branch_since(rtx: &ReadTx, project: u64, sha: &str) -> Result<Option<Millis>, ApiError> {
    let branches = stored::branches(rtx, project)?;
    Ok(branches.iter().filter(|branch| branch.sha == sha).map(|branch| branch.created_at).min())
}

/// `GET P/repository/commits/:sha/signature`: what was told of it.
///
/// # Errors
/// 401, 403, 404 also when nothing was told.
pub async fn show_signature(
    state: Shared,
    granted: Granted,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    let sha = resolve(&rtx, &project, &path.1)?;
    let signature = commits::find(&rtx, project.id, &sha)?.and_then(|commit| commit.told.signature);
    let signature = signature.ok_or_else(|| ApiError::NotFound("Signature".to_owned()))?;
    Ok(HttpResponse::Ok().json(views::signature(&signature)))
}
