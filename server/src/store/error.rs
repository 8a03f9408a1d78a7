//! What can go wrong in the store. Must not know: HTTP.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the data directory open.
    #[error("another process holds the database {path}: stop it first, one process serves one data directory")]
    Busy {
        /// The file.
        path: String,
    },
    /// The file was written by a newer program.
    #[error("the database has format {found}, this program reads up to {known}: use a newer casemate")]
    Newer {
        /// In the file.
        found: u32,
        /// Newest that is known.
        known: u32,
    },
    /// The file was written by an older program.
    #[error(
        "the database has format {found}, which is older than {known}, the only one this program reads: no release wrote it; begin with an empty data directory"
    )]
    Older {
        /// In the file.
        found: u32,
        /// The one that is known.
        known: u32,
    },
    /// A stored value can't be read.
    #[error("damaged row in table {table}: {reason}")]
    Damaged {
        /// Table.
        table: &'static str,
        /// Why.
        reason: String,
    },
    /// A read wanted to do more than it was allowed to (see `ReadTx::within`).
    #[error("the read took longer than it may here")]
    TooLong,
    /// The engine failed.
    #[error("storage: {0}")]
    Engine(String),
}

macro_rules! engine_errors {
    ($($kind:ty),*) => {$(
        impl From<$kind> for StoreError {
            fn from(error: $kind) -> StoreError {
                StoreError::Engine(error.to_string())
            }
        }
    )*};
}

engine_errors!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::SetDurabilityError,
    redb::CursorError
);
