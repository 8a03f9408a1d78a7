//! Why this room refuses. Must not know: statuses and bodies of answers.

use crate::store::StoreError;

/// Why somebody may not, or something can't be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// No credentials, or none that work.
    #[error("unauthorized")]
    Unauthorized,
    /// The account is blocked.
    #[error("the account is blocked")]
    Blocked,
    /// The account is deactivated.
    #[error("the account is deactivated")]
    Asleep,
    /// The password was right and a code of the second factor is needed.
    #[error("a code of the second factor is needed")]
    CodeNeeded,
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany {
        /// Seconds until the next one.
        retry_after_s: u64,
    },
    /// Whoever asks may not act as another; why, in GitLab's words.
    #[error("{0}")]
    NoSudo(&'static str),
    /// The token lacks the scope `sudo`.
    #[error("token without scope sudo")]
    SudoScope,
    /// Nobody has that id or name.
    #[error("no user {0}")]
    NoSuchUser(String),
    /// No such thing of the caller's: `Token`, `Session`.
    #[error("no such {0}")]
    Missing(&'static str),
    /// Fields and what is wrong with each.
    #[error("invalid: {0:?}")]
    Invalid(Vec<(String, String)>),
    /// Another one has that already; the whole sentence.
    #[error("{0}")]
    Taken(String),
    /// It can't be done as things stand; the whole sentence.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It contradicts what is there; the whole sentence.
    #[error("{0}")]
    Conflict(String),
    /// The request makes no sense; the whole sentence.
    #[error("{0}")]
    BadRequest(String),
    /// A password can't be hashed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One field and what is wrong with it.
pub(super) fn invalid(field: &str, text: &str) -> AuthError {
    AuthError::Invalid(vec![(field.to_owned(), text.to_owned())])
}
