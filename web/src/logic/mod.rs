//! Plain Rust behind the page: everything here runs and is tested without a browser. Must not know
//! signals, views, the network or the clock; the time of day comes in as a parameter.

pub mod agent;
pub mod checks;
pub mod code;
pub mod days;
pub mod details;
pub mod errors;
pub mod evidence;
pub mod filters;
pub mod grade;
pub mod history;
pub mod href;
pub mod list_query;
pub mod number;
pub mod outcome;
pub mod place;
pub mod progress;
pub mod protection;
pub mod qr;
pub mod query;
pub mod rights;
pub mod scans;
pub mod scopes;
pub mod slug;
pub mod snippets;
pub mod suggest;
pub mod tally;
pub mod theme;
pub mod time;
pub mod undo;
pub mod user_filter;
pub mod wish;
