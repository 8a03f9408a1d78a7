//! What people do to vulnerabilities: confirm, dismiss, resolve, revert, and record one from a pipeline's
//! finding before the default branch has it (ingestion design, sections 6 and 8).
//!
//! Must not know: HTTP, search, who may do what, how findings are matched.

#[cfg(test)]
mod race_tests;
mod record;

pub use record::record;

use crate::audit::{self, By, Entity, Event};
use crate::domain::triage::{Action, act};
use crate::store::findings::{Change, Pair};
use crate::store::{StoreError, WriteTx, findings, transitions};
use casemate_shared::limits::COMMENT_CHARS;

/// Why an action is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TriageError {
    /// No such vulnerability.
    #[error("there is no vulnerability {0}")]
    Missing(u64),
    /// The comment is longer than may be.
    #[error("comment is too long (maximum is {COMMENT_CHARS} characters)")]
    LongComment,
    /// The pipeline has no such finding, or it has a vulnerability already.
    #[error("finding is not found or is already attached to a vulnerability")]
    NoFinding,
    /// What was stored of the finding can't be read.
    #[error("{0}")]
    Unreadable(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries an action out. Answers the pair as it is now, and whether anything changed.
///
/// # Errors
/// No such vulnerability, a comment that is too long, or the store's.
pub fn change_state(
    wtx: &mut WriteTx,
    vulnerability: u64,
    action: Action,
    comment: Option<String>,
    user: u64,
    by: &By,
) -> Result<(Pair, bool), TriageError> {
    check(comment.as_deref())?;
    let old = findings::find_pair(wtx, vulnerability)?.ok_or(TriageError::Missing(vulnerability))?;
    let last = transitions::newest(wtx, vulnerability)?.and_then(|row| row.comment);
    let mut new = old.clone();
    let Some(transition) = act(&mut new.vulnerability, action, comment, last.as_deref(), user, by.at) else {
        return Ok((old, false));
    };
    transitions::append(wtx, transition)?;
    let project = new.vulnerability.project_id;
    audit::pass(wtx, by, &note(&old, &new, action))?;
    findings::put(wtx, project, vec![Change { old: Some(old), new: new.clone(), event: None }])?;
    Ok((new, true))
}

/// The comment is not in the note: it stands in the vulnerability's own history.
fn note(old: &Pair, new: &Pair, action: Action) -> audit::Act {
    let event = match action {
        Action::Confirm => Event::VulnerabilityConfirmed,
        Action::Dismiss(_) => Event::VulnerabilityDismissed,
        Action::Resolve => Event::VulnerabilityResolved,
        Action::Revert => Event::VulnerabilityReverted,
    };
    let reason = |pair: &Pair| pair.vulnerability.dismissal_reason.map(|reason| reason.as_str()).unwrap_or_default();
    audit::Act::on(event, Entity::Project(new.vulnerability.project_id))
        .about("Vulnerability", new.vulnerability.id, &new.vulnerability.title)
        .changed("state", old.vulnerability.state.as_str(), new.vulnerability.state.as_str())
        .changed("dismissal_reason", reason(old), reason(new))
}

fn check(comment: Option<&str>) -> Result<(), TriageError> {
    let is_long = comment.is_some_and(|text| text.chars().count() > COMMENT_CHARS);
    if is_long { Err(TriageError::LongComment) } else { Ok(()) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
