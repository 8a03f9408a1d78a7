//! The number by which a path names something. Must not know: what it names.

use super::error::ApiError;

/// A number of a path.
///
/// # Errors
/// 404 of what it would name, when it is none.
pub fn number(text: &str, what: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| ApiError::NotFound(what.to_owned()))
}
