//! A SAST report as typed, owned values: what the generator writes and the floor reads.
//!
//! Must not know: where the values come from.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A report; `List` is what holds the findings.
#[derive(Serialize, Deserialize)]
pub struct Report<List> {
    pub version: String,
    pub vulnerabilities: List,
    pub scan: Scan,
}

#[derive(Serialize, Deserialize)]
pub struct Scan {
    pub analyzer: Tool,
    pub scanner: Tool,
    #[serde(rename = "type")]
    pub kind: String,
    pub start_time: String,
    pub end_time: String,
    pub status: String,
}

#[derive(Serialize, Deserialize)]
pub struct Tool {
    pub id: String,
    pub name: String,
    pub url: String,
    pub version: String,
    pub vendor: Vendor,
}

#[derive(Serialize, Deserialize)]
pub struct Vendor {
    pub name: String,
}

#[derive(Serialize, Deserialize)]
pub struct Finding {
    pub id: String,
    pub name: String,
    pub description: String,
    pub severity: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solution: Option<String>,
    pub location: Location,
    pub identifiers: Vec<Identifier>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    pub tracking: Tracking,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, Detail>,
}

#[derive(Serialize, Deserialize)]
pub struct Location {
    pub file: String,
    pub start_line: u64,
    pub end_line: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub struct Identifier {
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub struct Link {
    pub url: String,
}

#[derive(Serialize, Deserialize)]
pub struct Tracking {
    #[serde(rename = "type")]
    pub kind: String,
    pub items: Vec<Tracked>,
}

#[derive(Serialize, Deserialize)]
pub struct Tracked {
    pub file: String,
    pub line_start: u64,
    pub line_end: u64,
    pub signatures: Vec<Signature>,
}

#[derive(Serialize, Deserialize)]
pub struct Signature {
    pub algorithm: String,
    pub value: String,
}

/// One of the kinds of details, by `kind`; the members that it has.
#[derive(Default, Serialize, Deserialize)]
pub struct Detail {
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_start: Option<u64>,
}
