//! Pieces that pages are put together from. They get values and callbacks; none of them fetches, and none
//! knows a page.

pub mod alert;
pub mod ask_dialog;
pub mod async_view;
pub mod cards;
pub mod copy;
pub mod detail;
pub mod empty;
pub mod filter_bar;
pub mod form;
pub mod frame;
pub mod heading;
pub mod icon;
pub mod list;
pub mod messages;
pub mod pager;
pub mod pipeline_state;
pub mod qr;
pub mod severity;
pub mod shell;
pub mod sort_header;
pub mod status;
pub mod tabs;
pub mod tally;
pub mod undo_dialog;
pub mod when;
