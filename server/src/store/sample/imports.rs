//! Imports of the sample: a pipeline and its jobs, what they handed in, and what became of that. Must not know: what is
//! tested with them.

use super::PROJECT;
use crate::domain::expiry::Expiry;
use crate::domain::pipeline::{Artifact, Ending, Job, Pipeline, Section};
use crate::domain::sbom::{Component, License, StoredSbom};
use crate::domain::scan::{Coverage, ListEntry, Message, RuleSet, Scan, Tally, Tool};
use crate::store::sample_forge;
use casemate_shared::{Ingestion, KeptOpen, ReportType, ScanMode, ScanStatus, Severity};

/// A component with every member told.
pub(in crate::store) fn component() -> Component {
    let license = License { name: "MIT".to_owned(), url: "https://example.com".to_owned(), kind: "id".to_owned() };
    Component {
        id: 5,
        name: "n".to_owned(),
        version: "1".to_owned(),
        purl: "pkg:npm/n@1".to_owned(),
        kind: "library".to_owned(),
        package_manager: "npm".to_owned(),
        file: "f".to_owned(),
        licenses: vec![license],
        relation: 2,
        parent: Some(7),
    }
}

pub(in crate::store) fn sbom(chunk: [u8; 16]) -> StoredSbom {
    StoredSbom { scan_id: 1, spec_version: "1.5".to_owned(), subject: "s".to_owned(), components: 1, chunks: vec![chunk] }
}

pub(in crate::store) fn pipeline(id: u64) -> Pipeline {
    let (is_queued, waits) = (id == 2, id == 3);
    Pipeline {
        id,
        iid: id,
        project_id: PROJECT,
        sha: "a".repeat(40),
        ref_name: "main".to_owned(),
        tag: false,
        status: "success".to_owned(),
        source: "external".to_owned(),
        name: Some("nightly".to_owned()),
        key: Some(format!("run-{id}")),
        user_id: 1,
        created_at: 5,
        updated_at: 6,
        parent_id: (id == 2).then_some(1),
        root_id: (id == 2).then_some(1),
        ingestion: if is_queued || waits { Ingestion::Queued } else { Ingestion::Done },
        on_default_branch: true,
        complete: !waits,
        held: waits,
        expected_jobs: vec!["sast".to_owned(), "dast".to_owned()],
        missing_jobs: vec!["dast".to_owned()],
        ending: Some(Ending::TimedOut),
        deadline: waits.then_some(9),
        finished_at: Some(7),
        deleted_at: None,
        findings: Some(1),
        scans_with_errors: 0,
        undone_at: (id == 1).then_some(9),
        commit: sample_forge::commit(),
    }
}

pub(in crate::store) fn job() -> Job {
    Job {
        id: 1,
        pipeline_id: 1,
        project_id: PROJECT,
        name: "sast".to_owned(),
        stage: "test".to_owned(),
        status: "success".to_owned(),
        allow_failure: true,
        retried: false,
        created_at: 3,
        started_at: Some(1),
        finished_at: None,
        user_id: 1,
        target_url: Some("https://ci.example/1".to_owned()),
        description: Some("d".to_owned()),
        coverage: Some(9_950),
        failure_reason: Some("script_failure".to_owned()),
        erased_at: Some(2),
        keep_artifacts: true,
    }
}

pub(in crate::store) fn artifact() -> Artifact {
    Artifact {
        id: 1,
        job_id: 1,
        pipeline_id: 1,
        project_id: PROJECT,
        file_type: "sast".to_owned(),
        sections: vec![Section { run: 0, report_type: ReportType::Sast, scanner: Some("sarif:x".to_owned()) }],
        filename: "r.json".to_owned(),
        size: 11,
        sha256: [5; 32],
        gzip: true,
        created_at: 4,
        expiry: Expiry::At(12),
        expired_at: None,
    }
}

pub(in crate::store) fn tool() -> Tool {
    Tool { external_id: "semgrep".to_owned(), name: "Semgrep".to_owned(), version: "1".to_owned(), vendor: String::new() }
}

pub(in crate::store) fn scan() -> Scan {
    Scan {
        id: 1,
        pipeline_id: 1,
        job_id: 1,
        project_id: PROJECT,
        artifact_id: 1,
        run: 0,
        report_type: ReportType::Sast,
        status: ScanStatus::Succeeded,
        latest: true,
        mode: ScanMode::Partial,
        schema_version: Some("15.0.0".to_owned()),
        scanner: Some(tool()),
        analyzer: None,
        scanner_ids: vec![1],
        report_status: Some("success".to_owned()),
        start_time: None,
        end_time: None,
        errors: vec![Message::new("Schema", "bad")],
        warnings: vec![Message::at("Parsing", "/x", "odd")],
        declared: 3,
        accepted: 1,
        duplicate: 1,
        rejected: 1,
        tally: Tally {
            new: 1,
            redetected: 0,
            no_longer_detected: 2,
            kept_open: vec![(KeptOpen::PartialScan, 3)],
            is_final: true,
        },
        accepted_chunks: Vec::new(),
        duplicate_chunks: Vec::new(),
        created_at: 5,
    }
}

pub(in crate::store) fn rules() -> RuleSet {
    RuleSet { scan_id: 1, types: vec!["cve".to_owned()], fingerprints: vec![[9; 20]] }
}

pub(in crate::store) fn coverage() -> Coverage {
    Coverage {
        project_id: PROJECT,
        report_type: ReportType::Sast,
        scanner_id: 1,
        pipeline_id: 1,
        scan_id: 1,
        status: ScanStatus::Succeeded,
        mode: ScanMode::Partial,
        candidates: 10,
        reported: 4,
        marked: 2,
        kept_open: 3,
        settled: 1,
        reason: Some(KeptOpen::PartialScan),
        cause_scan_id: Some(1),
        at: 6,
    }
}

pub(in crate::store) fn entry(number: u8) -> ListEntry {
    ListEntry { uuid: [number; 16], body_id: u64::from(number), severity: Severity::High, taken_over_by: None }
}
