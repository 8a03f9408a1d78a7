//! Dependencies of a project, `GET P/dependencies` in GitLab's shape (API design, section 2.7), and per pipeline [E].

use crate::Severity;
use serde::{Deserialize, Serialize};

/// A component that the project depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// Name with its namespace.
    pub name: String,
    /// Version; empty when not told.
    pub version: String,
    /// Package manager, or the kind of its package URL; empty when not told.
    pub package_manager: String,
    /// The lock file, or the file that lists it.
    pub dependency_file_path: String,
    /// Open vulnerabilities of the default branch with this package in this file.
    pub vulnerabilities: Vec<DependencyVulnerability>,
    /// Licences.
    pub licenses: Vec<DependencyLicense>,
    /// Package URL, if it has one [E].
    pub purl: Option<String>,
    /// `direct` or `transitive`; null when the file does not tell [E].
    pub relationship: Option<String>,
    /// A shortest path from the project to it, itself last [E].
    pub dependency_path: Vec<PathStep>,
}

/// A licence of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyLicense {
    /// SPDX id, free name or SPDX expression.
    pub name: String,
    /// Its address, if told.
    pub url: Option<String>,
}

/// An open vulnerability of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyVulnerability {
    /// Title.
    pub name: String,
    /// Severity.
    pub severity: Severity,
    /// Id of the vulnerability.
    pub id: u64,
    /// Its page.
    pub url: String,
}

/// A component on the way to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// Name with its namespace.
    pub name: String,
    /// Version; empty when not told.
    pub version: String,
}
