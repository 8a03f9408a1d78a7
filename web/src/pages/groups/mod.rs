//! Groups: all of them, a new one, and within one its subgroups, projects and settings. Must not know members and
//! tokens; they have pages of their own.

mod frame;
mod general;
mod list;
mod new;
mod overview;

pub use frame::GroupFrame;
pub use general::GroupGeneralPage;
pub use list::GroupsPage;
pub use new::NewGroupPage;
pub use overview::GroupPage;
