//! All projects, and the form of a new one. Must not know what is inside a project.

mod list;
mod new;

pub use list::ProjectsPage;
pub use new::NewProjectPage;
