//! One compiled schema, in two halves: the head of a report, and one finding. So a report can be
//! checked finding by finding, with the verdict of the whole.
//!
//! It must not know versions, or where schemas come from.

use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value, json};

use super::Violation;
use super::quick::Quick;
use super::reason::reason;
use crate::domain::tape::Item;

/// The validator lists all errors of a value before it returns. A value of more JSON nodes than
/// this could list more than memory holds, and gets only its first.
const LISTED_NODES: usize = 200_000;

/// Checks reports of one type and version.
#[derive(Debug)]
pub struct ReportValidator {
    head: Validator,
    finding: Validator,
    quick: Quick,
}

impl ReportValidator {
    /// Compiles a composed schema. The error is the validator's message.
    pub(super) fn compile(schema: Value) -> Result<ReportValidator, String> {
        let definitions = schema.get("definitions").cloned().unwrap_or_default();
        let quick = Quick::compile(&definitions);
        let finding = json!({
            "allOf": [{ "$ref": "#/definitions/finding" }],
            "definitions": definitions,
        });
        let mut head = schema;
        if let Some(inner) = definitions_of(&mut head) {
            inner.insert("finding".to_owned(), Value::Bool(true));
        }
        Ok(ReportValidator { head: compiled(&head)?, finding: compiled(&finding)?, quick })
    }

    /// Checks everything but the entries of `vulnerabilities`, which are not looked at: the
    /// caller passes the report with that array emptied. If it is no array, that is a violation.
    /// At most `most` violations; only the first if the head is very large.
    pub fn head(&self, head: &Value, most: usize) -> Vec<Violation> {
        violations(&self.head, head, "", most)
    }

    /// Whether one entry of `vulnerabilities` is sure to fit. If not, the schema itself has to judge; it
    /// never refuses what is accepted here.
    pub fn surely_accepts_finding(&self, finding: Item<'_>) -> bool {
        self.quick.accepts_finding(finding)
    }

    /// Whether one entry of `vulnerabilities` fits. The fast way: it finds no places.
    pub fn accepts_finding(&self, finding: &Value) -> bool {
        self.finding.is_valid(finding)
    }

    /// What is wrong with the entry `index` of `vulnerabilities`. At most `most` violations;
    /// only the first if the finding is very large. Empty exactly if it is accepted.
    pub fn finding(&self, index: usize, finding: &Value, most: usize) -> Vec<Violation> {
        let place = format!("/vulnerabilities/{index}");
        violations(&self.finding, finding, &place, most)
    }
}

fn definitions_of(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    schema.get_mut("definitions")?.as_object_mut()
}

/// Patterns by the engine that needs linear time: texts of reports are hostile.
pub(super) fn compiled(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .build(schema)
        .map_err(|error| error.to_string())
}

pub(super) fn violations(validator: &Validator, value: &Value, place: &str, most: usize) -> Vec<Violation> {
    let violation = |error: ValidationError<'_>| Violation {
        pointer: format!("{place}{}", error.instance_path().as_str()),
        reason: reason(&error),
    };
    if fits(value, LISTED_NODES).is_some() {
        let errors = validator.iter_errors(value);
        return errors.take(most).map(violation).collect();
    }
    let first = validator.validate(value).err();
    first.into_iter().take(most).map(violation).collect()
}

/// What is left of `room` nodes after this value; None if it is larger.
fn fits(value: &Value, room: usize) -> Option<usize> {
    let room = room.checked_sub(1)?;
    match value {
        Value::Array(entries) => entries.iter().try_fold(room, |room, entry| fits(entry, room)),
        Value::Object(members) => members.values().try_fold(room, |room, inner| fits(inner, room)),
        _ => Some(room),
    }
}
