//! Every stored row reads back as it was written, and what is no row is told as damage. Must not know: keys.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::bodies::StoredBody;
use super::codec::{Record, decode, encode};
use super::{sample, sample_forge};
use crate::domain::branch::{Branch, Grantee, ProtectedBranch};
use crate::domain::commit::{Signature, ToldCommit, Verdict};
use crate::domain::finding::{EventKind, Identifier, MatchEvidence, Remediation, Scanner, VulnerabilityEvent};
use crate::domain::hook::{BranchFilter, Hook, HookEvent};
use crate::domain::member::{Member, Source};
use crate::domain::project::Visibility;
use crate::domain::retention::RetentionRun;
use crate::domain::sbom::SbomChunk;
use crate::domain::scan::{FullScan, Message, Promotion};
use casemate_shared::{
    AccessLevel, DismissalReason, Ingestion, KeptOpen, ReportType, ScanMode, ScanStatus, Severity, VulnerabilityState,
};
use proptest::prelude::*;
use std::fmt::Debug;

/// The value comes back; every shortened or lengthened form of it does not.
#[track_caller]
fn round_trip<R: Record + PartialEq + Debug>(row: &R) {
    let bytes = encode(row).unwrap();
    assert_eq!(&decode::<R>("t", &bytes).unwrap(), row);
    for end in 0..bytes.len() {
        assert!(decode::<R>("t", &bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
    }
    let longer = [bytes.clone(), vec![0]].concat();
    assert!(decode::<R>("t", &longer).unwrap_err().to_string().contains("after the end"));
    let newer = [vec![bytes[0] + 1], bytes[1..].to_vec()].concat();
    assert!(decode::<R>("t", &newer).unwrap_err().to_string().contains("version"));
}

fn stored_body(rest: &[u8]) -> StoredBody {
    StoredBody {
        project_id: 1,
        report_type: ReportType::Sast,
        scanner_id: 1,
        metadata_version: "15.0.0".to_owned(),
        image_key: String::new(),
        remediation_ids: vec![1],
        packed_from: Some(7),
        rest: rest.to_vec(),
        places: vec![1, 2],
        texts: vec![[3; 8], [4; 8]],
    }
}

#[test]
fn the_sample_reads_back() {
    round_trip(&sample::user());
    round_trip(&sample::token());
    round_trip(&sample::session());
    round_trip(&sample::second_factor());
    round_trip(&sample::namespace());
    round_trip(&sample::project());
    round_trip(&sample::member(Source::Group(2)));
    round_trip(&sample::member(Source::Project(2)));
    round_trip(&sample::security_settings());
    round_trip(&sample_forge::label());
    round_trip(&sample_forge::hook());
    round_trip(&sample_forge::protection());
    round_trip(&sample_forge::told_commit());
    round_trip(&Branch { project_id: 1, name: "a/b".to_owned(), sha: "a".repeat(40), told_by: 1, created_at: 1, updated_at: 2 });
    round_trip(&sample::pipeline(2));
    round_trip(&sample::job());
    round_trip(&sample::artifact());
    round_trip(&sample::scan());
    round_trip(&sample::sbom([3; 16]));
    round_trip(&SbomChunk { components: vec![sample::component()] });
    round_trip(&sample::identifier());
    round_trip(&sample::remediation());
    round_trip(&stored_body(b"{}"));
    round_trip(&sample::pair(1).finding);
    round_trip(&sample::pair(1).vulnerability);
    let tool = sample::tool();
    round_trip(&Scanner {
        id: 1,
        project_id: 2,
        external_id: tool.external_id,
        name: tool.name,
        vendor: tool.vendor,
        version: tool.version,
    });
    let last_full = Some(FullScan { pipeline_id: 1, chunks: vec![[3; 16]] });
    let chunks = vec![[1; 16], [2; 16]];
    round_trip(&RetentionRun { started_at: 1, database_used_bytes: Some(2), ..RetentionRun::default() });
    round_trip(&Promotion { pipeline_id: 1, pipeline_created_at: -1, chunks, full: true, last_full });
    round_trip(&sample::coverage());
    round_trip(&sample::event());
    round_trip(&sample::transition());
    round_trip(&sample::undo());
    round_trip(&sample::undo_entry());
    round_trip(&super::undo::UndoEntry::CREATED);
    round_trip(&super::undo::PromotionBefore { before: None });
    round_trip(&sample::rules());
    round_trip(&sample::audit_event());
}

#[test]
fn every_word_has_its_number() {
    let mut scan = sample::scan();
    let mut pair = sample::pair(1);
    for status in (0..=6).filter_map(ScanStatus::from_number) {
        scan.status = status;
        round_trip(&scan);
    }
    for report_type in ReportType::ALL {
        for mode in [ScanMode::Full, ScanMode::Partial] {
            (scan.report_type, scan.mode) = (report_type, mode);
            round_trip(&scan);
        }
    }
    for (state, severity) in VulnerabilityState::ALL.into_iter().flat_map(|state| Severity::ALL.map(|severity| (state, severity)))
    {
        (pair.vulnerability.state, pair.vulnerability.severity) = (state, severity);
        round_trip(&pair.vulnerability);
    }
    for reason in KeptOpen::ALL {
        scan.tally.kept_open = vec![(reason, 1)];
        round_trip(&scan);
    }
    for reason in DismissalReason::ALL {
        pair.vulnerability.dismissal_reason = Some(reason);
        round_trip(&pair.vulnerability);
    }
    for ingestion in [Ingestion::Queued, Ingestion::Running, Ingestion::Done, Ingestion::Failed] {
        round_trip(&crate::domain::pipeline::Pipeline { ingestion, ..sample::pipeline(1) });
    }
    for visibility in [Visibility::Private, Visibility::Internal, Visibility::Public] {
        round_trip(&crate::domain::project::Project { visibility, ..sample::project() });
    }
    for level in AccessLevel::ALL {
        round_trip(&Member { level, ..sample::member(Source::Group(1)) });
        round_trip(&ProtectedBranch { push: vec![(1, Grantee::Level(level))], ..sample_forge::protection() });
    }
    round_trip(&Hook { events: HookEvent::ALL.to_vec(), ..sample_forge::hook() });
    for branch_filter in BranchFilter::ALL {
        round_trip(&Hook { branch_filter, ..sample_forge::hook() });
    }
    for verdict in Verdict::ALL {
        let mut commit = sample_forge::commit();
        commit.signature = Some(Signature { verdict: *verdict, kind: String::new(), key: String::new() });
        round_trip(&ToldCommit { told: commit, ..sample_forge::told_commit() });
    }
    let changed = [MatchEvidence::Uuid, MatchEvidence::Location, MatchEvidence::Identifier].map(EventKind::Changed);
    for kind in [EventKind::Detected, EventKind::NoLongerDetected, EventKind::DetectedAgain, EventKind::Recorded]
        .into_iter()
        .chain(changed)
        .chain((1..=5).map(|algorithm| EventKind::Changed(MatchEvidence::Signature(algorithm))))
    {
        round_trip(&VulnerabilityEvent::new(kind, 1, 2, 3));
    }
}

#[test]
fn a_number_without_a_word_is_damage() {
    let mut bytes = encode(&VulnerabilityEvent::new(EventKind::Detected, 1, 2, 3)).unwrap();
    bytes[1] = 99;
    let error = decode::<VulnerabilityEvent>("events", &bytes).unwrap_err().to_string();
    assert_eq!(error, "damaged row in table events: kind: no EventKind has number 99");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_and_number_reads_back(id: u64, at: i64, text in ".{0,60}", list in proptest::collection::vec((".{0,9}", ".{0,9}"), 0..4), raw: Vec<u8>, sha: [u8; 20]) {
        round_trip(&Identifier { id, project_id: id, external_type: text.clone(), external_id: text.clone(), name: text.clone(), url: text.clone(), fingerprint: sha });
        round_trip(&Remediation { id, project_id: id, summary: text.clone(), diff: text.clone(), checksum: [sha[0]; 32] });
        round_trip(&StoredBody { project_id: id, image_key: text.clone(), remediation_ids: vec![id; list.len()], ..stored_body(&raw) });
        let mut pair = sample::pair(sha[0]);
        (pair.finding.id, pair.finding.created_at, pair.finding.links) = (id, at, list.clone());
        (pair.vulnerability.title, pair.vulnerability.dismissed.at) = (text.clone(), Some(at));
        round_trip(&pair.finding);
        round_trip(&pair.vulnerability);
        let messages: Vec<Message> = list.iter().map(|(kind, text)| Message { kind: kind.clone(), message: text.clone(), place: Some(text.clone()) }).collect();
        round_trip(&crate::domain::scan::Scan { errors: messages, schema_version: Some(text), declared: id, ..sample::scan() });
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>) {
        // An answer or an error; never a panic, and never memory that the bytes only promise.
        let _ = decode::<crate::domain::scan::Scan>("t", &bytes);
        let _ = decode::<StoredBody>("t", &[vec![StoredBody::VERSION], bytes].concat());
    }
}
