//! Lists of vulnerabilities and of a pipeline's findings against naive answers, and what the page shows
//! beside them. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::entries::Entries;
use super::vulnerabilities::Frame;
use super::vulnerability_list::{Filter, OrderBy, count_by_severity, freshness, list, scanners};
use super::{findings, projects, uploads};
use crate::domain::retention::RetentionSettings;
use crate::ingest::scenario_world::{PROJECT, World, finding, package_finding, report, report_by, set};
use crate::store::findings::Pair;
use casemate_shared::{ReportType, Severity, VulnerabilityState};
use proptest::prelude::*;
use serde_json::json;
use std::cmp::Ordering;
use std::collections::HashSet;

const SAST: ReportType = ReportType::Sast;
const WORDS: [&str; 6] = ["Critical", "High", "Medium", "Low", "Unknown", "Info"];

/// Thirty vulnerabilities of two types and three scanners, in every state, some no longer detected.
fn crowded() -> World {
    let world = World::new();
    let entry =
        |number: usize| set(finding(&format!("{}f{number}", ["A", "b", "C"][number % 3])), "/severity", json!(WORDS[number % 6]));
    let all: Vec<_> = (0..30).map(entry).collect();
    world.upload("main").with(SAST, &report(SAST, &all[..14])).ingest();
    world.upload("main").with(SAST, &report_by("bandit", SAST, &all[10..20])).ingest();
    let packages: Vec<_> = (20..26)
        .map(|number| {
            package_finding(
                &format!("p{number}"),
                "a.lock",
                &format!("p{number}"),
                &[json!({"type": "cve", "name": "C", "value": format!("C-{number}")})],
            )
        })
        .collect();
    let kind = ReportType::DependencyScanning;
    world.upload("main").with(kind, &report_by("gemnasium", kind, &packages)).ingest();
    world.upload("main").with(SAST, &report(SAST, &all[..7])).ingest();
    for (number, pair) in world.vulnerabilities().into_iter().enumerate() {
        let state = VulnerabilityState::ALL[number * 7 % 4];
        let mut new = pair.clone();
        new.vulnerability.state = state;
        new.vulnerability.updated_at = 1_000_000 + (number as i64 * 37) % 11;
        let change = crate::store::findings::Change { old: Some(pair), new, event: None };
        world.room.store.write(|wtx| crate::store::findings::put(wtx, PROJECT, vec![change])).unwrap();
    }
    world.assert_sound();
    world
}

#[derive(Debug, Clone)]
struct Wish {
    states: Vec<VulnerabilityState>,
    severities: Vec<Severity>,
    report_types: Vec<ReportType>,
    scanners: Option<Vec<&'static str>>,
    gone: Option<bool>,
    order: OrderBy,
    descending: bool,
    offset: u64,
    limit: usize,
}

fn wish() -> impl Strategy<Value = Wish> {
    let orders = [OrderBy::Severity, OrderBy::DetectedAt, OrderBy::State, OrderBy::Title, OrderBy::Id, OrderBy::UpdatedAt];
    let some = |most| proptest::collection::vec(any::<proptest::sample::Index>(), 0..most);
    let narrow = (some(3), some(3), some(2), proptest::option::of(some(3)), proptest::option::of(any::<bool>()));
    (narrow, proptest::sample::select(orders.to_vec()), any::<bool>(), 0..12_u64, 1..25_usize).prop_map(
        |(narrow, order, descending, offset, limit)| {
            let (states, severities, report_types, scanners, gone) = narrow;
            Wish {
                states: states.iter().map(|index| *index.get(&VulnerabilityState::ALL)).collect(),
                severities: severities.iter().map(|index| *index.get(&Severity::ALL)).collect(),
                report_types: report_types
                    .iter()
                    .map(|index| *index.get(&[SAST, ReportType::DependencyScanning, ReportType::Dast]))
                    .collect(),
                scanners: scanners
                    .map(|all| all.iter().map(|index| *index.get(&["semgrep", "bandit", "gemnasium", "nobody"])).collect()),
                gone,
                order,
                descending,
                offset,
                limit,
            }
        },
    )
}

fn filter(world: &World, wish: &Wish) -> Filter {
    let mut filter = Filter {
        states: wish.states.clone(),
        severities: wish.severities.clone(),
        report_types: wish.report_types.clone(),
        no_longer_detected: wish.gone,
        ..Filter::default()
    };
    filter.set_scanners(&world.read(), PROJECT, wish.scanners.as_deref().unwrap_or_default()).unwrap();
    filter
}

fn scanner_of(world: &World, pair: &Pair) -> String {
    crate::store::records::find_scanner(&world.read(), pair.vulnerability.scanner_id).unwrap().unwrap().external_id
}

fn takes(world: &World, wish: &Wish, pair: &Pair, with_severity: bool) -> bool {
    let row = &pair.vulnerability;
    let scanner_fits = match wish.scanners.as_deref() {
        None | Some([]) => true,
        Some(wanted) => wanted.contains(&scanner_of(world, pair).as_str()),
    };
    (wish.states.is_empty() || wish.states.contains(&row.state))
        && (!with_severity || wish.severities.is_empty() || wish.severities.contains(&row.severity))
        && (wish.report_types.is_empty() || wish.report_types.contains(&row.report_type))
        && wish.gone.is_none_or(|gone| gone == row.resolved_on_default_branch)
        && scanner_fits
}

fn ascending(order: OrderBy, a: &Pair, b: &Pair) -> Ordering {
    let (a, b) = (&a.vulnerability, &b.vulnerability);
    let place = |state: VulnerabilityState| VulnerabilityState::ALL.iter().position(|known| *known == state);
    let by = match order {
        OrderBy::Severity => b.severity.cmp(&a.severity),
        OrderBy::DetectedAt => a.detected_at.cmp(&b.detected_at),
        OrderBy::State => place(a.state).cmp(&place(b.state)),
        OrderBy::Title => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
        OrderBy::Id => Ordering::Equal,
        OrderBy::UpdatedAt => a.updated_at.cmp(&b.updated_at),
    };
    by.then(a.id.cmp(&b.id))
}

#[test]
fn every_filter_and_sort_answers_like_a_naive_list() {
    let world = crowded();
    let all = world.vulnerabilities();
    assert!(all.iter().any(|pair| pair.vulnerability.resolved_on_default_branch) && all.len() > 20);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let answer = runner.run(&wish(), |wish| {
        let mut naive: Vec<&Pair> = all.iter().filter(|pair| takes(&world, &wish, pair, true)).collect();
        naive.sort_by(|a, b| if wish.descending { ascending(wish.order, b, a) } else { ascending(wish.order, a, b) });
        let ids: Vec<u64> = naive.iter().skip(wish.offset as usize).take(wish.limit).map(|pair| pair.vulnerability.id).collect();
        let filter = filter(&world, &wish);
        let rows = list(&world.read(), PROJECT, &filter, wish.order, wish.descending, wish.offset, wish.limit).unwrap();
        prop_assert_eq!((rows.ids, rows.total), (ids, naive.len() as u64));
        let mut counts = count_by_severity(&world.read(), PROJECT, &filter).unwrap();
        for severity in Severity::ALL {
            let right =
                all.iter().filter(|pair| takes(&world, &wish, pair, false) && pair.vulnerability.severity == severity).count();
            prop_assert_eq!(*counts.get_mut(severity), right as u64);
        }
        Ok(())
    });
    answer.unwrap();
}

#[test]
fn times_narrow_from_and_up_to() {
    let world = World::new();
    world.sast("main", &[finding("A")]);
    world.sast("main", &[finding("A"), finding("B")]);
    let at = world.vulnerability("B").vulnerability.detected_at;
    let total = |filter: Filter| list(&world.read(), PROJECT, &filter, OrderBy::Id, true, 0, 9).unwrap().total;
    assert_eq!(total(Filter { detected_after: Some(at), ..Filter::default() }), 1);
    assert_eq!(total(Filter { detected_before: Some(at), ..Filter::default() }), 1);
    assert_eq!(total(Filter { detected_after: Some(at + 1), ..Filter::default() }), 0);
}

#[test]
fn scanners_are_listed_with_what_they_have() {
    let world = crowded();
    let rows = scanners(&world.read(), PROJECT).unwrap();
    let told: Vec<(&str, u64)> = rows.iter().map(|row| (row.external_id.as_str(), row.count)).collect();
    let count = |id: &str| world.vulnerabilities().iter().filter(|pair| scanner_of(&world, pair) == id).count() as u64;
    assert_eq!(told, [("bandit", count("bandit")), ("gemnasium", count("gemnasium")), ("semgrep", count("semgrep"))]);
    assert_eq!(told.iter().map(|(_, count)| count).sum::<u64>(), world.vulnerabilities().len() as u64);
}

#[test]
fn open_counts_leave_out_what_is_decided_or_gone() {
    let world = crowded();
    let mut counts = projects::open_counts(&world.read(), PROJECT).unwrap();
    for severity in Severity::ALL {
        let is_open = |pair: &&Pair| {
            let row = &pair.vulnerability;
            let open = [VulnerabilityState::Detected, VulnerabilityState::Confirmed].contains(&row.state);
            open && row.severity == severity && !row.resolved_on_default_branch
        };
        assert_eq!(*counts.get_mut(severity), world.vulnerabilities().iter().filter(is_open).count() as u64);
    }
}

#[test]
fn freshness_names_the_newest_scan_of_each_type_and_newer_errors() {
    let world = World::new();
    assert!(freshness(&world.read(), PROJECT).unwrap().is_empty());
    let kind = ReportType::DependencyScanning;
    let first =
        world.upload("main").with(SAST, &report(SAST, &[finding("A")])).with(kind, &report_by("gemnasium", kind, &[])).ingest();
    let second = world.upload("main").with(SAST, &report(SAST, &[])).with(SAST, &report_by("bandit", SAST, &[])).ingest();
    world.sast("feature", &[set(finding("A"), "/severity", json!("Bogus"))]);
    let told = |world: &World| freshness(&world.read(), PROJECT).unwrap();
    let rows = told(&world);
    assert_eq!(
        rows.iter().map(|row| (row.report_type, row.pipeline_id)).collect::<Vec<_>>(),
        [(SAST, second.pipeline.id), (kind, first.pipeline.id)]
    );
    assert_eq!(rows[0].scanners, ["The semgrep", "The bandit"]);
    assert!(rows.iter().all(|row| !row.newer_errors));
    world.sast("main", &[set(finding("A"), "/severity", json!("Bogus"))]);
    let rows = told(&world);
    assert_eq!((rows[0].newer_errors, rows[1].newer_errors, rows[0].pipeline_id), (true, false, second.pipeline.id));
}

#[test]
fn findings_of_a_pipeline_are_narrowed_and_sorted() {
    let world = World::new();
    let entry = |title: &str, severity: &str| set(finding(title), "/severity", json!(severity));
    world.sast("main", &[entry("A", "Low"), entry("B", "High")]);
    world.change("A", |pair| pair.vulnerability.state = VulnerabilityState::Dismissed);
    let kind = ReportType::DependencyScanning;
    let package = package_finding("D", "a.lock", "p", &[json!({"type": "cve", "name": "C", "value": "C"})]);
    let done = world
        .upload("feature")
        .with(SAST, &report(SAST, &[entry("A", "Low"), entry("B", "High"), entry("C", "Critical")]))
        .with(kind, &report_by("gemnasium", kind, &[package]))
        .ingest();
    let rtx = world.read();
    let entries = Entries::new(1 << 20);
    let frame = Frame::new(&rtx, &world.project, "http://h", &entries).unwrap();
    let names = |filter: findings::Filter| -> Vec<String> {
        let (page, total) = findings::list(&frame, done.pipeline.id, &filter, 0, 50).unwrap();
        assert_eq!(page.len() as u64, total);
        page.into_iter().map(|row| row.name).collect()
    };
    let first: HashSet<String> = names(findings::Filter::default()).into_iter().collect();
    assert_eq!(first, HashSet::from(["B", "C", "D"].map(str::to_owned)));
    assert_eq!(names(findings::Filter { with_dismissed: true, ..Default::default() }).len(), 4);
    assert_eq!(names(findings::Filter { states: vec![VulnerabilityState::Dismissed], ..Default::default() }), ["A"]);
    assert_eq!(names(findings::Filter { severities: vec![Severity::Critical, Severity::Low], ..Default::default() }), ["C"]);
    assert_eq!(names(findings::Filter { report_types: vec![kind], ..Default::default() }), ["D"]);
    assert_eq!(names(findings::Filter { scanners: vec!["semgrep".to_owned()], ..Default::default() }), ["C", "B"]);
    let (page, total) =
        findings::list(&frame, done.pipeline.id, &findings::Filter { with_dismissed: true, ..Default::default() }, 1, 2).unwrap();
    assert_eq!((page.len(), total), (2, 4));
}

#[test]
fn findings_of_a_report_of_several_scanners_are_narrowed_by_their_own() {
    let world = World::new();
    let old = |title: &str, scanner: &str| {
        let entry = set(finding(title), "/scanner", json!({"id": scanner, "name": scanner}));
        set(set(entry, "/category", json!("sast")), "/cve", json!(title))
    };
    let entries = [old("A", "semgrep"), old("B", "bandit"), old("C", "semgrep")];
    let done = world.upload("main").with(SAST, &json!({"version": "14.1.0", "vulnerabilities": entries})).ingest();
    assert_eq!(done.scan().scanner.as_ref().map(|tool| tool.external_id.as_str()), Some("semgrep"));
    let rtx = world.read();
    let entries = Entries::new(1 << 20);
    let frame = Frame::new(&rtx, &world.project, "http://h", &entries).unwrap();
    let names = |scanners: &[&str]| -> HashSet<String> {
        let filter = findings::Filter { scanners: scanners.iter().map(|id| (*id).to_owned()).collect(), ..Default::default() };
        let (page, total) = findings::list(&frame, done.pipeline.id, &filter, 0, 50).unwrap();
        assert_eq!(page.len() as u64, total);
        page.into_iter().map(|row| row.name).collect()
    };
    let set_of = |names: &[&str]| -> HashSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(names(&["semgrep"]), set_of(&["A", "C"]));
    assert_eq!(names(&["bandit"]), set_of(&["B"]));
    assert_eq!(names(&["bandit", "semgrep"]), set_of(&["A", "B", "C"]));
    assert_eq!(names(&["zeta"]), set_of(&[]));
}

#[test]
fn an_answer_sums_what_is_known() {
    let world = World::new();
    let accepted = world.upload("main").with(SAST, &report(SAST, &[finding("A"), finding("B")])).with_bytes(SAST, b"{").accept();
    let answer = |world: &World| {
        let rtx = world.read();
        let frame = super::jobs::Frame::new(&rtx, &world.project, "http://h", RetentionSettings::default()).unwrap();
        uploads::answer(&frame, accepted.pipeline_id, &accepted.scan_ids, Vec::new()).unwrap()
    };
    assert_eq!((answer(&world).summary.new, answer(&world).reports[0].summary.clone()), (None, None));
    world.work_off();
    let summary = answer(&world).summary;
    assert_eq!((summary.declared, summary.accepted, summary.new, summary.known), (2, 2, Some(2), Some(0)));
    assert_eq!(answer(&world).reports[1].errors[0].kind, "ParsingError");
}
