//! Stored bills of materials. Must not know: tables and keys.

use super::row;
use crate::domain::sbom::{Component, License, SbomChunk, StoredSbom};

row! { LicenseRow, 1, License { name: String, url: String, kind: String } }
row! { ComponentRow, 1, Component {
    id: u64, name: String, version: String, purl: String, kind: String, package_manager: String, file: String,
    licenses: Vec<License>, relation: u8, parent: Option<u64>,
} }
row! { SbomChunkRow, 1, SbomChunk { components: Vec<Component> } }
row! { StoredSbomRow, 1, StoredSbom {
    scan_id: u64, spec_version: String, subject: String, components: u64, chunks: Vec<[u8; 16]>,
} }
