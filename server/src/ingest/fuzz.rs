//! Hostile files for the fuzzer: whatever is in them, the answer adds up.
//!
//! Must not know: which fuzzer, storage.

use super::examine::{self, Context};
use super::schema::Schemas;
use super::spool::{Spool, SpoolError, UploadLimits, json_depth_exceeded};
use super::{cyclonedx, foreign, sarif};
use casemate_shared::ReportType;
use std::sync::OnceLock;

const LIMITS: UploadLimits =
    UploadLimits { file_bytes: 4 << 20, ratio: 100, ratio_free_bytes: 64 << 10, request_bytes: 8 << 20, json_depth: 64 };

/// Examines a report as the worker does.
///
/// # Panics
/// When its numbers do not add up or it points outside of the report.
pub fn report(kind: u8, has_image: bool, bytes: &[u8]) {
    let Some(schemas) = schemas() else { return };
    if json_depth_exceeded(bytes, LIMITS.json_depth).is_some() {
        return;
    }
    let report_type = ReportType::ALL[usize::from(kind) % ReportType::ALL.len()];
    let images = |_: &str| has_image;
    let context = Context { report_type, project_id: 42, has_image: &images, schemas };
    let mut examined = examine::examine(bytes, &context);
    assert!(examined.errors.len() <= examine::MOST_ERRORS + 2, "errors are told up to a limit");
    let kept = examined.candidates.len() as u64;
    match examined.errors.is_empty() {
        true => assert_eq!(examined.declared, kept + examined.rejected, "each entry is kept or rejected"),
        false => assert_eq!((kept, examined.rejected), (0, examined.declared), "nothing of a refused report is kept"),
    }
    examine::name_bodies(bytes, report_type, &mut examined);
    for candidate in &examined.candidates {
        assert!(bytes.get(candidate.text.clone()).is_some_and(|text| text.first() == Some(&b'{')), "an entry is an object");
    }
}

/// Reads every scan of a SARIF file as the worker does.
///
/// # Panics
/// When the numbers of one do not add up.
pub fn sarif(bytes: &[u8]) {
    if json_depth_exceeded(bytes, LIMITS.json_depth).is_some() {
        return;
    }
    let mut sections = sarif::sections(bytes);
    assert!(sections.len() <= 60, "20 runs of three types");
    sections.truncate(3);
    let told = sections.into_iter().map(|section| (section.run, section.report_type));
    for (run, report_type) in told.chain([(0, ReportType::Sast)]) {
        judged(report_type, sarif::convert(bytes, run, report_type));
    }
}

/// Reads a bill of materials as the worker does.
///
/// # Panics
/// When its numbers do not add up, or its components are not in order.
pub fn cyclonedx(bytes: &[u8]) {
    if json_depth_exceeded(bytes, LIMITS.json_depth).is_some() {
        return;
    }
    let converted = cyclonedx::convert(bytes, "bom.json");
    if let Some(sbom) = &converted.sbom {
        assert!(sbom.components.is_sorted_by_key(|component| component.id), "in order of their ids");
        let has_parent = |id: u64| sbom.components.binary_search_by_key(&id, |component| component.id).is_ok();
        assert!(sbom.components.iter().filter_map(|component| component.parent).all(has_parent), "every parent is listed");
    }
    judged(ReportType::DependencyScanning, converted);
}

fn judged(report_type: ReportType, converted: foreign::Converted) {
    let Some(schemas) = schemas() else { return };
    let context = Context { report_type, project_id: 42, has_image: &|_| false, schemas };
    let examined = foreign::judge(converted, &context).examined;
    let kept = examined.candidates.len() as u64;
    match examined.errors.is_empty() {
        true => assert_eq!(examined.declared, kept + examined.rejected, "each entry is kept or rejected"),
        false => assert_eq!(examined.rejected, examined.declared, "nothing of a refused file is kept"),
    }
}

fn schemas() -> Option<&'static Schemas> {
    static SCHEMAS: OnceLock<Option<Schemas>> = OnceLock::new();
    SCHEMAS.get_or_init(|| Schemas::new().ok()).as_ref()
}

/// Unpacks a file as the worker does.
///
/// # Panics
/// When more comes out than the limits let through.
pub fn gzip(bytes: &[u8]) {
    static SPOOL: OnceLock<Option<(tempfile::TempDir, Spool)>> = OnceLock::new();
    let make = || {
        let dir = tempfile::tempdir().ok()?;
        let spool = Spool::new(dir.path(), LIMITS).ok()?;
        Some((dir, spool))
    };
    let Some((_, spool)) = SPOOL.get_or_init(make) else { return };
    match spool.unpack_from(bytes, bytes.len() as u64) {
        Ok(file) => assert!(LIMITS.check_unpacked(bytes.len() as u64, file.size).is_ok(), "within the limits"),
        Err(SpoolError::Io { doing, path, source }) => assert_eq!(doing, "", "{}: {source}", path.display()),
        Err(_) => {}
    }
}
