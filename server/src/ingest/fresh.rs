//! What preparing a scan has in its hands and promoting it would otherwise read back from the store: the
//! report's text and the identity of each finding.
//!
//! Must not know: the store. It is a shortcut only: nothing may hang on its being there, because an ingestion
//! that was cut off goes on without it.

use super::examine::Candidate;
use super::file::ReportFile;
use super::matching::Matched;
use super::prepare::RecordIds;

/// The findings of a scan whose bodies were just stored.
pub struct Fresh {
    file: ReportFile,
    findings: Vec<Matched>,
    /// First half of each identity and the place of its finding, in order: small, because it is searched for
    /// every finding.
    places: Vec<(u64, u32)>,
    ids: RecordIds,
}

/// One of them.
#[derive(Clone, Copy)]
pub struct FreshFinding<'a> {
    /// What was found out about it.
    pub candidate: &'a Candidate,
    /// Its text in the report.
    pub raw: &'a [u8],
    ids: &'a RecordIds,
}

impl FreshFinding<'_> {
    /// Its scanner record.
    pub fn scanner_id(&self) -> u64 {
        self.ids.scanner(self.candidate)
    }

    /// Its remediation records.
    pub fn remediation_ids(&self) -> Vec<u64> {
        self.ids.remediations(self.candidate)
    }
}

impl Fresh {
    pub(super) fn new(file: ReportFile, findings: Vec<Matched>, ids: RecordIds) -> Fresh {
        let mut places: Vec<(u64, u32)> = findings.iter().map(|entry| begin(&entry.uuid)).zip(0..).collect();
        places.sort_unstable();
        Fresh { file, findings, places, ids }
    }

    /// The finding with that identity.
    pub fn get(&self, uuid: &[u8; 16]) -> Option<FreshFinding<'_>> {
        let begin = begin(uuid);
        let first = self.places.partition_point(|(other, _)| *other < begin);
        let alike = self.places.iter().skip(first).take_while(|(other, _)| *other == begin);
        let mut alike = alike.filter_map(|(_, place)| self.findings.get(*place as usize));
        let candidate = &alike.find(|entry| entry.uuid == *uuid)?.candidate;
        let raw = self.file.bytes().get(candidate.text.clone())?;
        Some(FreshFinding { candidate, raw, ids: &self.ids })
    }
}

fn begin(uuid: &[u8; 16]) -> u64 {
    uuid.iter().take(8).fold(0, |begin, byte| begin << 8 | u64::from(*byte))
}
