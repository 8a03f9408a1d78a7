//! What a bill of materials says: components, their licences and what they are there for. Must not know: formats,
//! storage, HTTP.

use super::purl::Purl;
use sha2::{Digest, Sha256};

/// A licence of a component, as the file names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct License {
    /// SPDX id, or the free name, or an SPDX expression.
    pub name: String,
    /// Its address; empty when not told.
    pub url: String,
    /// How it was named: `id`, `name` or `expression`.
    pub kind: String,
}

/// A component that the project depends on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Component {
    /// The same for the same package in the same file, in every scan; lists are in this order.
    pub id: u64,
    /// Name with its namespace.
    pub name: String,
    /// Version; empty when not told.
    pub version: String,
    /// Package URL; empty when there is none that can be read.
    pub purl: String,
    /// `library`, `framework`, ...
    pub kind: String,
    /// Package manager in GitLab's words, or the kind of its package URL; empty when not told.
    pub package_manager: String,
    /// The lock file, or the file of the bill itself.
    pub file: String,
    /// Licences; several mean that the file lists several, not how they combine.
    pub licenses: Vec<License>,
    /// 1: the project names it itself; 2: something else needs it; 0: the file does not tell.
    pub relation: u8,
    /// The component that needs it, on a shortest path from the project.
    pub parent: Option<u64>,
}

/// The project names it itself.
pub const DIRECT: u8 = 1;
/// Another component needs it.
pub const TRANSITIVE: u8 = 2;

/// A bill of materials, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sbom {
    /// Version of the format.
    pub spec_version: String,
    /// What it describes; empty when not told.
    pub subject: String,
    /// Components, in order of their ids, each once.
    pub components: Vec<Component>,
}

/// Where the bill of a scan is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredSbom {
    /// Scan.
    pub scan_id: u64,
    /// Version of the format.
    pub spec_version: String,
    /// What it describes.
    pub subject: String,
    /// Number of components.
    pub components: u64,
    /// The chunks that hold them, in order.
    pub chunks: Vec<[u8; 16]>,
}

/// Some components that are kept together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SbomChunk {
    /// In order of their ids.
    pub components: Vec<Component>,
}

/// The id of a component.
pub fn component_id(name: &str, version: &str, purl: &str, file: &str) -> u64 {
    let mut hash = Sha256::new();
    for part in [name, version, purl, file] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut id = [0; 8];
    id.copy_from_slice(&hash.finalize()[..8]);
    u64::from_be_bytes(id)
}

/// GitLab's word for the package manager of a kind of package URL; other kinds stand for themselves.
pub fn package_manager(purl: &Purl) -> &str {
    match purl.kind.as_str() {
        "gem" => "bundler",
        "pypi" => "pip",
        "golang" => "go",
        kind => kind,
    }
}
