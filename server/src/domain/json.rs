//! Looking into a JSON text that has been read, whatever holds it: so that the rules of what a finding says
//! and who it is are written once, for the tree of one finding and for the flat list of many.
//!
//! Must not know: findings, schemas, storage.

use serde_json::Value;

/// A value of a JSON text. Everything of the wrong form reads as absent.
pub trait Json<'a>: Copy {
    /// The member of an object; of equal ones the last.
    fn get(self, member: &str) -> Option<Self>;

    /// A text.
    fn as_text(self) -> Option<&'a str>;

    /// A number, as it is written.
    fn as_number(self) -> Option<String>;

    /// Whether it is an object.
    fn is_object(self) -> bool;

    /// Whether it is an array.
    fn is_array(self) -> bool;

    /// The entries of an array; none of anything else.
    fn entries(self) -> impl Iterator<Item = Self>;

    /// A text member; empty when absent.
    fn text(self, member: &str) -> &'a str {
        self.get(member).and_then(Self::as_text).unwrap_or_default()
    }
}

impl<'a> Json<'a> for &'a Value {
    fn get(self, member: &str) -> Option<&'a Value> {
        self.as_object()?.get(member)
    }

    fn as_text(self) -> Option<&'a str> {
        self.as_str()
    }

    fn as_number(self) -> Option<String> {
        match self {
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn is_object(self) -> bool {
        Value::is_object(self)
    }

    fn is_array(self) -> bool {
        Value::is_array(self)
    }

    fn entries(self) -> impl Iterator<Item = &'a Value> {
        self.as_array().map(Vec::as_slice).unwrap_or_default().iter()
    }
}
