//! Stores the scans of a pipeline: examine, match, deduplicate, write bodies and lists
//! (ingestion design, section 3).
//!
//! Must not know: vulnerabilities. May be cut off anywhere and run again: bodies are found by their hash,
//! and a scan is finished in one transaction.

use super::again::{self, Basis, Prepared};
use super::bodies::{BodyIds, store_bodies};
use super::examine::{self, Candidate, Context, Examined};
use super::file::ReportFile;
use super::fresh::Fresh;
use super::matching::{self, Deduplicated, Matched};
use super::spool::SpoolError;
use super::{IngestError, Room, ahead, components, dropped, family, foreign, killpoint};
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::domain::sbom::Sbom;
use crate::domain::scan::{ListEntry, Message, Scan};
use crate::store::{ReadTx, StoreError, WriteTx, findings, last_reports, pipelines, records, sboms, scans};
use casemate_shared::{ReportType, ScanStatus};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Scanners or remediations of one commit group; a report has a handful, a hostile one many.
const GROUP_RECORDS: usize = 1_000;

/// A scan at work.
pub(super) struct Work {
    pub(super) scan: Scan,
    pub(super) artifact: Artifact,
    job: Job,
    file: Option<ReportFile>,
    pub(super) examined: Examined,
    sbom: Option<Sbom>,
    /// What its findings were matched with.
    basis: Option<Basis>,
}

/// What a scan is read from.
pub(super) struct Source {
    pub(super) scan: Scan,
    pub(super) artifact: Artifact,
    pub(super) job: Job,
    /// Where the file is.
    pub(super) path: PathBuf,
}

/// Brings every scan of the pipeline and its relatives that is not finished into a terminal status. Types with such a scan
/// are done as a whole, because repetitions are told across artifacts.
///
/// Answers what the scans were matched with.
///
/// # Errors
/// When the store or the disk fails.
pub fn prepare(room: &Room, pipeline: &Pipeline) -> Result<Prepared, IngestError> {
    let mut prepared = Prepared::default();
    for (report_type, scans) in unfinished(family::scans_of(&room.store.read()?, pipeline)?) {
        prepare_type(room, pipeline, report_type, scans, &mut prepared)?;
    }
    Ok(prepared)
}

/// The scans to be read, by type.
pub(super) fn unfinished(all: Vec<Scan>) -> BTreeMap<ReportType, Vec<Scan>> {
    let unfinished: HashSet<ReportType> =
        all.iter().filter(|scan| !scan.status.is_terminal()).map(|scan| scan.report_type).collect();
    let mut by_type: BTreeMap<ReportType, Vec<Scan>> = BTreeMap::new();
    for scan in all.into_iter().filter(|scan| unfinished.contains(&scan.report_type) && takes_part(scan)) {
        by_type.entry(scan.report_type).or_default().push(scan);
    }
    by_type
}

/// Every one that is unfinished, and the others that repetitions are told by. What retention removed stays
/// removed.
fn takes_part(scan: &Scan) -> bool {
    !scan.status.is_terminal() || (scan.latest && scan.status != ScanStatus::Purged)
}

fn prepare_type(
    room: &Room,
    pipeline: &Pipeline,
    report_type: ReportType,
    scans: Vec<Scan>,
    prepared: &mut Prepared,
) -> Result<(), IngestError> {
    let alone = if let [scan] = scans.as_slice() { Some(scan.id) } else { None };
    if let ([scan], true) = (scans.as_slice(), again::may_be_remembered(pipeline, report_type))
        && let Some(basis) = again::take(room, pipeline, scan)?
    {
        prepared.basis.insert(scan.id, basis);
        return Ok(());
    }
    let rtx = room.store.read()?;
    let sources = scans.into_iter().map(|scan| source(room, &rtx, scan)).collect::<Result<Vec<_>, _>>()?;
    let works = examine_type(room, &rtx, pipeline, report_type, sources)?;
    // One that stayed open would keep every page that the writer replaces.
    drop(rtx);
    in_order(room, pipeline, report_type, works, |work, findings, stores| {
        if alone == Some(work.scan.id) {
            prepared.basis.extend(work.basis.map(|basis| (work.scan.id, basis)));
        }
        let scan = work.scan.id;
        prepared.fresh.extend(store_scan(room, pipeline, work, findings, stores)?.map(|fresh| (scan, fresh)));
        Ok(())
    })
}

fn source(room: &Room, rtx: &ReadTx, scan: Scan) -> Result<Source, IngestError> {
    let missing = |what: &str, id: u64| IngestError::Missing { what: what.to_owned(), id };
    let artifact = pipelines::find_artifact(rtx, scan.artifact_id)?.ok_or_else(|| missing("artifact", scan.artifact_id))?;
    let job = pipelines::find_job(rtx, scan.job_id)?.ok_or_else(|| missing("job", scan.job_id))?;
    let path = room.artifacts.path(&artifact.sha256);
    Ok(Source { scan, artifact, job, path })
}

/// Reads and judges the scans of one type.
pub(super) fn examine_type(
    room: &Room,
    rtx: &ReadTx,
    pipeline: &Pipeline,
    report_type: ReportType,
    sources: Vec<Source>,
) -> Result<Vec<Work>, IngestError> {
    let images = Images { rtx, project: pipeline.project_id, known: Mutex::new(Ok(HashMap::new())) };
    let has_image = |start: &str| !pipeline.on_default_branch && images.any_begins(start);
    let context = Context { report_type, project_id: pipeline.project_id, has_image: &has_image, schemas: &room.schemas };
    let works = sources.into_iter().map(|source| examine_scan(room, source, &context)).collect::<Result<Vec<_>, _>>()?;
    images.verdict()?;
    Ok(works)
}

/// Gives the findings of each scan their identity and takes repetitions out, scan by scan in the order of
/// their scanners; `done` gets each, and whether its findings are to be stored.
pub(super) fn in_order(
    room: &Room,
    pipeline: &Pipeline,
    report_type: ReportType,
    mut works: Vec<Work>,
    mut done: impl FnMut(Work, Deduplicated, bool) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    works.sort_by_cached_key(|work| matching::scanner_order(work.examined.scanner.as_ref()));
    let is_alone = works.len() == 1;
    let mut seen = HashSet::new();
    for mut work in works {
        killpoint::pass("before-scan");
        let stores = work.examined.errors.is_empty() && work.job.status == "success";
        let findings = if stores {
            let rtx = room.store.read()?;
            let matching = last_reports::matching(&rtx, pipeline.project_id)?;
            let candidates = std::mem::take(&mut work.examined.candidates);
            let (candidates, dropped) = matching::without_repetitions(candidates, &work.examined.tools);
            work.examined.candidates = candidates;
            let matched = matching::take_over(&rtx, pipeline.project_id, report_type, &mut work.examined)?;
            let takes_over = matched.iter().any(|entry| entry.taken_over_by.is_some());
            work.basis = Some(Basis { matching, takes_over });
            // A replaced job's findings stay to be looked at, and repeat nothing.
            let told_apart = if work.scan.latest && !is_alone {
                matching::deduplicate(matched, &mut seen)
            } else {
                Deduplicated { unique: matched, ..Deduplicated::default() }
            };
            Deduplicated { dropped, ..told_apart }
        } else {
            Deduplicated::default()
        };
        done(work, findings, stores)?;
    }
    Ok(())
}

fn examine_scan(room: &Room, source: Source, context: &Context<'_>) -> Result<Work, IngestError> {
    let Source { scan, artifact, job, path } = source;
    let mut sbom = None;
    let (file, mut examined) = match ReportFile::open(&path, artifact.size, artifact.gzip, &room.spool) {
        Ok(file) => match foreign::read(file, &scan, &artifact, context) {
            Ok(read) => {
                sbom = read.sbom;
                (Some(read.file), read.examined)
            }
            Err(file) => {
                let examined = examine::examine(file.bytes(), context);
                (Some(file), examined)
            }
        },
        Err(error @ (SpoolError::Gzip { .. } | SpoolError::Limit(_))) => {
            let errors = vec![Message::new("ParsingError", error.to_string())];
            (None, Examined { errors, ..Examined::default() })
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(file) = &file {
        examine::name_bodies(file.bytes(), context.report_type, &mut examined);
    }
    Ok(Work { scan, artifact, job, file, examined, sbom, basis: None })
}

/// Stores a scan. Answers its findings if they are to be promoted.
fn store_scan(
    room: &Room,
    pipeline: &Pipeline,
    work: Work,
    findings: Deduplicated,
    stores: bool,
) -> Result<Option<Fresh>, IngestError> {
    let Work { mut scan, artifact, job, file, examined, sbom, basis: _ } = work;
    fill_in(&mut scan, &examined, &findings, stores);
    if stores {
        let bytes = file.as_ref().map(ReportFile::bytes).unwrap_or_default();
        let ids = store_records(room, &scan, &examined, pipeline.on_default_branch)?;
        scan.scanner_ids = ids.scanners.clone();
        let body_ids = store_bodies(room, &scan, bytes, &ids, &findings)?;
        let unique = scans::chunk_list(entries(&findings.unique, &body_ids));
        let repeated = scans::chunk_list(entries(&findings.repeated, &body_ids));
        scan.accepted_chunks = unique.hashes.clone();
        scan.duplicate_chunks = repeated.hashes.clone();
        let sbom = sbom.map(|sbom| components::store(room, &scan, sbom)).transpose()?;
        let rules = if pipeline.on_default_branch { dropped::rule_set(scan.id, &examined.rules) } else { None };
        ahead::store(room, scan.project_id, &unique)?;
        ahead::store(room, scan.project_id, &repeated)?;
        killpoint::pass("before-list");
        room.store.write(|wtx| {
            ahead::finish(wtx, scan.project_id, &unique)?;
            ahead::finish(wtx, scan.project_id, &repeated)?;
            if let Some(sbom) = &sbom {
                sboms::put(wtx, scan.project_id, scan.pipeline_id, sbom)?;
            }
            if let Some(rules) = &rules {
                scans::put_rules(wtx, rules)?;
            }
            put_scan(wtx, scan)
        })?;
        let fresh = |file| Fresh::new(file, findings.unique, ids);
        return Ok(file.filter(|_| pipeline.on_default_branch && pipeline.complete).map(fresh));
    }
    tracing::info!(
        scan = scan.id,
        file = artifact.filename,
        job = job.name,
        status = scan.status.as_str(),
        "scan stored without findings"
    );
    room.store.write(|wtx| put_scan(wtx, scan))?;
    Ok(None)
}

/// Writes what was found out about a scan. What others decide meanwhile is taken from the stored row: a
/// retry may have replaced it, and its numbers are ingestion's. A list that changed is to be ingested anew.
fn put_scan(wtx: &mut WriteTx, mut scan: Scan) -> Result<(), StoreError> {
    if let Some(stored) = scans::find_scan(wtx, scan.id)? {
        scan.latest = stored.latest;
        scan.tally = stored.tally;
        scan.tally.is_final &= stored.accepted_chunks == scan.accepted_chunks && stored.status == scan.status;
    }
    scans::put_scan(wtx, &scan)
}

/// What the report says, what became of its entries, and how the scan ends.
pub(super) fn fill_in(scan: &mut Scan, examined: &Examined, findings: &Deduplicated, stores: bool) {
    scan.schema_version = examined.schema_version.clone();
    scan.scanner = examined.scanner.clone();
    scan.analyzer = examined.analyzer.clone();
    scan.report_status = examined.report_status.clone();
    scan.start_time = examined.start_time.clone();
    scan.end_time = examined.end_time.clone();
    scan.mode = examined.mode();
    scan.errors = examined.errors.clone();
    scan.warnings = examined.warnings.clone();
    scan.declared = examined.declared;
    if stores {
        scan.accepted = findings.unique.len() as u64;
        scan.duplicate = findings.repeated.len() as u64 + findings.dropped;
        scan.rejected = examined.rejected;
        scan.status = ScanStatus::Succeeded;
    } else {
        (scan.accepted, scan.duplicate, scan.rejected) = (0, 0, scan.declared);
        scan.status = if examined.errors.is_empty() { ScanStatus::JobFailed } else { ScanStatus::ReportError };
    }
}

/// Ids of the records that the bodies refer to, in the order of [`Examined`].
pub(super) struct RecordIds {
    pub(super) scanners: Vec<u64>,
    pub(super) remediations: Vec<u64>,
}

impl RecordIds {
    /// The scanner record of a finding.
    pub(super) fn scanner(&self, candidate: &Candidate) -> u64 {
        self.scanners.get(candidate.tool as usize).copied().unwrap_or_default()
    }

    /// The remediation records of a finding.
    pub(super) fn remediations(&self, candidate: &Candidate) -> Vec<u64> {
        let positions = candidate.remediations.iter();
        positions.filter_map(|position| self.remediations.get(*position as usize)).copied().collect()
    }
}

fn store_records(room: &Room, scan: &Scan, examined: &Examined, on_default_branch: bool) -> Result<RecordIds, StoreError> {
    let project = scan.project_id;
    let mut ids = RecordIds { scanners: Vec::new(), remediations: Vec::new() };
    for group in examined.tools.chunks(GROUP_RECORDS) {
        let stored = room.store.write(|wtx| {
            group
                .iter()
                .map(|tool| records::upsert_scanner(wtx, project, tool, on_default_branch))
                .collect::<Result<Vec<_>, StoreError>>()
        })?;
        ids.scanners.extend(stored);
    }
    for group in examined.remediations.chunks(GROUP_RECORDS) {
        let stored = room.store.write(|wtx| {
            group.iter().map(|fix| records::upsert_remediation(wtx, project, fix)).collect::<Result<Vec<_>, StoreError>>()
        })?;
        ids.remediations.extend(stored);
    }
    Ok(ids)
}

fn entries(matched: &[Matched], body_ids: &BodyIds) -> Vec<ListEntry> {
    matched
        .par_iter()
        .filter_map(|entry| {
            let body_id = body_ids.get(&entry.candidate.hash)?;
            Some(ListEntry { uuid: entry.uuid, body_id, severity: entry.candidate.severity, taken_over_by: entry.taken_over_by })
        })
        .collect()
}

/// Whether the project has images: asked of the store once for each text.
struct Images<'a> {
    rtx: &'a ReadTx,
    project: u64,
    known: Mutex<Result<HashMap<String, bool>, StoreError>>,
}

/// Most answers that are remembered: a report names one image or a few.
const REMEMBERED: usize = 1_000;

impl Images<'_> {
    fn any_begins(&self, start: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(answers) = known.as_mut() else { return false };
        if let Some(answer) = answers.get(start) {
            return *answer;
        }
        match findings::has_image(self.rtx, self.project, start) {
            Ok(answer) => {
                let answer = answer && !start.is_empty();
                if answers.len() < REMEMBERED {
                    answers.insert(start.to_owned(), answer);
                }
                answer
            }
            Err(error) => {
                *known = Err(error);
                false
            }
        }
    }

    /// The error of asking, if there was one: without the answer identities would be wrong.
    fn verdict(self) -> Result<(), StoreError> {
        self.known.into_inner().unwrap_or_else(PoisonError::into_inner).map(|_| ())
    }
}
