//! Stored forms of the domain values. Must not know: tables, keys, anything above the store.
//!
//! `row!` writes the stored struct and both conversions from one list of fields, so that a field can't
//! be forgotten on one side. A change of a list is a new version: keep the old struct and read it.

mod account;
mod audit;
mod cell;
mod finding;
mod forge;
mod member;
mod pipeline;
mod project;
mod retention;
mod sbom;
mod scan;
mod undo;

/// `row! { ProjectRow, 1, Project { id: u64, name: String } }`: stored struct, version, domain struct
/// with its fields and their types.
macro_rules! row {
    ($row:ident, $version:literal, $domain:ty { $($field:ident : $kind:ty),* $(,)? }) => {
        #[doc = concat!("Stored form of [`", stringify!($domain), "`], version ", stringify!($version), ".")]
        #[derive($crate::store::codec::Encode, $crate::store::codec::Decode)]
        pub struct $row { $($field: <$kind as $crate::store::row::cell::Column>::Raw),* }

        impl $crate::store::row::cell::Cell for $domain {
            type Raw = $row;
            fn raw(&self) -> $row {
                $row { $($field: <$kind as $crate::store::row::cell::Column>::raw(&self.$field)),* }
            }
            fn read(raw: $row) -> Result<Self, String> {
                Ok(Self { $($field: <$kind as $crate::store::row::cell::Column>::read(raw.$field)
                    .map_err(|reason| format!(concat!(stringify!($field), ": {}"), reason))?),* })
            }
        }

        impl $crate::store::codec::Record for $domain {
            type Row = $row;
            const VERSION: u8 = $version;
            fn to_row(&self) -> $row { $crate::store::row::cell::Cell::raw(self) }
            fn from_row(row: $row) -> Result<Self, String> { $crate::store::row::cell::Cell::read(row) }
        }
    };
}
pub(in crate::store) use row;
