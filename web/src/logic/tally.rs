//! The numbers of an import as cells and sentences. Must not know views.

use super::number::{count, thousands};
use casemate_shared::api::coverage::KeptOpenCount;
use casemate_shared::api::report::ReportSummary;

/// One number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Name of the number on the wire.
    pub key: &'static str,
    /// The number; `None` while it is not known.
    pub number: Option<u64>,
    /// What it counts.
    pub word: &'static str,
    /// More about it; empty for nothing.
    pub more: String,
}

/// What an import means for the default branch. Only a pipeline of the default branch marks anything.
pub fn cells(sums: &ReportSummary, on_default_branch: bool) -> Vec<Cell> {
    let cell = |key, number, word, more: &str| Cell { key, number, word, more: more.to_owned() };
    let again = sums.redetected.filter(|again| *again > 0).map(|again| format!("{} detected again", thousands(again)));
    let mut cells = vec![
        cell("new", sums.new, "new", "the default branch did not have them"),
        cell("known", sums.known, "known", &again.unwrap_or_else(|| "the default branch had them".to_owned())),
    ];
    if on_default_branch {
        cells.push(cell("no_longer_detected", sums.no_longer_detected, "no longer detected", "not reported by a full scan"));
        cells.push(cell("kept_open", sums.kept_open, "kept open", "not reported, without proof"));
    }
    cells
}

/// What became of the entries: `46 of 48 entries accepted, 1 duplicate, 1 rejected`.
pub fn entries(sums: &ReportSummary) -> String {
    let accepted = format!("{} of {} accepted", thousands(sums.accepted), count(sums.declared, "entry", "entries"));
    let rest = left_out(sums);
    if rest.is_empty() { accepted } else { format!("{accepted}, {rest}") }
}

/// The same for a narrow column: `46 of 48 accepted`, without the rest.
pub fn accepted(sums: &ReportSummary) -> String {
    format!("{} of {} accepted", thousands(sums.accepted), thousands(sums.declared))
}

/// The entries that are not accepted: `1 duplicate, 1 rejected`; empty when there are none.
pub fn left_out(sums: &ReportSummary) -> String {
    let parts = [(sums.duplicate, "duplicate"), (sums.rejected, "rejected")].into_iter().filter(|(number, _)| *number > 0);
    parts.map(|(number, word)| format!("{} {word}", thousands(number))).collect::<Vec<_>>().join(", ")
}

/// What an import means for the default branch, in a line: `1 new · 14 known`; empty before it is known.
pub fn against(sums: &ReportSummary) -> String {
    let part = |number: Option<u64>, word: &str| number.map(|number| format!("{} {word}", thousands(number)));
    let parts: Vec<_> = [part(sums.new, "new"), part(sums.known, "known")].into_iter().flatten().collect();
    parts.join(" · ")
}

/// What changes besides, in a line; only what there is: `2 no longer detected · 5 kept open`.
pub fn besides(sums: &ReportSummary) -> String {
    let part = |number: Option<u64>, word: &str| {
        number.filter(|number| *number > 0).map(|number| format!("{} {word}", thousands(number)))
    };
    let parts = [
        part(sums.redetected, "detected again"),
        part(sums.no_longer_detected, "no longer detected"),
        part(sums.kept_open, "kept open"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

/// All numbers together; one that a part does not know yet is the sum of the others.
pub fn sum<'a>(parts: impl Iterator<Item = &'a ReportSummary>) -> ReportSummary {
    let add = |sum: Option<u64>, more: Option<u64>| match (sum, more) {
        (None, more) => more,
        (sum, None) => sum,
        (Some(sum), Some(more)) => Some(sum + more),
    };
    parts.fold(ReportSummary::default(), |sum, one| ReportSummary {
        declared: sum.declared + one.declared,
        accepted: sum.accepted + one.accepted,
        duplicate: sum.duplicate + one.duplicate,
        rejected: sum.rejected + one.rejected,
        new: add(sum.new, one.new),
        known: add(sum.known, one.known),
        redetected: add(sum.redetected, one.redetected),
        no_longer_detected: add(sum.no_longer_detected, one.no_longer_detected),
        kept_open: add(sum.kept_open, one.kept_open),
        kept_open_reasons: reasons(sum.kept_open_reasons, &one.kept_open_reasons),
    })
}

/// Why vulnerabilities stay open, each reason once.
fn reasons(mut all: Vec<KeptOpenCount>, more: &[KeptOpenCount]) -> Vec<KeptOpenCount> {
    for one in more {
        match all.iter_mut().find(|known| known.reason == one.reason) {
            Some(known) => known.count += one.count,
            None => all.push(one.clone()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_shared::KeptOpen;

    fn kept(number: u64) -> Vec<KeptOpenCount> {
        let reason = KeptOpen::PartialScan;
        (number > 0).then(|| KeptOpenCount { reason, count: number, text: reason.label().to_owned() }).into_iter().collect()
    }

    fn summary(new: Option<u64>) -> ReportSummary {
        ReportSummary {
            declared: 9,
            accepted: 7,
            duplicate: 1,
            rejected: 1,
            new,
            known: new.map(|new| 7 - new),
            redetected: new.map(|_| 1),
            no_longer_detected: new.map(|_| 0),
            kept_open: new.map(|_| 3),
            kept_open_reasons: kept(new.map_or(0, |_| 3)),
        }
    }

    #[test]
    fn a_branch_has_no_marks() {
        let keys = |on_default| cells(&summary(Some(2)), on_default).into_iter().map(|cell| cell.key).collect::<Vec<_>>();
        assert_eq!(keys(false), ["new", "known"]);
        assert_eq!(keys(true), ["new", "known", "no_longer_detected", "kept_open"]);
    }

    #[test]
    fn lines_say_what_there_is() {
        assert_eq!(entries(&summary(None)), "7 of 9 entries accepted, 1 duplicate, 1 rejected");
        assert_eq!(entries(&ReportSummary { declared: 1, accepted: 1, ..Default::default() }), "1 of 1 entry accepted");
        assert_eq!(against(&summary(Some(2))), "2 new · 5 known");
        assert_eq!(besides(&summary(Some(2))), "1 detected again · 3 kept open");
        assert_eq!((against(&summary(None)), besides(&summary(None))), (String::new(), String::new()));
    }

    #[test]
    fn what_is_not_known_does_not_count_as_nothing() {
        let parts = [summary(Some(2)), summary(None), summary(Some(4))];
        let all = sum(parts.iter());
        assert_eq!((all.declared, all.new, all.known, all.kept_open), (27, Some(6), Some(8), Some(6)));
        assert_eq!(all.kept_open_reasons, kept(6), "one reason, said once");
        assert_eq!(sum(parts.iter().skip(1).take(1)).new, None);
    }
}
