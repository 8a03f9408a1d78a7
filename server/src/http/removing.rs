//! What all handlers that remove something have in common: one transaction away from the request's thread, and 204.
//! Must not know: what is removed.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::state::{Shared, block};
use crate::audit::By;
use crate::store::WriteTx;
use actix_web::{HttpRequest, HttpResponse};

/// Removes something in a transaction of its own.
///
/// # Errors
/// What `remove` answers.
pub async fn removing(
    request: &HttpRequest,
    state: Shared,
    granted: Granted,
    remove: impl FnOnce(&mut WriteTx, &Granted, &By) -> Result<(), ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let by = caller::by(&state, request, granted.caller());
    block(move || state.store.write(|wtx| remove(wtx, &granted, &by))).await?;
    Ok(HttpResponse::NoContent().finish())
}
