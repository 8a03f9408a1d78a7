//! Labels on the wire. Must not know: who may change them.

use crate::domain::label::{Label, text_color};
use crate::domain::member::Source;
use casemate_shared::api::label as wire;

/// A label.
pub fn label(label: &Label) -> wire::Label {
    wire::Label {
        id: label.id,
        name: label.name.clone(),
        color: label.color.clone(),
        text_color: text_color(&label.color).to_owned(),
        description: Some(label.description.clone()).filter(|text| !text.is_empty()),
        priority: label.priority,
        open_issues_count: 0,
        closed_issues_count: 0,
        open_merge_requests_count: 0,
        is_project_label: matches!(label.source, Source::Project(_)),
        subscribed: false,
    }
}
