//! Taking an import back, in words: what it would take back, and what it took back. Must not know views.

use super::number::{count, thousands};
use casemate_shared::api::import::TakenBack;
use casemate_shared::api::report::ReportSummary;

/// What would be taken back, a line each.
pub fn plan(summary: &ReportSummary) -> Vec<String> {
    let counted = [
        (summary.new, "new vulnerability leaves the list", "new vulnerabilities leave the list"),
        (
            summary.redetected,
            "that was detected again is what it was before",
            "that were detected again are what they were before",
        ),
        (summary.no_longer_detected, "mark as no longer detected is taken away", "marks as no longer detected are taken away"),
    ];
    let mut lines: Vec<_> = counted
        .into_iter()
        .filter_map(|(number, one, many)| number.filter(|number| *number > 0).map(|number| count(number, one, many)))
        .collect();
    if summary.known.is_some_and(|known| known > 0) {
        lines.push("Known ones get back the text, place and severity that they had".to_owned());
    }
    lines
}

/// What was taken back, a line each.
pub fn undone(taken: &TakenBack) -> Vec<String> {
    let counted = [
        (taken.created, "new vulnerability left the list", "new vulnerabilities left the list"),
        (taken.redetected, "is no longer called detected again", "are no longer called detected again"),
        (taken.marked, "mark as no longer detected was taken away", "marks as no longer detected were taken away"),
        (taken.changed, "has the text, place and severity that it had", "have the text, place and severity that they had"),
    ];
    counted.into_iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| count(number, one, many)).collect()
}

/// That more was kept than is listed; `None` when all of it is.
pub fn more_kept(kept: u64, listed: usize) -> Option<String> {
    let more = kept.saturating_sub(listed as u64);
    (more > 0).then(|| format!("and {} more", thousands(more)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_there_is_is_said() {
        let summary = ReportSummary {
            new: Some(2),
            known: Some(0),
            redetected: Some(0),
            no_longer_detected: Some(1),
            ..Default::default()
        };
        assert_eq!(plan(&summary), ["2 new vulnerabilities leave the list", "1 mark as no longer detected is taken away"]);
        assert!(plan(&ReportSummary::default()).is_empty(), "a branch: nothing to take back");
        let taken = TakenBack { created: 1, changed: 1200, redetected: 0, marked: 0 };
        assert_eq!(
            undone(&taken),
            ["1 new vulnerability left the list", "1,200 have the text, place and severity that they had"]
        );
    }

    #[test]
    fn a_cut_list_says_by_how_much() {
        assert_eq!(more_kept(100, 100), None);
        assert_eq!(more_kept(1300, 100).as_deref(), Some("and 1,200 more"));
    }
}
