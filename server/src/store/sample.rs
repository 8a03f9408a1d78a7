//! A small database with an entry in every table, all in agreement, for the tests of this room.
//! Must not know: what is tested with it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod imports;

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
use crate::domain::finding::{
    Decided, EventKind, Identifier, MatchEvidence, Matched, Remediation, Vulnerability, VulnerabilityEvent, VulnerabilityFinding,
};
use crate::domain::member::Source;
use crate::domain::project::{Namespace, Project};
use crate::domain::retention::RetentionRun;
use crate::domain::scan::{FullScan, Promotion, Scan};
use crate::domain::settings::SecuritySettings;
use crate::domain::tape::Tape;
use crate::domain::triage::StateTransition;
use crate::domain::undo::{Kept, Undo};
use casemate_shared::{DismissalReason, KeptImported, ReportType, Severity, UndoStatus, VulnerabilityState};
pub(super) use imports::{artifact, component, coverage, entry, job, pipeline, rules, sbom, scan, tool};
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
    let mut detected = pair(2);
    (detected.vulnerability.resolved_on_default_branch, detected.vulnerability.resolved_in_commit_sha) = (false, None);
    let new = |new: Pair, event: Option<VulnerabilityEvent>| Change { old: None, new, event };
    findings::put(wtx, PROJECT, vec![new(pair(1), Some(event)), new(detected, None)])?;
    undo::put_entries(wtx, 1, &[(1, undo_entry())])?;
    places::begin(wtx, PROJECT, 3)?;
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
