//! Who may close what: one verdict per scanner and report type of a pipeline (ingestion design, sections
//! 5.1, 12.2, 12.3, 12.6, 12.11, 12.15). Without proof nothing is closed, and the verdict says why.
//!
//! Must not know: findings, how marks are made.

use super::absent::Absent;
use super::promote::Reported;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::Scan;
use crate::store::{Reads, StoreError, records, scans};
use casemate_shared::{KeptOpen, ReportType, ScanMode, ScanStatus};
use std::collections::{BTreeMap, BTreeSet};

/// What a pipeline may say about one scanner's vulnerabilities of one type.
pub struct Verdict<'a> {
    /// Report type.
    pub report_type: ReportType,
    /// Scanner record; 0 when the reports don't tell their scanner.
    pub scanner_id: u64,
    /// Every latest scan of that scanner and type, oldest first.
    pub scans: Vec<&'a Scan>,
    /// The scan that decides, and that counts what is marked or left open: each vulnerability is counted
    /// once in a pipeline.
    pub decider: &'a Scan,
    /// Why nothing may be closed; none when there is proof.
    pub reason: Option<KeptOpen>,
    /// The scan that is no proof, when it is not the deciding one.
    pub cause: Option<u64>,
    /// Whether every scan of the scanner came, looked at everything and could be stored.
    pub is_full: bool,
    /// Scanner records whose vulnerabilities are counted: the scanner; for reports that don't tell theirs
    /// every one that handed in nothing else.
    pub candidates_of: Vec<u64>,
}

impl Verdict<'_> {
    /// Why this one of its scans closes nothing, and because of which other scan.
    pub fn reason_of(&self, scan: &Scan, reported: &Reported) -> (Option<KeptOpen>, Option<u64>) {
        if scan.id == self.decider.id {
            return (self.reason, self.cause);
        }
        let own = own_reason(scan, reported);
        match (own, self.reason) {
            (Some(own), _) => (Some(own), None),
            (None, Some(KeptOpen::ManualResolution | KeptOpen::Superseded | KeptOpen::JobMissing)) | (None, None) => {
                (self.reason, None)
            }
            (None, Some(_)) => (Some(KeptOpen::OtherReport), Some(self.cause.unwrap_or(self.decider.id))),
        }
    }
}

/// Whether a scan waits to be made final by this run.
pub fn is_open(scan: &Scan) -> bool {
    !scan.tally.is_final
}

/// The verdicts of a pipeline: `latest` are its latest scans, oldest first. Types with a scan that is not
/// read yet are left to the next run: an upload came meanwhile, and the pipeline stays in the queue.
///
/// # Errors
/// When the store fails.
pub fn verdicts<'a>(
    tx: &impl Reads,
    pipeline: &Pipeline,
    latest: &'a [Scan],
    reported: &Reported,
) -> Result<Vec<Verdict<'a>>, StoreError> {
    let waiting: BTreeSet<ReportType> =
        latest.iter().filter(|scan| !scan.status.is_terminal()).map(|scan| scan.report_type).collect();
    let mut by_key: BTreeMap<(ReportType, u64), Vec<&Scan>> = BTreeMap::new();
    for scan in latest.iter().filter(|scan| !waiting.contains(&scan.report_type)) {
        for scanner in scanners(tx, scan)? {
            by_key.entry((scan.report_type, scanner)).or_default().push(scan);
        }
    }
    let promotions = scans::promotions(tx, pipeline.project_id)?;
    let is_superseded = promotions.iter().any(|(_, _, promotion)| promotion.pipeline_id > pipeline.id);
    let absent = Absent::read(tx, pipeline)?;
    let mut verdicts = Vec::new();
    for ((report_type, scanner_id), scans) in &by_key {
        let untold = by_key.get(&(*report_type, 0)).map(Vec::as_slice).unwrap_or_default();
        let is_absent = absent.may_have_run(*report_type, *scanner_id);
        let otherwise = is_superseded.then_some(KeptOpen::Superseded).or(is_absent.then_some(KeptOpen::JobMissing));
        let Some((decider, reason, cause)) = decide(*report_type, scans, untold, reported, otherwise) else { continue };
        let candidates_of = if *scanner_id != 0 {
            vec![*scanner_id]
        } else if reason.is_some() && scans.iter().any(|scan| scan.scanner.is_none() && own_reason(scan, reported).is_some()) {
            let others =
                promotions.iter().filter(|(kind, scanner, _)| kind == report_type && !by_key.contains_key(&(*kind, *scanner)));
            others.map(|(_, scanner, _)| *scanner).collect()
        } else {
            Vec::new()
        };
        verdicts.push(Verdict {
            report_type: *report_type,
            scanner_id: *scanner_id,
            scans: scans.clone(),
            decider,
            reason,
            cause,
            is_full: !is_absent && !causes(scans, untold, reported).any(|_| true),
            candidates_of,
        });
    }
    Ok(verdicts)
}

/// Scanner records that a scan speaks of; 0 for one that is not known.
pub(super) fn scanners(tx: &impl Reads, scan: &Scan) -> Result<Vec<u64>, StoreError> {
    if !scan.scanner_ids.is_empty() {
        return Ok(scan.scanner_ids.clone());
    }
    let known = match &scan.scanner {
        Some(tool) => records::find_scanner_by_external_id(tx, scan.project_id, &tool.external_id)?,
        None => None,
    };
    Ok(vec![known.map_or(0, |scanner| scanner.id)])
}

/// Scans that are no proof, with the reason. A report that does not tell its scanner may be one of this
/// scanner's, so it is no proof for any scanner of its type.
fn causes<'a: 'f, 'f>(
    scans: &'f [&'a Scan],
    untold: &'f [&'a Scan],
    reported: &'f Reported,
) -> impl Iterator<Item = (&'a Scan, KeptOpen)> + 'f {
    let untold = untold.iter().filter(|scan| scan.scanner.is_none());
    scans.iter().chain(untold).filter_map(|scan| own_reason(scan, reported).map(|reason| (*scan, reason)))
}

/// Deciding scan, reason, and the other scan that is the cause; none when every scan is final. `otherwise` is
/// what the pipeline says against closing, when no scan does.
fn decide<'a>(
    report_type: ReportType,
    scans: &[&'a Scan],
    untold: &[&'a Scan],
    reported: &Reported,
    otherwise: Option<KeptOpen>,
) -> Option<(&'a Scan, Option<KeptOpen>, Option<u64>)> {
    let mut open = scans.iter().copied().filter(|scan| is_open(scan));
    let first = open.next()?;
    let open: Vec<&Scan> = std::iter::once(first).chain(open).collect();
    if report_type.needs_manual_resolution() {
        let decider = open.iter().copied().find(|scan| scan.counts()).unwrap_or(first);
        let reason = if decider.counts() { Some(KeptOpen::ManualResolution) } else { own_reason(decider, reported) };
        return Some((decider, reason, None));
    }
    let mut all = causes(scans, untold, reported);
    if let Some((cause, reason)) = causes(&open, &[], reported).next() {
        return Some((cause, Some(reason), None));
    }
    if let Some((cause, _)) = all.next() {
        return Some((first, Some(KeptOpen::OtherReport), Some(cause.id)));
    }
    Some((first, otherwise, None))
}

/// What a scan itself says against closing anything.
pub fn own_reason(scan: &Scan, reported: &Reported) -> Option<KeptOpen> {
    match scan.status {
        ScanStatus::JobFailed => return Some(KeptOpen::JobFailed),
        ScanStatus::ReportError => return Some(KeptOpen::ReportError),
        ScanStatus::Purged => return Some(KeptOpen::Expired),
        ScanStatus::PreparationFailed | ScanStatus::Created | ScanStatus::Preparing => return Some(KeptOpen::NotStored),
        ScanStatus::Succeeded => {}
    }
    if scan.mode == ScanMode::Partial {
        return Some(KeptOpen::PartialScan);
    }
    if scan.report_status.as_deref() == Some("failure") {
        return Some(KeptOpen::ReportFailure);
    }
    reported.broken_scans.contains(&scan.id).then_some(KeptOpen::SliceFailed)
}
