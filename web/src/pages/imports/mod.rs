//! Imports: what was handed in by whom and what became of it, importing by hand, and taking an import back.
//! Must not know single vulnerabilities.

mod check;
mod files;
mod list;
mod new;

pub use list::ImportsPage;
pub use new::NewImportPage;
