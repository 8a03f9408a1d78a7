//! What holds for every report: ingested twice it is as ingested once, repetitions taken out twice are
//! taken out once, the summary adds up, and the database agrees with itself. Must not know: examples.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::examine::{self, Context};
use super::matching;
use super::scenario_reports::any_report;
use super::scenario_world::{Ingested, World};
use super::schema::Schemas;
use crate::store::catalog;
use casemate_shared::ReportType;
use proptest::prelude::*;
use std::collections::HashSet;
use std::sync::OnceLock;

const SAST: ReportType = ReportType::Sast;

/// Everything that a re-scan without news has to leave alone (ingestion design, section 12.14).
const LASTING: [catalog::Table; 17] = [
    catalog::BODIES,
    catalog::BODIES_BY_HASH,
    catalog::SCANNERS,
    catalog::IDENTIFIERS,
    catalog::IDENTIFIERS_BY_FINGERPRINT,
    catalog::REMEDIATIONS,
    catalog::REMEDIATIONS_BY_CHECKSUM,
    catalog::FINDINGS,
    catalog::FINDINGS_BY_UUID,
    catalog::FINDINGS_BY_LOCATION,
    catalog::FINDINGS_BY_SIGNATURE,
    catalog::VULNERABILITIES,
    catalog::VULNERABILITIES_BY_SCANNER,
    catalog::READS,
    catalog::VULNERABILITY_COUNTERS,
    catalog::EVENTS,
    catalog::SEARCH_OUTBOX,
];

fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(|| Schemas::new().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn twice_is_once(first in any_report(), second in any_report()) {
        let world = World::new();
        world.upload("main").with(SAST, &first).ingest();
        let earlier = world.upload("main").with(SAST, &second).ingest();
        let before = world.dump(&LASTING);
        let again = world.upload("main").with(SAST, &second).ingest();
        prop_assert_eq!(again.tally(), (0, 0, 0));
        prop_assert_eq!(again.counts(), earlier.counts());
        prop_assert!(world.dump(&LASTING) == before);
        let entries = |done: &Ingested| -> Vec<_> { world.list(done.scan()).iter().map(|entry| (entry.uuid, entry.body_id)).collect() };
        prop_assert_eq!(entries(&again), entries(&earlier));
        // What was matched by its place is matched by its signature from now on, and stays so.
        let chunks = world.dump(&[catalog::SCAN_CHUNKS]);
        let feature = world.upload("feature").with(SAST, &second).ingest();
        prop_assert_eq!(feature.tally(), (0, 0, 0));
        prop_assert_eq!(&feature.scan().accepted_chunks, &again.scan().accepted_chunks);
        prop_assert!(world.dump(&[catalog::SCAN_CHUNKS]) == chunks);
        world.assert_sound();
    }

    #[test]
    fn whatever_comes_the_database_agrees_with_itself(reports in proptest::collection::vec((any_report(), any_report(), 0..3_u8), 1..5)) {
        let world = World::new();
        for (one, two, branch) in reports {
            let branch = if branch == 0 { "feature" } else { "main" };
            let done = world.upload(branch).with(SAST, &one).with(SAST, &two).ingest();
            for scan in &done.scans {
                prop_assert_eq!(scan.declared, scan.accepted + scan.duplicate + scan.rejected);
                prop_assert_eq!(scan.rejected, 0);
                prop_assert!(scan.tally.new <= scan.accepted);
            }
            world.assert_sound();
        }
    }

    #[test]
    fn repetitions_are_taken_out_once(report in any_report()) {
        let text = report.to_string();
        let nothing = |_: &str| false;
        let context = Context { report_type: SAST, project_id: 42, has_image: &nothing, schemas: schemas() };
        let world = World::new();
        let mut examined = examine::examine(text.as_bytes(), &context);
        prop_assert!(examined.errors.is_empty());
        let count = examined.candidates.len();
        let (candidates, dropped) = matching::without_repetitions(std::mem::take(&mut examined.candidates), &examined.tools);
        prop_assert_eq!(candidates.len() + dropped as usize, count);
        examined.candidates = candidates.clone();
        let once = matching::take_over(&world.read(), 42, SAST, &mut examined).unwrap();
        let uuids: HashSet<_> = once.iter().map(|entry| entry.uuid).collect();
        prop_assert_eq!(uuids.len(), once.len());
        let (twice, dropped) = matching::without_repetitions(candidates, &examined.tools);
        prop_assert_eq!((twice.len(), dropped), (once.len(), 0));
        // The same findings from another artifact all repeat.
        let mut seen = HashSet::new();
        matching::deduplicate(once.clone(), &mut seen);
        let other = matching::deduplicate(once.clone(), &mut seen);
        prop_assert_eq!((other.unique.len(), other.repeated.len()), (0, once.len()));
    }
}
