//! Our own schema of CycloneDX 1.4 to 1.6 (`schemas/cyclonedx`), compiled when first asked for. Must not know: files.

use crate::ingest::schema::part::{PartValidator, patched};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::OnceLock;

const BOM: &str = include_str!("../../../../schemas/cyclonedx/bom.json");
const VERSIONS: &str = include_str!("../../../../schemas/cyclonedx/versions.json");

/// Versions that are read.
pub const SUPPORTED: [&str; 3] = ["1.4", "1.5", "1.6"];

/// The validators of one version.
#[derive(Debug)]
pub struct Validators {
    /// The file without its three long lists.
    pub head: PartValidator,
    /// An entry of `components`.
    pub component: PartValidator,
    /// An entry of `dependencies`.
    pub dependency: PartValidator,
    /// An entry of `vulnerabilities`.
    pub vulnerability: PartValidator,
}

/// The validators of a supported version.
///
/// # Errors
/// When an embedded schema is broken; the tests of this room make sure that none is.
pub fn validators(version: &str) -> Result<&'static Validators, &'static str> {
    static COMPILED: [OnceLock<Result<Validators, String>>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    let position = SUPPORTED.iter().position(|known| *known == version).ok_or("the version is not supported")?;
    let slot = COMPILED.get(position).ok_or("the version is not supported")?;
    slot.get_or_init(|| compile(version)).as_ref().map_err(String::as_str)
}

fn compile(version: &str) -> Result<Validators, String> {
    let bom: Value = serde_json::from_str(BOM).map_err(|error| error.to_string())?;
    let mut patches: BTreeMap<String, Map<String, Value>> = serde_json::from_str(VERSIONS).map_err(|error| error.to_string())?;
    let patch = patches.remove(version).ok_or_else(|| format!("no patch for version {version}"))?;
    let schema = patched(bom, &patch);
    Ok(Validators {
        head: PartValidator::of_whole(&schema)?,
        component: PartValidator::of_definition(&schema, "component")?,
        dependency: PartValidator::of_definition(&schema, "dependency")?,
        vulnerability: PartValidator::of_definition(&schema, "vulnerability")?,
    })
}
