//! What outlives one page: session, theme, keys, the list somebody came from; and how a page waits for an
//! answer. Must not know what pages look like.

pub mod act;
pub mod ask;
pub mod browser;
pub mod go;
pub mod heading;
pub mod keys;
pub mod listing;
pub mod poll;
pub mod project;
pub mod remote;
pub mod session;
pub mod theme;
pub mod undo;
pub mod visit;
