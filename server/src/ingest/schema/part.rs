//! Validators for the parts of a large file: each part is judged for itself, with its place in the whole.
//!
//! Must not know: which format it is, or where schemas come from.

use super::Violation;
use super::validator::{compiled, violations};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// Checks one kind of part.
#[derive(Debug)]
pub struct PartValidator(Validator);

impl PartValidator {
    /// The schema itself.
    ///
    /// # Errors
    /// The validator's message.
    pub fn of_whole(schema: &Value) -> Result<PartValidator, String> {
        Ok(PartValidator(compiled(schema)?))
    }

    /// A definition of the schema.
    ///
    /// # Errors
    /// The validator's message.
    pub fn of_definition(schema: &Value, name: &str) -> Result<PartValidator, String> {
        let definitions = schema.get("definitions").cloned().unwrap_or_default();
        let part = json!({"allOf": [{"$ref": format!("#/definitions/{name}")}], "definitions": definitions});
        Ok(PartValidator(compiled(&part)?))
    }

    /// What is wrong with a part that stands at `place`: at most `most` violations.
    pub fn violations(&self, place: &str, part: &Value, most: usize) -> Vec<Violation> {
        if self.0.is_valid(part) { Vec::new() } else { violations(&self.0, part, place, most) }
    }
}

/// Lays a merge patch over a schema.
pub fn patched(mut schema: Value, patch: &Map<String, Value>) -> Value {
    super::compose::merge_members(&mut schema, patch);
    schema
}
