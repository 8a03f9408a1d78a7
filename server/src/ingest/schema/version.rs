//! Versions of the report format, and the rule that picks one (ingestion design, section 1.3).
//!
//! It must not know what a version changed.

use std::fmt;

use casemate_shared::ReportType;
use serde::Deserialize;
use serde::de::Error as _;

/// A version as the report format writes it: three numbers. Ordered by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
    pub(super) patch: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Version, D::Error> {
        let text = String::deserialize(from)?;
        let numbers: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[major, minor, patch]) => Ok(Version { major, minor, patch }),
            _ => Err(D::Error::custom("a version is three numbers")),
        }
    }
}

/// What Casemate promises for a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Support {
    /// Read.
    Supported,
    /// Read with a warning.
    Deprecated,
}

/// A version that has a schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) version: Version,
    pub(super) support: Support,
}

/// Which version a report is checked against, and what the user is told about it.
#[derive(Debug)]
pub(super) struct Ruling {
    pub(super) against: Version,
    pub(super) refusal: Option<String>,
    pub(super) warning: Option<String>,
}

/// The rule. `table` is ordered, oldest first. None if no version at all is supported.
pub(super) fn rule(table: &[Known], report_type: ReportType, declared: Option<&str>) -> Option<Ruling> {
    let supported: Vec<Version> =
        table.iter().filter(|known| known.support == Support::Supported).map(|known| known.version).collect();
    let earliest = *supported.first()?;
    let wording = Wording { format: report_type.as_str(), supported: &supported, earliest };
    let Some(declared) = declared else {
        return Some(refused(earliest, wording.missing()));
    };
    if let Some(known) = table.iter().find(|k| k.version.to_string() == declared) {
        return Some(accepted(
            known.version,
            match known.support {
                Support::Supported => None,
                Support::Deprecated => Some(wording.deprecated(known.version)),
            },
        ));
    }
    let highest = major_and_minor(declared).and_then(|(major, minor)| {
        let same = |version: &&Version| version.major == major && version.minor == minor;
        supported.iter().rev().find(same).copied()
    });
    Some(match highest {
        Some(highest) => accepted(highest, Some(wording.unknown_patch(declared, highest))),
        None => refused(earliest, wording.unsupported(declared)),
    })
}

fn accepted(against: Version, warning: Option<String>) -> Ruling {
    Ruling { against, refusal: None, warning }
}

fn refused(against: Version, refusal: String) -> Ruling {
    Ruling { against, refusal: Some(refusal), warning: None }
}

/// The first two of exactly three numbers. The patch may be of any length.
fn major_and_minor(declared: &str) -> Option<(u32, u32)> {
    let mut parts = declared.split('.');
    let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || ![major, minor, patch].into_iter().all(digits) {
        return None;
    }
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The messages, for one report type.
struct Wording<'a> {
    format: &'static str,
    supported: &'a [Version],
    earliest: Version,
}

impl Wording<'_> {
    fn deprecated(&self, version: Version) -> String {
        format!(
            "Version {version} of the {} report format is deprecated. The report is still read. \
             Please move its scanner to one of these versions: {}.",
            self.format,
            self.list()
        )
    }

    fn unknown_patch(&self, declared: &str, highest: Version) -> String {
        format!(
            "Version {} of the {} report format is not known here, but {}.{} is supported. \
             The report is checked against version {highest}.",
            shown(declared),
            self.format,
            highest.major,
            highest.minor
        )
    }

    fn unsupported(&self, declared: &str) -> String {
        format!("Version {} of the {} report format is not supported. {}", shown(declared), self.format, self.tail())
    }

    fn missing(&self) -> String {
        format!("The report does not say which version of the {} report format it has. {}", self.format, self.tail())
    }

    fn tail(&self) -> String {
        format!(
            "Supported versions are {}. To show all errors the report is checked against version \
             {}, the earliest of them, but it is not ingested.",
            self.list(),
            self.earliest
        )
    }

    fn list(&self) -> String {
        let names: Vec<String> = self.supported.iter().map(Version::to_string).collect();
        names.join(", ")
    }
}

/// The declared version for a message: as it is if it looks like one, else quoted and cut.
fn shown(declared: &str) -> String {
    if declared.len() <= 40 && major_and_minor(declared).is_some() {
        return declared.to_owned();
    }
    super::reason::quoted(declared)
}
