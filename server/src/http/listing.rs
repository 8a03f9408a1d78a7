//! What lists of a project have in common: who asks, the page, the project, and where it is read.
//!
//! Must not know: what the rows are.

use super::error::ApiError;
use super::gate::Granted;
use super::page::{Page, json, paged_json};
use super::params::Params;
use super::state::{self, Shared, State};
use crate::domain::project::Project;
use crate::store::ReadTx;
use crate::views::jobs::Frame;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

/// A list that is being made.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    /// What handlers share.
    pub state: &'a State,
    /// One snapshot for the whole answer.
    pub rtx: &'a ReadTx,
    /// Whose list it is.
    pub project: &'a Project,
    /// The page that is asked for.
    pub page: Page,
    /// The server's address as the client knows it.
    pub origin: &'a str,
}

impl<'a> Listing<'a> {
    /// What the jobs of the list share.
    ///
    /// # Errors
    /// When the store fails.
    pub fn frame(&self) -> Result<Frame<'a>, ApiError> {
        Ok(Frame::new(self.rtx, self.project, self.origin, self.state.retention.settings())?)
    }
}

/// Rows of one page, with the number of rows of all pages.
pub type Rows<T> = (u64, Vec<T>);

/// Answers a list of the project that the request is about. `read` may run twice (see [`state::read`]).
///
/// # Errors
/// 400 when page or per_page are wrong, 401, 403, 404, and what `read` answers.
pub async fn of_project<T: Serialize>(
    request: &HttpRequest,
    state: Shared,
    granted: Granted,
    params: &Params,
    read: impl Fn(Listing<'_>) -> Result<Rows<T>, ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(params)?;
    let origin = State::origin(&state, request);
    let to_links = origin.clone();
    let shared = state.clone();
    let (total, body) = state::read(&state, move |rtx| {
        let project = granted.project(rtx)?;
        let (total, rows) = read(Listing { state: &shared, rtx, project: &project, page, origin: &origin })?;
        Ok((total, json(&rows)?))
    })
    .await?;
    Ok(paged_json(request, &to_links, page, total, body))
}

/// The rows of a page out of all that there are.
pub fn cut<T>(all: Vec<T>, page: Page) -> Rows<T> {
    let total = all.len() as u64;
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    (total, all.into_iter().skip(skipped).take(page.limit()).collect())
}
