//! Shape of an error answer (API design, section 1.5).

use serde::{Deserialize, Serialize};

/// Either key may hold a text, a list or an object; clients flatten it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct ErrorBody {
    /// GitLab's usual key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<serde_json::Value>,
    /// Key for absent or ill-typed parameters, unknown routes and scopes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<serde_json::Value>,
}

impl ErrorBody {
    /// One line for a person.
    pub fn text(&self) -> String {
        match self.message.as_ref().or(self.error.as_ref()) {
            None => String::new(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }
}
