//! How large the database file is, and what fills it. Must not know: what the tables are for.

use super::{Place, ReadTx, Store, StoreError, catalog};
use crate::domain::retention::{Sizes, TableSize};
use redb::{ReadableTableMetadata, StorageBackend};

impl Store {
    /// Looks at every page of a snapshot: seconds for gigabytes, in nobody's way.
    ///
    /// # Errors
    /// When the engine or the file system fails.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        let mut tables = self.read()?.table_sizes()?;
        tables.sort_by_key(|table| std::cmp::Reverse(table.bytes));
        let used_bytes = tables.iter().map(|table| table.bytes).sum();
        Ok(Sizes { file_bytes: self.file_bytes()?, used_bytes, tables })
    }

    /// Bytes of the file.
    ///
    /// # Errors
    /// When the file system fails.
    pub fn file_bytes(&self) -> Result<u64, StoreError> {
        let length = match &self.place {
            Place::File(path) => std::fs::metadata(path).map(|facts| facts.len()),
            Place::Memory(memory) => memory.len(),
        };
        length.map_err(|error| StoreError::Engine(error.to_string()))
    }

    /// Makes the file as small as what is in it. Needs the database for itself; answers whether that changed
    /// anything.
    ///
    /// # Errors
    /// When somebody reads or writes, or the engine fails.
    pub fn compact(&mut self) -> Result<bool, StoreError> {
        self.forget_snapshot();
        self.database.compact().map_err(|error| StoreError::Engine(error.to_string()))
    }
}

impl ReadTx {
    fn table_sizes(&self) -> Result<Vec<TableSize>, StoreError> {
        let size = |table: &catalog::Table| {
            let open = self.opened(*table)?;
            let stats = open.stats()?;
            let bytes = stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes();
            Ok(TableSize { name: table.name, rows: open.len()?, bytes })
        };
        catalog::ALL.iter().map(size).collect()
    }
}
