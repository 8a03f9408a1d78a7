//! What lists of a project have in common: who asks, the page, the project, and reading away from the
//! request's thread.
//!
//! Must not know: what the rows are.

use super::error::ApiError;
use super::gate::Granted;
use super::page::{Page, paged};
use super::params::Params;
use super::state::{Shared, State, block};
use crate::domain::project::Project;
use crate::store::ReadTx;
use crate::views::jobs::Frame;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

/// A list that is being made.
pub struct Listing {
    /// What handlers share.
    pub state: Shared,
    /// One snapshot for the whole answer.
    pub rtx: ReadTx,
    /// Whose list it is.
    pub project: Project,
    /// The page that is asked for.
    pub page: Page,
    /// The server's address as the client knows it.
    pub origin: String,
}

impl Listing {
    /// What the jobs of the list share.
    ///
    /// # Errors
    /// When the store fails.
    pub fn frame(&self) -> Result<Frame<'_>, ApiError> {
        Ok(Frame::new(&self.rtx, &self.project, &self.origin, self.state.retention.settings())?)
    }
}

/// Rows of one page, with the number of rows of all pages.
pub type Rows<T> = (u64, Vec<T>);

/// Answers a list of the project that the request is about. `read` runs on a blocking thread.
///
/// # Errors
/// 400 when page or per_page are wrong, 401, 403, 404, and what `read` answers.
pub async fn of_project<T: Serialize + Send + 'static>(
    request: &HttpRequest,
    state: Shared,
    granted: Granted,
    params: &Params,
    read: impl FnOnce(&Listing) -> Result<Rows<T>, ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(params)?;
    let origin = State::origin(&state, request);
    let to_links = origin.clone();
    let (total, rows) = block(move || {
        let rtx = state.store.read()?;
        let project = granted.project(&rtx)?;
        read(&Listing { state, rtx, project, page, origin })
    })
    .await?;
    Ok(paged(request, &to_links, page, total, &rows))
}

/// The rows of a page out of all that there are.
pub fn cut<T>(all: Vec<T>, page: Page) -> Rows<T> {
    let total = all.len() as u64;
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    (total, all.into_iter().skip(skipped).take(page.limit()).collect())
}
