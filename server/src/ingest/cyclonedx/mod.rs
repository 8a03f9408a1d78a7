//! CycloneDX 1.4 to 1.6 in JSON: components with licences and paths, and `vulnerabilities[]` as dependency findings
//! (report format, section 15).
//!
//! Must not know: storage, what becomes of a finding. Start with `convert`: `bom.rs` splits and judges the file,
//! `component.rs` and `graph.rs` read the components, `vulnerability.rs` the findings.

mod bom;
mod component;
mod graph;
mod schema;
#[cfg(test)]
mod tests;
mod vulnerability;

use super::foreign::Converted;
use crate::domain::sbom::Sbom;
use crate::domain::scan::{Message, Tool};
use bom::Bom;
use component::Components;
use serde_json::Value;

/// Reads a bill of materials; `filename` is its name as uploaded, used where it names no lock file.
pub fn convert(bytes: &[u8], filename: &str) -> Converted {
    let bom = match bom::read(bytes) {
        Ok(bom) => bom,
        Err(refused) => {
            return Converted {
                version: refused.version,
                more_rejected: refused.vulnerabilities,
                errors: refused.errors,
                ..Converted::default()
            };
        }
    };
    let Bom { version, head, components, dependencies, vulnerabilities, mut warnings } = bom;
    let (mut components, told) = Components::read(components, &head, filename);
    warnings.extend(told);
    graph::link(&mut components, &dependencies, &mut warnings);
    let mut converted = Converted { version: Some(version.clone()), ..Converted::default() };
    // A file without the list says nothing about vulnerabilities, so no scanner of it can close any.
    if let Some(list) = &vulnerabilities {
        converted.tool = Some(tool(&head, list.first()));
        vulnerability::read(list, &components, &mut converted);
        if let Some(name) = head.pointer("/metadata/timestamp").and_then(Value::as_str) {
            converted.end_time = name.get(..19).map(str::to_owned).filter(|time| time.is_ascii() && time.contains('T'));
        }
    }
    converted.warnings.extend(warnings);
    let subject = head.pointer("/metadata/component/name").and_then(Value::as_str).unwrap_or_default().to_owned();
    converted.sbom = Some(Sbom { spec_version: version, subject, components: components.into_list() });
    converted
}

/// The first tool of the file, else who told the first vulnerability. The id is not that of the same tool's own
/// reports: a bill of materials proves nothing about those.
fn tool(head: &Value, first: Option<&Value>) -> Tool {
    let tools = head.pointer("/metadata/tools").unwrap_or(&Value::Null);
    let text = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let named = |value: &&Value| !text(value, "/name").is_empty();
    let list = tools.as_array().or_else(|| tools.get("components")?.as_array()).map(Vec::as_slice).unwrap_or_default();
    let found = list.iter().find(named);
    let (name, version, vendor) = match found {
        Some(tool) => {
            let vendor = ["/vendor", "/publisher", "/supplier/name", "/manufacturer/name", "/group", "/author"];
            let vendor = vendor.into_iter().map(|path| text(tool, path)).find(|vendor| !vendor.is_empty());
            (text(tool, "/name"), text(tool, "/version"), vendor.unwrap_or_default())
        }
        None => (first.map(|first| text(first, "/source/name")).unwrap_or_default(), String::new(), String::new()),
    };
    let name = if name.is_empty() { "CycloneDX".to_owned() } else { name };
    let short = |text: String| text.chars().take(200).collect::<String>();
    let slug = super::foreign::entry::slug(&name);
    Tool { external_id: format!("cyclonedx:{slug}"), name: short(name), version: short(version), vendor: short(vendor) }
}

/// An error about the schema.
fn schema_error(violation: super::schema::Violation) -> Message {
    let place = if violation.pointer.is_empty() { "/".to_owned() } else { violation.pointer };
    Message::at("Schema", place, violation.reason)
}
