//! Sizes on the disk, for administrators. Must not know: how they are found out.

use super::error::ApiError;
use super::state::{Shared, block};
use crate::views;
use actix_web::HttpResponse;

/// `GET /api/v4/admin/storage` [E]: bytes of database, reports, index and spool, and what retention removed.
/// Looks at every page of the database, which takes seconds for gigabytes.
///
/// # Errors
/// 401, 403 for everybody but administrators.
pub async fn show(state: Shared) -> Result<HttpResponse, ApiError> {
    let answer = block(move || Ok(views::storage::storage(&state.retention.sizes()?, state.retention.settings()))).await?;
    Ok(HttpResponse::Ok().json(answer))
}
