//! Splits a bill of materials and judges each part by our schema. Must not know: what the parts mean.

use super::schema::{self, SUPPORTED, Validators};
use super::schema_error;
use crate::domain::raw;
use crate::domain::scan::Message;
use crate::ingest::document::{bad_json, duplicate_warnings, nul_warning};
use crate::ingest::examine::MOST_ERRORS;
use crate::ingest::foreign::entry::cut;
use crate::ingest::foreign::members::{self, Members};
use crate::ingest::schema::part::PartValidator;
use rayon::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Bytes of a file, unpacked.
const MOST_BYTES: usize = 256 << 20;
/// Bytes of one entry or of one member of the top level: as a tree it takes several times its text.
const LONGEST_PART: usize = 16 << 20;
/// Entries of each list.
const MOST_ENTRIES: usize = 500_000;
/// Entries that are read at a time, so that only so many trees are held.
const BLOCK: usize = 2_000;
/// Members of the top level that are read as trees; others say nothing that is kept.
const HEAD: [&str; 7] = ["bomFormat", "specVersion", "serialNumber", "version", "metadata", "externalReferences", "properties"];

/// A bill of materials whose parts fit the schema.
pub struct Bom<'a> {
    /// `1.4`, `1.5` or `1.6`.
    pub version: String,
    /// The file without its lists.
    pub head: Value,
    /// Texts of the components.
    pub components: Vec<&'a RawValue>,
    /// Refs and what they depend on.
    pub dependencies: Vec<(String, Vec<String>)>,
    /// The vulnerabilities; none when the file has no such list.
    pub vulnerabilities: Option<Vec<Value>>,
    /// What is odd.
    pub warnings: Vec<Message>,
}

/// Why a file is not taken.
#[derive(Debug, Default)]
pub struct Refused {
    /// Version that it declares.
    pub version: Option<String>,
    /// How many vulnerabilities it declares.
    pub vulnerabilities: u64,
    /// The reasons.
    pub errors: Vec<Message>,
}

impl From<Message> for Refused {
    fn from(message: Message) -> Refused {
        Refused { errors: vec![message], ..Refused::default() }
    }
}

/// Reads and judges a file.
///
/// # Errors
/// Not JSON, not CycloneDX of a supported version, over a limit, or the violations of the schema.
pub fn read(bytes: &[u8]) -> Result<Bom<'_>, Refused> {
    if bytes.len() > MOST_BYTES {
        return Err(Message::new(
            "ParsingError",
            format!("the file is longer than the {MOST_BYTES} bytes that an SBOM may have"),
        )
        .into());
    }
    let members = members::read(bytes)?;
    let mut warnings = Vec::new();
    duplicate_warnings(&mut warnings, members.repeated().iter().map(|name| raw::pointer_step("", name)).collect());
    let head = head(&members, &mut warnings)?;
    let version = version(&head)?;
    let mut refused = Refused { version: Some(version.clone()), ..Refused::default() };
    let validators = schema::validators(&version)
        .map_err(|reason| Message::new("ScanIngestionError", format!("the schema can't be used: {reason}")))?;
    refused.errors.extend(validators.head.violations("", &head, MOST_ERRORS).into_iter().map(schema_error));
    let list = |name: &str| list(&members, name);
    let (components, dependencies) = (list("components")?.unwrap_or_default(), list("dependencies")?.unwrap_or_default());
    let vulnerabilities = list("vulnerabilities")?;
    refused.vulnerabilities = vulnerabilities.as_ref().map_or(0, |list| list.len() as u64);
    let mut lists = Lists { validators, refused: &mut refused, warnings: &mut warnings };
    lists.judge("components", &components, |validators| &validators.component, |_| ());
    let dependencies = lists.judge("dependencies", &dependencies, |validators| &validators.dependency, edge);
    let vulnerabilities =
        vulnerabilities.map(|list| lists.judge("vulnerabilities", &list, |validators| &validators.vulnerability, Value::clone));
    if refused.errors.is_empty() {
        return Ok(Bom { version, head, components, dependencies, vulnerabilities, warnings });
    }
    refused.errors.truncate(MOST_ERRORS);
    Err(refused)
}

fn version(head: &Value) -> Result<String, Message> {
    match head.get("specVersion") {
        _ if head.get("bomFormat").and_then(Value::as_str) != Some("CycloneDX") => {
            Err(Message::at("Schema", "/bomFormat", "bomFormat has to be CycloneDX"))
        }
        Some(Value::String(version)) if SUPPORTED.contains(&version.as_str()) => Ok(version.clone()),
        Some(Value::String(version)) => {
            let (version, supported) = (cut(version, 40).0, SUPPORTED.join(", "));
            Err(Message::at(
                "Schema",
                "/specVersion",
                format!("version {version} of CycloneDX is unsupported, supported are: {supported}"),
            ))
        }
        _ => {
            Err(Message::at("Schema", "/specVersion", format!("the version is missing, supported are: {}", SUPPORTED.join(", "))))
        }
    }
}

/// The small members as a tree; of the lists, whether they are arrays.
fn head(members: &Members<'_>, warnings: &mut Vec<Message>) -> Result<Value, Message> {
    let mut head = Map::new();
    for (name, text) in members.iter() {
        let is_list = text.get().starts_with('[');
        let value = if HEAD.contains(&name) || !is_list {
            tree(&raw::pointer_step("", name), text, warnings)?
        } else {
            Value::Array(Vec::new())
        };
        head.insert(name.to_owned(), value);
    }
    Ok(Value::Object(head))
}

fn tree(place: &str, text: &RawValue, warnings: &mut Vec<Message>) -> Result<Value, Message> {
    if text.get().len() > LONGEST_PART {
        return Err(Message::at("ParsingError", place, format!("it is longer than {LONGEST_PART} bytes")));
    }
    let tree = raw::parse(text.get()).map_err(|error| Message::at("ParsingError", place, bad_json(&error).message))?;
    if tree.has_duplicate_keys {
        duplicate_warnings(warnings, raw::duplicate_keys(text.get(), place, 5));
    }
    if tree.has_nul && warnings.len() < MOST_ERRORS {
        warnings.push(nul_warning(place));
    }
    Ok(tree.value)
}

/// The entries of a list; none when the file has no such member, empty when it is no list (the head tells).
fn list<'a>(members: &Members<'a>, name: &str) -> Result<Option<Vec<&'a RawValue>>, Message> {
    let Some(text) = members.get(name) else { return Ok(None) };
    if !text.get().starts_with('[') {
        return Ok(Some(Vec::new()));
    }
    let place = format!("/{name}");
    let entries: Vec<&RawValue> =
        serde_json::from_str(text.get()).map_err(|error| Message::at("ParsingError", place.clone(), bad_json(&error).message))?;
    if entries.len() > MOST_ENTRIES {
        let reason = format!("{} entries are more than the {MOST_ENTRIES} of one file", entries.len());
        return Err(Message::at("ParsingError", place, reason));
    }
    Ok(Some(entries))
}

fn edge(entry: &Value) -> (String, Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let targets = entry.get("dependsOn").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    (entry.get("ref").map(text).unwrap_or_default(), targets.iter().map(text).collect())
}

struct Lists<'a> {
    validators: &'a Validators,
    refused: &'a mut Refused,
    warnings: &'a mut Vec<Message>,
}

impl Lists<'_> {
    /// Judges the entries of a list and keeps of each what `keep` takes.
    fn judge<T: Send>(
        &mut self,
        name: &str,
        entries: &[&RawValue],
        validator: fn(&Validators) -> &PartValidator,
        keep: impl Fn(&Value) -> T + Sync,
    ) -> Vec<T> {
        let validator = validator(self.validators);
        let mut kept = Vec::with_capacity(entries.len());
        for (block, texts) in entries.chunks(BLOCK).enumerate() {
            let read = |(offset, text): (usize, &&RawValue)| {
                let place = format!("/{name}/{}", block * BLOCK + offset);
                let mut warnings = Vec::new();
                let value = tree(&place, text, &mut warnings).map_err(|message| vec![message])?;
                let violations = validator.violations(&place, &value, MOST_ERRORS);
                if violations.is_empty() {
                    Ok((keep(&value), warnings))
                } else {
                    Err(violations.into_iter().map(schema_error).collect())
                }
            };
            let all: Vec<Result<_, Vec<Message>>> = texts.par_iter().enumerate().map(read).collect();
            for one in all {
                match one {
                    Ok((value, warnings)) => {
                        kept.push(value);
                        self.warnings.extend(warnings.into_iter().take(MOST_ERRORS.saturating_sub(self.warnings.len())));
                    }
                    Err(errors) => self.refused.errors.extend(errors),
                }
            }
            if self.refused.errors.len() >= MOST_ERRORS {
                break;
            }
        }
        kept
    }
}
