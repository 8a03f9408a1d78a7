//! What happened to a vulnerability and what is true of it now, out of the decisions that the server tells.
//! Must not know views.

use casemate_shared::api::vulnerability::{Reason, Vulnerability};

/// Kind of an event; decides the picture beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A scan reported it.
    Detected,
    /// It was recognised, or told apart from another one.
    Matched,
    /// Its state changed.
    Changed,
    /// A scan no longer reported it.
    Gone,
    /// It is not reported and stays open.
    KeptOpen,
    /// Something was taken back.
    Undone,
    /// Anything else.
    Other,
}

/// One event, or one thing that is true now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Kind.
    pub kind: Kind,
    /// The decision in a word or two.
    pub name: &'static str,
    /// The rest of the sentence, with its colon or blank.
    pub text: String,
    /// In which pipeline.
    pub pipeline: Option<u64>,
    /// When, if known.
    pub at: Option<String>,
}

/// What happened to it, oldest first.
pub fn events(vulnerability: &Vulnerability) -> Vec<Event> {
    vulnerability.reasons.iter().filter(|reason| !is_present(reason)).map(event).collect()
}

/// What is true of it now: whether it is still reported, and if not, why it stays open.
pub fn present(vulnerability: &Vulnerability) -> Vec<Event> {
    vulnerability.reasons.iter().filter(|reason| is_present(reason)).map(event).collect()
}

fn is_present(reason: &Reason) -> bool {
    matches!(reason.decision.as_str(), "still_detected" | "kept_open")
}

fn event(reason: &Reason) -> Event {
    let (kind, name) = match reason.decision.as_str() {
        "new" => (Kind::Detected, "New"),
        "matched" => (Kind::Matched, "Matched"),
        "kept_apart" => (Kind::Matched, "Kept apart"),
        "recorded" => (Kind::Changed, "Recorded"),
        "state_changed" => (Kind::Changed, "Status changed"),
        "no_longer_detected" => (Kind::Gone, "No longer detected"),
        "detected_again" => (Kind::Detected, "Detected again"),
        "reported_by_older" => (Kind::Detected, "Reported by an older pipeline"),
        "still_detected" => (Kind::Detected, "Still detected"),
        "kept_open" => (Kind::KeptOpen, "Kept open"),
        "import_undone" => (Kind::Undone, "Import undone"),
        _ => (Kind::Other, "Decided"),
    };
    // The sentence often begins with the decision itself; it is said once.
    let text = match reason.text.strip_prefix(name) {
        Some(rest) => rest.to_owned(),
        None => format!(": {}", reason.text),
    };
    Event { kind, name, text, pipeline: reason.pipeline_id, at: reason.at.clone() }
}

/// The first eight characters of a commit.
pub fn short(sha: &str) -> &str {
    sha.get(..8).unwrap_or(sha)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    fn vulnerability(reasons: &[(&str, &str)]) -> Vulnerability {
        let mut value: serde_json::Value = serde_json::from_str(include_str!("vulnerability_sample.json")).unwrap();
        let reason = |(decision, text): &(&str, &str)| json!({"decision": decision, "text": text, "pipeline_id": 7, "at": null});
        value["reasons"] = reasons.iter().map(reason).collect();
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_happened_is_told_apart_from_what_is_true_now() {
        let told = vulnerability(&[
            ("new", "New in pipeline #7: no finding with CWE-89."),
            ("state_changed", "Dana changed it from Needs triage to Confirmed."),
            ("import_undone", "What the import of pipeline #7 did was taken back."),
            ("kept_open", "Kept open: the newest scan does not report it, but it was partial."),
        ]);
        let names = |events: Vec<Event>| events.into_iter().map(|event| event.name).collect::<Vec<_>>();
        assert_eq!(names(events(&told)), ["New", "Status changed", "Import undone"]);
        assert_eq!(names(present(&told)), ["Kept open"]);
    }

    #[test]
    fn the_decision_is_said_once() {
        let told =
            vulnerability(&[("new", "New in pipeline #7."), ("kept_apart", "Two findings claim one."), ("odd", "Something.")]);
        let texts: Vec<_> = events(&told).into_iter().map(|event| format!("{}{}", event.name, event.text)).collect();
        assert_eq!(texts, ["New in pipeline #7.", "Kept apart: Two findings claim one.", "Decided: Something."]);
    }
}
