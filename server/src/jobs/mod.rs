//! Work in the background. Must not know: HTTP.

pub mod index;
