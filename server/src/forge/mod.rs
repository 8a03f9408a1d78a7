//! What a project has in place of a forge: labels, webhooks, branches, protections. Must not know: HTTP, reports.

pub mod branches;
pub mod hooks;
pub mod labels;
pub mod protection;
#[cfg(test)]
mod tests;

use crate::store::StoreError;

/// Why something can't be made, changed or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeError {
    /// Fields and what is wrong with each.
    #[error("invalid: {0:?}")]
    Invalid(Vec<(String, String)>),
    /// There is one like it; the whole sentence.
    #[error("{0}")]
    Taken(String),
    /// There is none: its kind.
    #[error("{0} not found")]
    Missing(&'static str),
    /// It makes no sense; the whole sentence.
    #[error("{0}")]
    Refused(String),
    /// It was understood and can't be; the whole sentence.
    #[error("{0}")]
    Unfit(String),
    /// A protection is in the way; the whole sentence.
    #[error("{0}")]
    Protected(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn invalid(field: &str, text: impl Into<String>) -> ForgeError {
    ForgeError::Invalid(vec![(field.to_owned(), text.into())])
}

/// Checks that a text is short enough and has nothing in it that moves a cursor.
fn check_text(field: &str, text: &str, most: usize, may_break: bool) -> Result<(), ForgeError> {
    if text.chars().count() > most {
        return Err(invalid(field, format!("is too long (maximum is {most} characters)")));
    }
    if text.chars().any(|c| c.is_control() && !(may_break && matches!(c, '\n' | '\r' | '\t'))) {
        return Err(invalid(field, "has control characters"));
    }
    Ok(())
}
