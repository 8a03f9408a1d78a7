//! Work in the background. Must not know: HTTP.

mod bell;
mod heap;
pub mod index;
pub mod removal;
#[cfg(test)]
mod removal_tests;
pub mod retention;
