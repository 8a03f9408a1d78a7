//! The dry run: what an upload would become, told by the very functions that would make it so, over
//! snapshots and a transaction that is given up. Nothing is stored, kept or queued.
//!
//! Must not know: HTTP. It answers what the upload would answer if it came now and nothing else did.

use super::accept::{self, AcceptError, Imagined, NewUpload};
use super::change::{self, Standing};
use super::matching::Matched;
use super::prepare::{self, Source};
use super::promote::{self, Reported};
use super::verdict::{self, Verdict};
use super::{IngestError, Room, mark};
use crate::domain::finding::MatchEvidence;
use crate::domain::project::Project;
use crate::domain::scan::{Foreseen, ForeseenReport, ListEntry, Scan, add_kept_open};
use crate::store::findings::Known;
use crate::store::{ReadTx, StoreError, bodies, findings, records, scans};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// Foresees an upload.
///
/// # Errors
/// As the upload itself.
pub fn foresee(room: &Room, project: &Project, user_id: u64, upload: NewUpload) -> Result<Foreseen, AcceptError> {
    let mut imagined = accept::imagine(room, project, user_id, upload)?;
    if !imagined.accepted.is_repetition {
        let rtx = room.store.read()?;
        let lists = read_scans(room, &rtx, &mut imagined)?;
        if imagined.is_complete {
            count(&rtx, &mut imagined, &lists)?;
        }
    }
    Ok(answer(imagined))
}

fn answer(imagined: Imagined) -> Foreseen {
    let Imagined { accepted, scans, jobs, artifacts, .. } = imagined;
    let mut by_id: HashMap<u64, Scan> = scans.into_iter().map(|scan| (scan.id, scan)).collect();
    let report = |scan: Scan| ForeseenReport {
        job_name: jobs.get(&scan.job_id).map(|job| job.name.clone()).unwrap_or_default(),
        filename: artifacts.get(&scan.artifact_id).map(|artifact| artifact.filename.clone()).unwrap_or_default(),
        scan,
    };
    let reports = accepted.scan_ids.iter().filter_map(|id| by_id.remove(id)).map(report).collect();
    Foreseen { reports, is_repetition: accepted.is_repetition }
}

/// Entry of a list that is not stored: its body may have no number yet.
type Listed = Vec<ListEntry>;

/// Reads what is not read yet, and answers the lists that the scans would have.
fn read_scans(room: &Room, rtx: &ReadTx, imagined: &mut Imagined) -> Result<HashMap<u64, Listed>, IngestError> {
    let spooled: HashMap<[u8; 32], PathBuf> =
        imagined.files.iter().map(|file| (file.sha256, file.path().to_path_buf())).collect();
    let mut lists = HashMap::new();
    let mut unknown = UnknownScanners::default();
    for (report_type, scans) in prepare::unfinished(imagined.scans.clone()) {
        let sources = scans.into_iter().map(|scan| source(room, imagined, &spooled, scan)).collect::<Result<Vec<_>, _>>()?;
        let works = prepare::examine_type(room, rtx, &imagined.root, report_type, sources)?;
        let (all, pipeline) = (&mut imagined.scans, &imagined.root);
        prepare::in_order(room, pipeline, report_type, works, |work, findings, stores| {
            let Some(scan) = all.iter_mut().find(|scan| scan.id == work.scan.id) else { return Ok(()) };
            let was = scan.status;
            prepare::fill_in(scan, &work.examined, &findings, stores);
            if stores {
                scan.scanner_ids = unknown.ids(rtx, scan.project_id, &work.examined.tools)?;
            }
            let hashes: Vec<[u8; 16]> = findings.unique.iter().map(|matched| matched.candidate.hash).collect();
            let stored = bodies::known_bodies(rtx, scan.project_id, &hashes)?;
            let entry = |(matched, body): (&Matched, Option<u64>)| ListEntry {
                uuid: matched.uuid,
                body_id: body.unwrap_or_default(),
                severity: matched.candidate.severity,
                taken_over_by: matched.taken_over_by,
            };
            let mut list: Listed = findings.unique.iter().zip(stored).map(entry).collect();
            list.sort_unstable();
            scan.tally.is_final &= was == scan.status && same(&scans::list(rtx, &scan.accepted_chunks)?, &list);
            lists.insert(scan.id, list);
            Ok(())
        })?;
    }
    Ok(lists)
}

fn source(room: &Room, imagined: &Imagined, spooled: &HashMap<[u8; 32], PathBuf>, scan: Scan) -> Result<Source, IngestError> {
    let missing = |what: &str, id: u64| IngestError::Missing { what: what.to_owned(), id };
    let artifact = imagined.artifacts.get(&scan.artifact_id).ok_or_else(|| missing("artifact", scan.artifact_id))?.clone();
    let job = imagined.jobs.get(&scan.job_id).ok_or_else(|| missing("job", scan.job_id))?.clone();
    let path = spooled.get(&artifact.sha256).cloned().unwrap_or_else(|| room.artifacts.path(&artifact.sha256));
    Ok(Source { scan, artifact, job, path })
}

/// Whether a stored list would stay as it is. The same bytes have the same bodies.
fn same(stored: &[ListEntry], list: &[ListEntry]) -> bool {
    let bare = |entry: &ListEntry| (entry.uuid, entry.severity, entry.taken_over_by);
    stored.iter().map(bare).eq(list.iter().map(bare))
}

/// Numbers for scanners that have no record yet: none that any record will have.
#[derive(Default)]
struct UnknownScanners(BTreeMap<String, u64>);

impl UnknownScanners {
    fn ids(&mut self, rtx: &ReadTx, project: u64, tools: &[crate::domain::scan::Tool]) -> Result<Vec<u64>, StoreError> {
        let mut ids = Vec::with_capacity(tools.len());
        for tool in tools {
            let known = records::find_scanner_by_external_id(rtx, project, &tool.external_id)?.map(|scanner| scanner.id);
            let next = u64::MAX - self.0.len() as u64;
            ids.push(known.unwrap_or_else(|| *self.0.entry(tool.external_id.clone()).or_insert(next)));
        }
        Ok(ids)
    }
}

/// The numbers that ingestion would count.
fn count(rtx: &ReadTx, imagined: &mut Imagined, lists: &HashMap<u64, Listed>) -> Result<(), StoreError> {
    let mut reported = Reported::default();
    let on_default = imagined.root.on_default_branch;
    for scan in imagined.scans.iter_mut().filter(|scan| promote::is_compared(scan)) {
        let list = match lists.get(&scan.id) {
            _ if !scan.counts() => Vec::new(),
            Some(list) => list.clone(),
            None => scans::list(rtx, &scan.accepted_chunks)?,
        };
        let uuids: Vec<[u8; 16]> = list.iter().map(|entry| entry.uuid).collect();
        let known = findings::known(rtx, scan.project_id, &uuids)?;
        reported.vulnerabilities.extend(known.iter().flatten().map(|known| known.vulnerability_id));
        if scan.tally.is_final {
            continue;
        }
        for (entry, known) in list.iter().zip(known) {
            count_entry(scan, entry, known, on_default);
        }
        scan.tally.is_final = !on_default;
    }
    if on_default { conclude(rtx, imagined, &reported) } else { Ok(()) }
}

fn count_entry(scan: &mut Scan, entry: &ListEntry, known: Option<Known>, on_default: bool) {
    let Some(known) = known else {
        scan.tally.new += 1;
        return;
    };
    match change::standing(known.present, known.no_longer_detected, known.state) {
        Standing::New => scan.tally.new += 1,
        Standing::Again if on_default => scan.tally.redetected += 1,
        Standing::Again | Standing::Known => {}
    }
    if on_default && promote::has_work(entry, Some(&known)) {
        change::warn(scan, known.vulnerability_id, known.state, entry.taken_over_by.unwrap_or(MatchEvidence::Uuid));
    }
}

/// What would be marked and left open.
fn conclude(rtx: &ReadTx, imagined: &mut Imagined, reported: &Reported) -> Result<(), StoreError> {
    let latest: Vec<Scan> = imagined.scans.iter().filter(|scan| scan.latest).cloned().collect();
    for verdict in verdict::verdicts(rtx, &imagined.root, &latest, reported)? {
        let (count, missing) = mark::missing(rtx, &imagined.root, &verdict, reported)?;
        let open: Vec<u64> = verdict.scans.iter().filter(|scan| verdict::is_open(scan)).map(|scan| scan.id).collect();
        for scan in imagined.scans.iter_mut().filter(|scan| open.contains(&scan.id)) {
            if !scan.tally.is_final {
                scan.tally.kept_open.clear();
                scan.tally.is_final = true;
            }
            if scan.id == verdict.decider.id {
                tell(scan, &verdict, count.open, missing.iter().map(|(_, missing)| missing.len() as u64).sum());
            }
        }
    }
    Ok(())
}

fn tell(scan: &mut Scan, verdict: &Verdict<'_>, open: u64, marked: u64) {
    scan.tally.no_longer_detected += marked;
    if let Some(reason) = verdict.reason {
        add_kept_open(&mut scan.tally.kept_open, reason, open);
    }
}
