//! What the filter field offers while somebody types. Must not know keys, focus or views.

use super::filters::{Activity, Dimension, Filters, label};
use casemate_shared::{ReportType, Severity, VulnerabilityState};

/// One entry of the list under the filter field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Go into a dimension.
    Dimension(Dimension),
    /// Switch a value on or off.
    Value {
        /// Where it belongs.
        dimension: Dimension,
        /// Its word.
        word: String,
        /// Its label.
        label: String,
        /// Said in grey beside it.
        hint: String,
        /// Whether it is on.
        on: bool,
    },
    /// Search for the text.
    Search(String),
}

/// A scanner to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannerChoice {
    /// External id.
    pub word: String,
    /// Name.
    pub name: String,
    /// Labels of its report types.
    pub hint: String,
}

/// What is known when the list is made.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Dimensions that this page has.
    pub dimensions: &'a [Dimension],
    /// The filter as it stands.
    pub filters: &'a Filters,
    /// Scanners of the project.
    pub scanners: &'a [ScannerChoice],
}

/// The entries for a text: inside a dimension its values; outside, the search for the text, the dimensions
/// and any value that fits.
pub fn choices(open: Option<Dimension>, text: &str, known: Known<'_>) -> Vec<Choice> {
    let needle = text.trim().to_lowercase();
    let fits = |name: &str| name.to_lowercase().contains(&needle);
    if let Some(dimension) = open {
        return values(dimension, known)
            .into_iter()
            .filter(|choice| matches!(choice, Choice::Value { label, .. } if fits(label)))
            .collect();
    }
    let dimensions = known.dimensions.iter().copied();
    let named = dimensions.clone().filter(|d| fits(d.name())).map(Choice::Dimension);
    if needle.is_empty() {
        return named.collect();
    }
    let of_any = dimensions.flat_map(|d| values(d, known));
    let matching = of_any.filter(|c| matches!(c, Choice::Value { label, .. } if fits(label)));
    std::iter::once(Choice::Search(text.trim().to_owned())).chain(named).chain(matching).collect()
}

fn values(dimension: Dimension, known: Known<'_>) -> Vec<Choice> {
    let chosen = known.filters.words(dimension);
    let one =
        |word: String, label: String, hint: String| Choice::Value { dimension, on: chosen.contains(&word), word, label, hint };
    if dimension == Dimension::Scanner {
        let scanner = |s: &ScannerChoice| one(s.word.clone(), s.name.clone(), s.hint.clone());
        return known.scanners.iter().map(scanner).collect();
    }
    let words: Vec<&str> = match dimension {
        Dimension::State => VulnerabilityState::ALL.iter().map(|v| v.as_str()).collect(),
        Dimension::Severity => Severity::CARDS.iter().map(|v| v.as_str()).collect(),
        Dimension::ReportType => ReportType::ALL.iter().map(|v| v.as_str()).collect(),
        Dimension::Activity => Activity::ALL.iter().map(|v| v.as_str()).collect(),
        Dimension::Scanner => Vec::new(),
    };
    words.into_iter().map(|w| one(w.to_owned(), label(dimension, w), String::new())).collect()
}

/// The entry after a press on an arrow key, going round; `None` when there are none.
pub fn step(active: Option<usize>, down: bool, len: usize) -> Option<usize> {
    match (active, down) {
        (_, _) if len == 0 => None,
        (None, true) => Some(0),
        (None, false) => Some(len - 1),
        (Some(at), true) => Some((at + 1) % len),
        (Some(at), false) => Some((at + len - 1) % len),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(open: Option<Dimension>, text: &str) -> Vec<String> {
        let filters = Filters::open();
        let scanners = [ScannerChoice { word: "semgrep".to_owned(), name: "Semgrep".to_owned(), hint: "SAST".to_owned() }];
        let known = Known { dimensions: &Dimension::ALL, filters: &filters, scanners: &scanners };
        let text_of = |choice| match choice {
            Choice::Dimension(d) => format!("{}:", d.name()),
            Choice::Value { label, on, .. } => format!("{label}{}", if on { " on" } else { "" }),
            Choice::Search(text) => format!("?{text}"),
        };
        choices(open, text, known).into_iter().map(text_of).collect()
    }

    #[test]
    fn nothing_typed_offers_the_dimensions() {
        let all = ["Status:", "Severity:", "Report type:", "Scanner:", "Activity:"];
        assert_eq!(offered(None, " "), all);
    }

    #[test]
    fn a_text_offers_search_names_and_values() {
        assert_eq!(offered(None, "s"), offered(None, "S").iter().map(|c| c.replace("?S", "?s")).collect::<Vec<_>>());
        assert_eq!(offered(None, "crit"), ["?crit", "Critical"]);
        assert_eq!(offered(None, "semg"), ["?semg", "Semgrep"]);
    }

    #[test]
    fn inside_a_dimension_its_values_with_marks() {
        assert_eq!(offered(Some(Dimension::State), ""), ["Needs triage on", "Confirmed on", "Dismissed", "Resolved"]);
        assert_eq!(offered(Some(Dimension::Severity), "un"), ["Unknown"]);
    }

    #[test]
    fn arrows_go_round() {
        assert_eq!(step(None, true, 3), Some(0));
        assert_eq!(step(Some(2), true, 3), Some(0));
        assert_eq!(step(Some(0), false, 3), Some(2));
        assert_eq!(step(Some(0), true, 0), None);
    }
}
