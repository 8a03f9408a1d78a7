//! What happened to a vulnerability, oldest first, out of its own fields. Must not know views.

use casemate_shared::api::vulnerability::Vulnerability;

/// Kind of an event; decides the picture beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A scan reported it.
    Detected,
    /// Somebody confirmed it.
    Confirmed,
    /// Somebody dismissed it.
    Dismissed,
    /// Somebody resolved it.
    Resolved,
    /// A scan no longer reported it.
    Gone,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Kind.
    pub kind: Kind,
    /// What happened.
    pub text: String,
    /// In which pipeline.
    pub pipeline: Option<u64>,
    /// When, if known.
    pub at: Option<String>,
}

/// The events of a vulnerability.
pub fn events(vulnerability: &Vulnerability) -> Vec<Event> {
    let v = vulnerability;
    let mut events = vec![Event {
        kind: Kind::Detected,
        text: format!("Detected by {}", v.scanner.name),
        pipeline: Some(v.initial_pipeline_id),
        at: Some(v.detected_at.clone()),
    }];
    let dismissed = match v.dismissal_reason {
        Some(reason) => format!("Dismissed as {}", reason.label().to_lowercase()),
        None => "Dismissed".to_owned(),
    };
    let decisions = [
        (Kind::Confirmed, "Confirmed".to_owned(), &v.confirmed_at),
        (Kind::Dismissed, dismissed, &v.dismissed_at),
        (Kind::Resolved, "Resolved".to_owned(), &v.resolved_at),
    ];
    for (kind, text, at) in decisions {
        if let Some(at) = at {
            events.push(Event { kind, text, pipeline: None, at: Some(at.clone()) });
        }
    }
    events.sort_by(|a, b| a.at.cmp(&b.at));
    events.push(last_seen(v));
    events
}

fn last_seen(v: &Vulnerability) -> Event {
    if !v.resolved_on_default_branch {
        return Event {
            kind: Kind::Detected,
            text: format!("Last reported at commit {}", short(&v.latest_commit_sha)),
            pipeline: Some(v.latest_pipeline_id),
            at: None,
        };
    }
    let text = match &v.resolved_in_commit_sha {
        Some(sha) => format!("No longer detected as of commit {}", short(sha)),
        None => "No longer detected".to_owned(),
    };
    Event { kind: Kind::Gone, text, pipeline: None, at: None }
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

    fn vulnerability(changes: serde_json::Value) -> Vulnerability {
        let mut value: serde_json::Value = serde_json::from_str(include_str!("vulnerability_sample.json")).unwrap();
        for (key, change) in changes.as_object().unwrap() {
            value[key] = change.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    fn texts(changes: serde_json::Value) -> Vec<String> {
        events(&vulnerability(changes)).into_iter().map(|event| event.text).collect()
    }

    #[test]
    fn detection_first_and_last_sight_last() {
        assert_eq!(texts(json!({})), ["Detected by Semgrep", "Last reported at commit 4f2c9be0"]);
    }

    #[test]
    fn decisions_and_disappearance() {
        assert_eq!(
            texts(json!({
                "dismissed_at": "2026-11-21T00:00:00.000Z", "dismissal_reason": "used_in_tests",
                "confirmed_at": "2026-11-20T23:00:00.000Z",
                "resolved_on_default_branch": true, "resolved_in_commit_sha": "abcdef0123"
            })),
            ["Detected by Semgrep", "Confirmed", "Dismissed as used in tests", "No longer detected as of commit abcdef01"]
        );
    }
}
