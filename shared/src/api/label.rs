//! Labels on the wire.

use serde::{Deserialize, Serialize};

/// A label of a project or group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Id, unique in the instance.
    pub id: u64,
    /// Name, unique where the label belongs without regard to case.
    pub name: String,
    /// Colour, `#` and six hex digits.
    pub color: String,
    /// Colour in which text can be read on it.
    pub text_color: String,
    /// Text; null when there is none.
    pub description: Option<String>,
    /// Place among the labels that have one; null when it has none.
    pub priority: Option<u32>,
    /// Always 0: there are no issues.
    pub open_issues_count: u64,
    /// Always 0: there are no issues.
    pub closed_issues_count: u64,
    /// Always 0: there are no merge requests.
    pub open_merge_requests_count: u64,
    /// False for those of groups.
    pub is_project_label: bool,
    /// Always false: nobody subscribes.
    pub subscribed: bool,
}
