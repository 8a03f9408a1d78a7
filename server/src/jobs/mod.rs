//! Work in the background. Must not know: HTTP.

mod heap;
pub mod index;
pub mod retention;
