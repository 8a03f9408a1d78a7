//! A small database with an entry in every table, all in agreement, for the tests of this room.
//! Must not know: what is tested with it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::bodies::NewBody;
use super::catalog::RETENTION_SWEEPS;
use super::findings::{Change, Pair, known};
use super::last_reports::{self, LastReport};
use super::meta::{Sequence, take_id, take_ids};
pub(super) use super::sample_places::{audit_event, member, namespace, project, second_factor, session, token, user};
use super::texts::KnownTexts;
use super::undo::{MarkBefore, PromotionBefore, UndoEntry};
use super::{
    Store, StoreError, WriteTx, accounts, bodies, coverage, findings, members, pack, pipelines, places, projects, purge, records,
    sample_forge, sboms, scans, settings, transitions, undo, unlisted,
};
use crate::domain::expiry::Expiry;
use crate::domain::finding::{
    Decided, EventKind, Identifier, MatchEvidence, Matched, Remediation, Vulnerability, VulnerabilityEvent, VulnerabilityFinding,
};
use crate::domain::member::Source;
use crate::domain::pipeline::{Artifact, Ending, Job, Pipeline, Section};
use crate::domain::project::{Namespace, Project};
use crate::domain::retention::RetentionRun;
use crate::domain::sbom::{Component, License, StoredSbom};
use crate::domain::scan::{Coverage, FullScan, ListEntry, Message, Promotion, RuleSet, Scan, Tally, Tool};
use crate::domain::settings::SecuritySettings;
use crate::domain::tape::Tape;
use crate::domain::triage::StateTransition;
use crate::domain::undo::{Kept, Undo};
use casemate_shared::{
    DismissalReason, Ingestion, KeptImported, KeptOpen, ReportType, ScanMode, ScanStatus, Severity, UndoStatus,
    VulnerabilityState,
};
use std::collections::BTreeMap;

/// The project of the sample.
pub(super) const PROJECT: u64 = 1;

/// The sample: two groups, a project, pipelines that are done, queued and waiting, a scan of two findings,
/// one of them a vulnerability.
pub(super) fn store() -> Store {
    let store = Store::in_memory().unwrap();
    store.write(fill).unwrap();
    store
}

fn fill(wtx: &mut WriteTx) -> Result<(), StoreError> {
    places(wtx)?;
    sample_forge::fill(wtx)?;
    let tool = tool();
    records::upsert_scanner(wtx, PROJECT, &tool, true)?;
    records::upsert_remediation(wtx, PROJECT, &remediation())?;
    records::upsert_identifiers(wtx, PROJECT, &BTreeMap::from([([9; 20], identifier())]))?;
    let described = format!("{{\"description\":\"{}\"}}", "d".repeat(60));
    let packed = format!("{{\"b\":\"{}\"}}", "p".repeat(90));
    let sample = pack::put_sample(wtx, (PROJECT, 1, ReportType::Sast), packed.clone().into_bytes())?;
    let new = [body(1, described.as_bytes()), body(2, packed.as_bytes())];
    let mut encoded = [bodies::encode(PROJECT, &new, &|_| Some(&sample[..]))?];
    bodies::put_encoded(wtx, PROJECT, &mut encoded, &mut KnownTexts::default())?;
    take_ids(wtx, Sequence::PipelineOf(PROJECT), 3)?;
    for id in [1, 2, 3] {
        take_id(wtx, Sequence::Pipeline)?;
        pipelines::put_pipeline(wtx, &pipeline(id))?;
    }
    pipelines::enqueue(wtx, 2)?;
    take_id(wtx, Sequence::Job)?;
    pipelines::put_job(wtx, &job())?;
    take_id(wtx, Sequence::Artifact)?;
    pipelines::put_artifact(wtx, &artifact())?;
    let accepted = scans::chunk_list(vec![entry(1)]);
    let repeated = scans::chunk_list(vec![entry(2)]);
    scans::put_chunks(wtx, &accepted.chunks)?;
    unlisted::put_ahead(wtx, PROJECT, &repeated.chunks)?;
    let chunks = sboms::cut(vec![component()])?;
    sboms::put_chunks(wtx, PROJECT, &chunks)?;
    sboms::put(wtx, PROJECT, 1, &sbom(chunks[0].hash))?;
    take_id(wtx, Sequence::Scan)?;
    scans::put_scan(wtx, &Scan { accepted_chunks: accepted.hashes.clone(), duplicate_chunks: repeated.hashes, ..scan() })?;
    let last_full = Some(FullScan { pipeline_id: 1, chunks: accepted.hashes.clone() });
    let promotion = Promotion { pipeline_id: 1, pipeline_created_at: 5, chunks: accepted.hashes, full: false, last_full };
    scans::put_promotion(wtx, PROJECT, ReportType::Sast, 1, &promotion)?;
    fill_undo(wtx, promotion)?;
    coverage::put_coverage(wtx, &coverage())?;
    let last = LastReport { sha256: [5; 32], scan_id: 1, matching: 1, rules: 1 };
    last_reports::put(wtx, PROJECT, ReportType::Sast, true, &last)?;
    let event = event();
    findings::put(wtx, PROJECT, vec![Change { old: None, new: pair(1), event: Some(event) }])?;
    undo::put_entries(wtx, 1, &[(1, undo_entry())])?;
    places::begin(wtx, PROJECT, 2)?;
    transitions::append(wtx, transition())?;
    scans::put_rules(wtx, &rules())?;
    assert!(known(wtx, PROJECT, &[[1; 16]])?[0].is_some());
    purge::put_run(wtx, &RetentionRun { started_at: 8, database_used_bytes: Some(9), ..RetentionRun::default() })?;
    wtx.put(RETENTION_SWEEPS, PROJECT.to_be_bytes().to_vec(), &[])
}

fn places(wtx: &mut WriteTx) -> Result<(), StoreError> {
    take_id(wtx, Sequence::User)?;
    accounts::put_user(wtx, &user())?;
    take_id(wtx, Sequence::Token)?;
    accounts::put_token(wtx, &[3; 32], &token())?;
    take_id(wtx, Sequence::Session)?;
    accounts::put_session(wtx, &[4; 32], &session())?;
    accounts::put_second_factor(wtx, &second_factor())?;
    take_ids(wtx, Sequence::Namespace, 2)?;
    let parent = namespace();
    let child = Namespace { id: 2, parent_id: Some(1), path: "web".to_owned(), full_path: "Acme/web".to_owned(), ..namespace() };
    projects::put_namespace(wtx, &parent)?;
    projects::put_namespace(wtx, &child)?;
    take_id(wtx, Sequence::Project)?;
    projects::put_project(wtx, &Project { full_path: "Acme/web/before".to_owned(), ..project() })?;
    projects::put_project(wtx, &project())?;
    members::put_member(wtx, &member(Source::Group(1)))?;
    members::put_member(wtx, &member(Source::Project(PROJECT)))?;
    super::audit::append(wtx, audit_event())?;
    settings::put_of_instance(wtx, &BTreeMap::from([("listen", "127.0.0.1:1".to_owned())]))?;
    settings::put(wtx, &security_settings())
}

pub(super) fn security_settings() -> SecuritySettings {
    SecuritySettings {
        project_id: PROJECT,
        findings_days: Some(30),
        artifacts_days: None,
        created_at: 1,
        updated_at: 2,
        updated_by: 1,
    }
}

/// A component with every member told.
pub(super) fn component() -> Component {
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

pub(super) fn sbom(chunk: [u8; 16]) -> StoredSbom {
    StoredSbom { scan_id: 1, spec_version: "1.5".to_owned(), subject: "s".to_owned(), components: 1, chunks: vec![chunk] }
}

pub(super) fn pipeline(id: u64) -> Pipeline {
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

pub(super) fn job() -> Job {
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

pub(super) fn artifact() -> Artifact {
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

pub(super) fn tool() -> Tool {
    Tool { external_id: "semgrep".to_owned(), name: "Semgrep".to_owned(), version: "1".to_owned(), vendor: String::new() }
}

pub(super) fn scan() -> Scan {
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

pub(super) fn event() -> VulnerabilityEvent {
    let matched = Matched {
        evidence: MatchEvidence::Signature(3),
        computed_uuid: [7; 16],
        stored_uuid: [8; 16],
        identifier: "cve:CVE-1".to_owned(),
        is_apart: true,
        inherited: Some(VulnerabilityState::Dismissed),
    };
    VulnerabilityEvent { matched: Some(matched), ..VulnerabilityEvent::new(EventKind::Detected, 1, 1, 7) }
}

pub(super) fn rules() -> RuleSet {
    RuleSet { scan_id: 1, types: vec!["cve".to_owned()], fingerprints: vec![[9; 20]] }
}

pub(super) fn transition() -> StateTransition {
    StateTransition {
        id: 0,
        vulnerability_id: 1,
        from_state: VulnerabilityState::Detected,
        to_state: VulnerabilityState::Dismissed,
        author_id: Some(1),
        comment: Some("c".to_owned()),
        dismissal_reason: Some(DismissalReason::NotApplicable),
        pipeline_id: Some(1),
        created_at: 8,
    }
}

fn fill_undo(wtx: &mut WriteTx, before: Promotion) -> Result<(), StoreError> {
    undo::put_promoted(wtx, PROJECT, 1)?;
    undo::put_undo(wtx, &undo())?;
    undo::put_promotion_before(wtx, 1, ReportType::Sast, 1, &PromotionBefore { before: Some(before) })
}

pub(super) fn undo() -> Undo {
    Undo {
        pipeline_id: 1,
        user_id: 1,
        status: UndoStatus::Done,
        created_at: 8,
        finished_at: Some(9),
        is_listed: true,
        created: 1,
        changed: 2,
        redetected: 3,
        marked: 4,
        kept: vec![(KeptImported::ReportedLater, 5)],
        kept_first: vec![Kept { vulnerability_id: 1, reason: KeptImported::ReportedLater, pipeline_id: Some(1) }],
    }
}

pub(super) fn undo_entry() -> UndoEntry {
    let mark = MarkBefore { latest_pipeline_id: 1, updated_at: 7 };
    UndoEntry { after: [9; 16], mark: Some(mark), pair: Some(pair(1)) }
}

pub(super) fn coverage() -> Coverage {
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

pub(super) fn entry(number: u8) -> ListEntry {
    ListEntry { uuid: [number; 16], body_id: u64::from(number), severity: Severity::High, taken_over_by: None }
}

pub(super) fn identifier() -> Identifier {
    Identifier {
        id: 0,
        project_id: PROJECT,
        external_type: "cve".to_owned(),
        external_id: "CVE-1".to_owned(),
        name: "CVE-1".to_owned(),
        url: String::new(),
        fingerprint: [9; 20],
    }
}

pub(super) fn remediation() -> Remediation {
    Remediation { id: 0, project_id: 0, summary: "s".to_owned(), diff: "d".to_owned(), checksum: [8; 32] }
}

/// A body whose description is long enough to be stored apart.
fn body<'a>(number: u8, raw: &'a [u8]) -> NewBody<'a> {
    let (text, mut tape) = (std::str::from_utf8(raw).unwrap(), Tape::default());
    tape.read(text).unwrap();
    NewBody {
        hash: [number; 16],
        report_type: ReportType::Sast,
        scanner_id: 1,
        metadata_version: "15.0.0",
        image_key: "",
        remediation_ids: vec![1],
        raw,
        texts: tape.literals(text)[..1].to_vec(),
    }
}

/// A pair that is not stored yet, of the given number.
pub(super) fn pair(number: u8) -> Pair {
    let decided = Decided { by: Some(1), at: Some(2) };
    let finding = VulnerabilityFinding {
        id: 0,
        uuid: [number; 16],
        project_id: PROJECT,
        vulnerability_id: 0,
        report_type: ReportType::Sast,
        scanner_id: 1,
        primary_identifier_id: 1,
        identifier_ids: vec![1],
        location_sha: [number; 20],
        signatures: vec![(3, [number; 20])],
        image: "registry/app".to_owned(),
        links: vec![("n".to_owned(), "u".to_owned())],
        flags: vec![("t".to_owned(), "o".to_owned(), "d".to_owned())],
        remediation_ids: vec![1],
        body_id: 1,
        evidence_body_id: Some(2),
        initial_pipeline_id: 1,
        latest_pipeline_id: 1,
        created_at: 5,
        updated_at: 6,
    };
    let vulnerability = Vulnerability {
        id: 0,
        project_id: PROJECT,
        finding_id: 0,
        author_id: 1,
        title: "T".to_owned(),
        state: VulnerabilityState::Dismissed,
        severity: Severity::High,
        report_type: ReportType::Sast,
        scanner_id: 1,
        present_on_default_branch: true,
        resolved_on_default_branch: true,
        resolved_in_commit_sha: Some("b".repeat(40)),
        dismissal_reason: Some(DismissalReason::NotApplicable),
        dismissed: decided,
        resolved: Decided::default(),
        confirmed: decided,
        detected_at: 5,
        created_at: 5,
        updated_at: 6,
    };
    Pair { finding, vulnerability }
}
