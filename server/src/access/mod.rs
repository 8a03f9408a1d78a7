//! Who may what: one table of actions, the standing of a user to a project or group, and the decision.
//! Must not know: HTTP, routes, tokens as such.

mod action;
mod decide;
mod rule;
mod standing;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use casemate_shared::AccessLevel;
pub use decide::{Asker, Refusal, Target, decide, decide_before};
pub use rule::{Rule, Subject, Who};
pub use standing::{MOST_LEVELS, Standing, Standings};
