//! Changes of a vulnerability's state (ingestion design, section 6). Pure: any state may go to any other by
//! one of four actions.
//!
//! Must not know: storage, who may do what.

use crate::clock::Millis;
use crate::domain::finding::{Decided, Vulnerability};
use casemate_shared::{DismissalReason, VulnerabilityState};

/// What somebody does to a vulnerability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Looked and agrees.
    Confirm,
    /// It needs no fix, for a reason.
    Dismiss(Option<DismissalReason>),
    /// Fixed.
    Resolve,
    /// Needs triage again.
    Revert,
}

impl Action {
    /// The state that it leads to.
    pub const fn to_state(self) -> VulnerabilityState {
        match self {
            Action::Confirm => VulnerabilityState::Confirmed,
            Action::Dismiss(_) => VulnerabilityState::Dismissed,
            Action::Resolve => VulnerabilityState::Resolved,
            Action::Revert => VulnerabilityState::Detected,
        }
    }
}

/// One change of state; appended, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateTransition {
    /// Id, from the same sequence as the events of the history; 0 before it is stored.
    pub id: u64,
    /// Vulnerability.
    pub vulnerability_id: u64,
    /// State before.
    pub from_state: VulnerabilityState,
    /// State after; the same only when a dismissal is dismissed anew.
    pub to_state: VulnerabilityState,
    /// Who; none when Casemate did it.
    pub author_id: Option<u64>,
    /// What was said about it, at most 50,000 characters.
    pub comment: Option<String>,
    /// Reason of a dismissal.
    pub dismissal_reason: Option<DismissalReason>,
    /// Pipeline that brought it about, when Casemate did it.
    pub pipeline_id: Option<u64>,
    /// When.
    pub created_at: Millis,
}

/// Carries an action out on a vulnerability. None when nothing would change: it is in that state already,
/// and, where it is dismissed, neither another reason nor another comment is given. `last_comment` is the
/// comment of its newest transition.
pub fn act(
    vulnerability: &mut Vulnerability,
    action: Action,
    comment: Option<String>,
    last_comment: Option<&str>,
    by: u64,
    now: Millis,
) -> Option<StateTransition> {
    let (from_state, to_state) = (vulnerability.state, action.to_state());
    let comment = comment.filter(|text| !text.is_empty());
    let reason = match action {
        Action::Dismiss(reason) => reason.or(vulnerability.dismissal_reason.filter(|_| from_state == to_state)),
        _ => None,
    };
    if from_state == to_state {
        let says_more = comment.is_some() && comment.as_deref() != last_comment;
        if !matches!(action, Action::Dismiss(_)) || (reason == vulnerability.dismissal_reason && !says_more) {
            return None;
        }
    }
    let decided = Decided { by: Some(by), at: Some(now) };
    match action {
        Action::Confirm => vulnerability.confirmed = decided,
        Action::Dismiss(_) => vulnerability.dismissed = decided,
        Action::Resolve => vulnerability.resolved = decided,
        Action::Revert => {
            vulnerability.confirmed = Decided::default();
            vulnerability.dismissed = Decided::default();
            vulnerability.resolved = Decided::default();
        }
    }
    (vulnerability.state, vulnerability.dismissal_reason, vulnerability.updated_at) = (to_state, reason, now);
    Some(StateTransition {
        id: 0,
        vulnerability_id: vulnerability.id,
        from_state,
        to_state,
        author_id: Some(by),
        comment,
        dismissal_reason: reason,
        pipeline_id: None,
        created_at: now,
    })
}

/// A change that Casemate itself makes because of a pipeline. It has no author.
pub fn automatic(
    vulnerability: u64,
    from_state: VulnerabilityState,
    to_state: VulnerabilityState,
    comment: String,
    pipeline: u64,
    now: Millis,
) -> StateTransition {
    StateTransition {
        id: 0,
        vulnerability_id: vulnerability,
        from_state,
        to_state,
        author_id: None,
        comment: Some(comment),
        dismissal_reason: None,
        pipeline_id: Some(pipeline),
        created_at: now,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use casemate_shared::{ReportType, Severity};

    /// Dismissed as not applicable, confirmed before.
    fn row() -> Vulnerability {
        let decided = Decided { by: Some(1), at: Some(2) };
        Vulnerability {
            id: 3,
            project_id: 1,
            finding_id: 3,
            author_id: 1,
            title: "T".to_owned(),
            state: VulnerabilityState::Dismissed,
            severity: Severity::High,
            report_type: ReportType::Sast,
            scanner_id: 1,
            present_on_default_branch: true,
            resolved_on_default_branch: false,
            resolved_in_commit_sha: None,
            dismissal_reason: Some(DismissalReason::NotApplicable),
            dismissed: decided,
            resolved: Decided::default(),
            confirmed: decided,
            detected_at: 5,
            created_at: 5,
            updated_at: 6,
        }
    }

    const ACTIONS: [Action; 4] =
        [Action::Confirm, Action::Dismiss(Some(DismissalReason::FalsePositive)), Action::Resolve, Action::Revert];

    #[test]
    fn any_state_goes_to_any_other_and_none_to_itself() {
        for from in VulnerabilityState::ALL {
            for action in ACTIONS {
                let mut row = self::row();
                (row.state, row.dismissal_reason) = (from, None);
                if from == VulnerabilityState::Dismissed {
                    row.dismissal_reason = Some(DismissalReason::FalsePositive);
                }
                let before = row.clone();
                let made = act(&mut row, action, None, None, 7, 99);
                if from == action.to_state() {
                    assert_eq!((made, row), (None, before));
                    continue;
                }
                let made = made.unwrap();
                assert_eq!((made.from_state, made.to_state, made.author_id), (from, action.to_state(), Some(7)));
                assert_eq!((row.state, row.updated_at), (action.to_state(), 99));
                let is_dismissed = row.state == VulnerabilityState::Dismissed;
                assert_eq!(row.dismissal_reason.is_some(), is_dismissed);
            }
        }
    }

    #[test]
    fn a_dismissal_may_be_dismissed_anew_with_another_reason_or_comment() {
        let mut row = self::row();
        let dismiss = Action::Dismiss(Some(DismissalReason::NotApplicable));
        assert_eq!((row.state, row.dismissal_reason), (VulnerabilityState::Dismissed, Some(DismissalReason::NotApplicable)));
        assert_eq!(act(&mut row, dismiss, None, Some("old"), 1, 9), None);
        assert_eq!(act(&mut row, Action::Dismiss(None), Some("old".to_owned()), Some("old"), 1, 9), None);
        let made = act(&mut row, Action::Dismiss(None), Some("new".to_owned()), Some("old"), 1, 9).unwrap();
        assert_eq!((made.from_state, made.to_state), (VulnerabilityState::Dismissed, VulnerabilityState::Dismissed));
        assert_eq!((made.dismissal_reason, made.comment.as_deref()), (Some(DismissalReason::NotApplicable), Some("new")));
        let other = Action::Dismiss(Some(DismissalReason::UsedInTests));
        assert_eq!(act(&mut row, other, None, None, 1, 9).unwrap().dismissal_reason, Some(DismissalReason::UsedInTests));
    }

    #[test]
    fn only_a_revert_forgets_who_decided() {
        let mut row = self::row();
        act(&mut row, Action::Resolve, None, None, 7, 99).unwrap();
        assert!(row.dismissed.by.is_some() && row.confirmed.by.is_some());
        assert_eq!(row.resolved, Decided { by: Some(7), at: Some(99) });
        act(&mut row, Action::Revert, None, None, 7, 100).unwrap();
        let nobody = Decided::default();
        assert_eq!((row.dismissed, row.confirmed, row.resolved), (nobody, nobody, nobody));
    }
}
