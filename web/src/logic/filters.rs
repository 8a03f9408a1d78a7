//! What a list of vulnerabilities or findings is narrowed by. Must not know URLs' keys beyond their
//! names, nor how a filter is shown.

use casemate_shared::{ReportType, Severity, VulnerabilityState};

/// Whether the newest scan still reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Still detected.
    Still,
    /// No longer detected.
    NoLonger,
}

impl Activity {
    /// Both.
    pub const ALL: [Activity; 2] = [Activity::Still, Activity::NoLonger];

    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Activity::Still => "still_detected",
            Activity::NoLonger => "no_longer_detected",
        }
    }

    /// The words of the page.
    pub const fn label(self) -> &'static str {
        match self {
            Activity::Still => "Still detected",
            Activity::NoLonger => "No longer detected",
        }
    }
}

/// One thing to filter by. Values within one are joined by OR, several by AND.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// State of the vulnerability.
    State,
    /// Severity.
    Severity,
    /// Report type.
    ReportType,
    /// Scanner, by its external id.
    Scanner,
    /// Still or no longer detected; one choice only.
    Activity,
}

impl Dimension {
    /// All, in the order of the popup.
    pub const ALL: [Dimension; 5] =
        [Dimension::State, Dimension::Severity, Dimension::ReportType, Dimension::Scanner, Dimension::Activity];

    /// The key of the query, in the page's address and in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Dimension::State => "state",
            Dimension::Severity => "severity",
            Dimension::ReportType => "report_type",
            Dimension::Scanner => "scanner",
            Dimension::Activity => "activity",
        }
    }

    /// The name of the page.
    pub const fn name(self) -> &'static str {
        match self {
            Dimension::State => "Status",
            Dimension::Severity => "Severity",
            Dimension::ReportType => "Report type",
            Dimension::Scanner => "Scanner",
            Dimension::Activity => "Activity",
        }
    }
}

/// The whole filter. Empty parts narrow nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    /// States.
    pub states: Vec<VulnerabilityState>,
    /// Severities.
    pub severities: Vec<Severity>,
    /// Report types.
    pub report_types: Vec<ReportType>,
    /// External ids of scanners.
    pub scanners: Vec<String>,
    /// Still or no longer detected.
    pub activity: Option<Activity>,
    /// Free text.
    pub search: String,
}

impl Filters {
    /// What the vulnerability report begins with: open and still detected.
    pub fn open() -> Filters {
        Filters {
            states: vec![VulnerabilityState::Detected, VulnerabilityState::Confirmed],
            activity: Some(Activity::Still),
            ..Filters::default()
        }
    }

    /// Whether nothing is narrowed.
    pub fn is_empty(&self) -> bool {
        *self == Filters::default()
    }

    /// The chosen words of one dimension, in the order of the page.
    pub fn words(&self, dimension: Dimension) -> Vec<String> {
        let own = |words: Vec<&'static str>| words.into_iter().map(str::to_owned).collect();
        match dimension {
            Dimension::State => own(self.states.iter().map(|v| v.as_str()).collect()),
            Dimension::Severity => own(self.severities.iter().map(|v| v.as_str()).collect()),
            Dimension::ReportType => own(self.report_types.iter().map(|v| v.as_str()).collect()),
            Dimension::Scanner => self.scanners.clone(),
            Dimension::Activity => own(self.activity.iter().map(|v| v.as_str()).collect()),
        }
    }

    /// Sets one dimension; words nobody knows are left out, the order is the page's.
    pub fn set(&mut self, dimension: Dimension, words: &[String]) {
        let has = |word: &str| words.iter().any(|w| w == word);
        match dimension {
            Dimension::State => {
                self.states = pick(VulnerabilityState::ALL, |v| has(v.as_str()));
            }
            Dimension::Severity => self.severities = pick(Severity::CARDS, |v| has(v.as_str())),
            Dimension::ReportType => self.report_types = pick(ReportType::ALL, |v| has(v.as_str())),
            Dimension::Activity => {
                self.activity = Activity::ALL.into_iter().find(|v| has(v.as_str()));
            }
            Dimension::Scanner => {
                self.scanners = words.iter().filter(|w| !w.is_empty()).cloned().collect();
                self.scanners.sort();
                self.scanners.dedup();
            }
        }
    }

    /// The filter with one word switched on or off. Activity holds one word at most.
    pub fn toggled(&self, dimension: Dimension, word: &str) -> Filters {
        let mut words = self.words(dimension);
        let had = words.iter().any(|w| w == word);
        words.retain(|w| w != word && dimension != Dimension::Activity);
        if !had {
            words.push(word.to_owned());
        }
        let mut next = self.clone();
        next.set(dimension, &words);
        next
    }

    /// The filter without one dimension.
    pub fn without(&self, dimension: Dimension) -> Filters {
        let mut next = self.clone();
        next.set(dimension, &[]);
        next
    }

    /// The dimensions that narrow something.
    pub fn used(&self) -> Vec<Dimension> {
        Dimension::ALL.into_iter().filter(|d| !self.words(*d).is_empty()).collect()
    }
}

fn pick<T: Copy, const N: usize>(all: [T; N], keep: impl Fn(&T) -> bool) -> Vec<T> {
    all.into_iter().filter(keep).collect()
}

/// The label of a word; a scanner's word is its own label.
pub fn label(dimension: Dimension, word: &str) -> String {
    let known = match dimension {
        Dimension::State => VulnerabilityState::parse(word).map(VulnerabilityState::label),
        Dimension::Severity => Severity::parse(word).map(Severity::label),
        Dimension::ReportType => ReportType::parse(word).map(ReportType::label),
        Dimension::Scanner => None,
        Dimension::Activity => Activity::ALL.into_iter().find(|v| v.as_str() == word).map(Activity::label),
    };
    known.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toggling_twice_changes_nothing_and_keeps_the_order() {
        let filters = Filters::open();
        let high = filters.toggled(Dimension::Severity, "high");
        let both = high.toggled(Dimension::Severity, "critical");
        assert_eq!(both.severities, [Severity::Critical, Severity::High]);
        assert_eq!(both.toggled(Dimension::Severity, "critical"), high);
        assert_eq!(high.toggled(Dimension::Severity, "high"), filters);
    }

    #[test]
    fn activity_holds_one_word() {
        let other = Filters::open().toggled(Dimension::Activity, "no_longer_detected");
        assert_eq!(other.activity, Some(Activity::NoLonger));
        assert_eq!(other.toggled(Dimension::Activity, "no_longer_detected").activity, None);
    }

    #[test]
    fn unknown_words_are_left_out() {
        let mut filters = Filters::default();
        filters.set(Dimension::Severity, &["high".to_owned(), "awful".to_owned()]);
        assert_eq!(filters.severities, [Severity::High]);
        assert_eq!(filters.used(), [Dimension::Severity]);
        assert!(filters.without(Dimension::Severity).is_empty());
        assert_eq!(label(Dimension::State, "detected"), "Needs triage");
        assert_eq!(label(Dimension::Scanner, "semgrep"), "semgrep");
    }
}
