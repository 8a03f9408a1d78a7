//! Puts a schema together: the common part and the type's part, each walked down from the newest
//! version, then laid over each other. `schemas/README.md` describes the files.
//!
//! It must not know reports, and not what a schema means.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::SchemaError;
use super::kind::Kind;
use super::version::{Known, Support, Version};

const COMMON: &str = include_str!("../../../../schemas/report/common.json");
const VERSIONS: &str = include_str!("../../../../schemas/report/versions.json");

/// The embedded files, read.
#[derive(Debug)]
pub(super) struct Sources {
    common: Value,
    types: BTreeMap<Kind, Value>,
    /// Newest first.
    steps: Vec<Step>,
    /// The versions of the steps, oldest first.
    versions: Vec<Known>,
}

/// One entry of `versions.json`: how this version differs from the next newer one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    version: Version,
    support: Support,
    /// For whoever reads the file.
    #[serde(default, rename = "note")]
    _note: String,
    #[serde(default)]
    common: Map<String, Value>,
    #[serde(default)]
    types: BTreeMap<Kind, Map<String, Value>>,
}

impl Sources {
    /// Reads all files, and orders the versions by their numbers.
    pub(super) fn read() -> Result<Sources, SchemaError> {
        let mut types = BTreeMap::new();
        for kind in Kind::ALL {
            types.insert(kind, parsed(kind.as_str(), kind.text())?);
        }
        let mut steps: Vec<Step> = parsed("versions", VERSIONS)?;
        steps.sort_by_key(|step| std::cmp::Reverse(step.version));
        let known = |step: &Step| Known { version: step.version, support: step.support };
        Ok(Sources { common: parsed("common", COMMON)?, types, versions: steps.iter().rev().map(known).collect(), steps })
    }

    /// A hash over the texts and the version of the program.
    pub(super) fn name(&self) -> u64 {
        let mut hash = Sha256::new();
        let texts = [env!("CARGO_PKG_VERSION"), COMMON, VERSIONS].into_iter().chain(Kind::ALL.map(Kind::text));
        for text in texts {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().iter().take(8).fold(0, |name, byte| name << 8 | u64::from(*byte))
    }

    /// Every known version, oldest first.
    pub(super) fn versions(&self) -> &[Known] {
        &self.versions
    }

    /// The whole schema of one kind at one version.
    pub(super) fn composed(&self, kind: Kind, version: Version) -> Value {
        let mut schema = self.common.clone();
        let mut own = self.types.get(&kind).cloned().unwrap_or_default();
        for step in self.steps.iter().take_while(|step| step.version >= version) {
            merge_members(&mut schema, &step.common);
            if let Some(patch) = step.types.get(&kind) {
                merge_members(&mut own, patch);
            }
        }
        merge(&mut schema, &own);
        schema
    }
}

fn parsed<T: serde::de::DeserializeOwned>(file: &'static str, text: &str) -> Result<T, SchemaError> {
    serde_json::from_str(text).map_err(|source| SchemaError::Syntax { file, source })
}

/// RFC 7396: objects are merged member by member, `null` takes a member away, and anything else
/// takes the place of what was there.
fn merge(target: &mut Value, patch: &Value) {
    match patch {
        Value::Object(members) => merge_members(target, members),
        other => *target = other.clone(),
    }
}

pub(super) fn merge_members(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(members) = target.as_object_mut() else {
        return;
    };
    for (name, change) in patch {
        if change.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_patch_adds_replaces_and_removes() {
        let mut target = json!({"a": {"b": 1, "c": [1, 2]}, "d": 4});
        let patch = json!({"a": {"b": null, "c": [3], "e": {"f": null, "g": 7}}, "d": {"h": 8}});
        merge(&mut target, &patch);
        assert_eq!(target, json!({"a": {"c": [3], "e": {"g": 7}}, "d": {"h": 8}}));
    }
}
