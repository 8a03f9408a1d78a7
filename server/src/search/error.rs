//! What can go wrong in this room. It must not know HTTP statuses or who asked.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::query::{MAX_QUERY_CHARS, MAX_QUERY_WORDS};

/// The index could not be opened, written or searched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The index directory itself cannot be read or written.
    #[error("search index directory {path}: {source}")]
    Directory {
        /// The directory or file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The index library failed.
    #[error("{doing}: {source}")]
    Index {
        /// What was being attempted.
        doing: &'static str,
        /// What the library says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SearchError {
    /// For `map_err`: the index library failed while `doing`.
    pub(super) fn index<E>(doing: &'static str) -> impl FnOnce(E) -> SearchError
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |source| SearchError::Index { doing, source: Box::new(source) }
    }

    /// For `map_err`: `path` cannot be read or written.
    pub(super) fn directory(path: &Path) -> impl FnOnce(std::io::Error) -> SearchError {
        move |source| SearchError::Directory { path: path.to_owned(), source }
    }
}

/// The text that a person typed cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// No letter, no digit: nothing that a finding could be found by.
    #[error("the search text has no letter and no digit to search for")]
    NothingToSearch,
    /// Longer than [`MAX_QUERY_CHARS`].
    #[error("the search text has {found} characters; at most {MAX_QUERY_CHARS} are allowed")]
    TooLong {
        /// Its length in characters.
        found: usize,
    },
    /// More words and phrases than [`MAX_QUERY_WORDS`].
    #[error("the search text has {found} words; at most {MAX_QUERY_WORDS} are allowed")]
    TooManyWords {
        /// How many there are.
        found: usize,
    },
}
