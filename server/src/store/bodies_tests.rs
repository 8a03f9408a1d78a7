//! Bodies come back byte for byte, and what they repeat is stored and told once. Must not know: reports.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::store::catalog::TEXTS;
use crate::store::{Store, check, outbox, sample};
use proptest::prelude::*;

fn new<'a>(number: u8, raw: &'a [u8], texts: Vec<Range<usize>>) -> NewBody<'a> {
    NewBody {
        hash: [number; 16],
        report_type: ReportType::Sast,
        scanner_id: 1,
        metadata_version: "15.0.0",
        image_key: "image",
        remediation_ids: vec![1],
        raw,
        texts,
    }
}

/// An entry with two texts, and where they stand.
fn entry(first: &str, second: &str) -> (Vec<u8>, Vec<Range<usize>>) {
    let (begin, middle) = ("{\"description\":".to_owned(), ",\"solution\": ");
    let (one, two) = (format!("\"{first}\""), format!("\"{second}\""));
    let raw = format!("{begin}{one}{middle}{two}, \"x\":1}}");
    let at = begin.len() + one.len() + middle.len();
    (raw.into_bytes(), vec![begin.len()..begin.len() + one.len(), at..at + two.len()])
}

fn stored_texts(store: &Store) -> Vec<String> {
    let mut all = Vec::new();
    texts::each_text(&store.read().unwrap(), 0, |text| {
        all.push(String::from_utf8(text.literal).unwrap());
        ControlFlow::Continue(())
    })
    .unwrap();
    all
}

#[test]
fn the_bytes_are_those_of_the_row() {
    let (raw, texts) = entry(&"a".repeat(60), &"b".repeat(60));
    let encoded = encode(7, &[new(1, &raw, texts)], &|_| None).unwrap();
    let stored = StoredBody {
        project_id: 7,
        report_type: ReportType::Sast,
        scanner_id: 1,
        metadata_version: "15.0.0".to_owned(),
        image_key: "image".to_owned(),
        remediation_ids: vec![1],
        packed_from: None,
        rest: b"{\"description\":\"\",\"solution\": \"\", \"x\":1}".to_vec(),
        places: vec![15, 30],
        texts: vec![[0; 8]; 2],
    };
    assert_eq!(encoded.rows, codec::encode(&stored).unwrap());
    assert_eq!(encoded.holes.iter().map(|(at, _)| encoded.rows.len() - at).collect::<Vec<_>>(), [16, 8]);
}

#[test]
fn a_text_is_stored_and_told_once_and_a_short_one_stays() {
    let store = sample::store();
    let before = outbox::newest_seq(&store.read().unwrap()).unwrap();
    let texts_before = stored_texts(&store).len();
    let (rule, fix, other) = ("r".repeat(50), "short", "o".repeat(50));
    let bodies = [entry(&rule, fix), entry(&rule, &other), entry(&rule, &rule)];
    let all: Vec<NewBody<'_>> = (11..).zip(&bodies).map(|(number, (raw, texts))| new(number, raw, texts.clone())).collect();
    let first = store.write(|wtx| put(wtx, sample::PROJECT, &all)).unwrap();
    let (again, texts) = entry(&other, &rule);
    store.write(|wtx| put(wtx, sample::PROJECT, &[new(20, &again, texts)])).unwrap();
    let rtx = store.read().unwrap();
    assert_eq!(stored_texts(&store).len(), texts_before + 2);
    let told: Vec<(u64, u64)> = outbox::entries_behind(&rtx, before, 9)
        .unwrap()
        .iter()
        .map(|entry| match &entry.operation {
            outbox::Operation::Added { bodies, texts } => (bodies.1, texts.1),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [(3, 2), (1, 0)]);
    for (id, (raw, _)) in (first..).zip(&bodies) {
        let body = get_body(&rtx, id).unwrap();
        assert_eq!(&body.raw, raw);
    }
    let bare = get_bare_bodies(&rtx, &[first, first + 2]).unwrap();
    assert_eq!(bare[0].raw, b"{\"description\":\"\",\"solution\": \"short\", \"x\":1}");
    assert_eq!(bare[1].raw, b"{\"description\":\"\",\"solution\": \"\", \"x\":1}");
    assert_eq!(bare[0].text_ids, [bare[1].text_ids[0]]);
    assert_eq!(texts::get_texts(&rtx, &bare[0].text_ids).unwrap()[0].literal, format!("\"{rule}\"").into_bytes());
    assert_eq!(check::check(&rtx).unwrap().problems, Vec::<String>::new());
}

#[test]
fn a_body_is_packed_with_the_sample_of_its_scanner() {
    let store = sample::store();
    let raw = |name: &str| format!("{{\"name\":\"{name}\",\"location\":{{\"file\":\"src/{name}.rs\",\"line\":{}}}}}", name.len());
    let (first, second) = (raw(&"a".repeat(30)), raw("another one"));
    let of = (sample::PROJECT, 1, ReportType::Dast);
    let fresh = |raw: &str| sample_of(&new(1, raw.as_bytes(), Vec::new()));
    let sample = store.write(|wtx| pack::put_sample(wtx, of, fresh(&first))).unwrap();
    assert_eq!(store.write(|wtx| pack::put_sample(wtx, of, fresh(&second))).unwrap(), sample, "a sample never changes");
    let bodies = [(21, &first), (22, &second)]
        .map(|(number, raw)| NewBody { report_type: ReportType::Dast, ..new(number, raw.as_bytes(), Vec::new()) });
    let mut parts = [encode(sample::PROJECT, &bodies, &|asked| (asked == of).then_some(&sample[..])).unwrap()];
    assert!(parts[0].size() < first.len() + second.len());
    let id = store.write(|wtx| put_encoded(wtx, sample::PROJECT, &mut parts, &mut KnownTexts::default())).unwrap();
    let rtx = store.read().unwrap();
    for bodies in [get_bodies(&rtx, &[id, id + 1]).unwrap(), get_bare_bodies(&rtx, &[id, id + 1]).unwrap()] {
        assert_eq!(bodies.into_iter().map(|body| body.raw).collect::<Vec<_>>(), [first.as_bytes(), second.as_bytes()]);
    }
    assert_eq!(check::check(&rtx).unwrap().problems, Vec::<String>::new());
}

#[test]
fn texts_of_two_projects_are_apart() {
    let store = sample::store();
    let (raw, texts) = entry(&"r".repeat(50), "");
    let before = stored_texts(&store).len();
    for project in [sample::PROJECT, 2] {
        store.write(|wtx| put(wtx, project, &[new(9, &raw, texts.clone())])).unwrap();
    }
    assert_eq!(stored_texts(&store).len(), before + 2);
}

#[test]
fn a_place_that_is_none_is_damage() {
    let store = sample::store();
    let (raw, texts) = entry(&"r".repeat(50), "");
    let id = store.write(|wtx| put(wtx, sample::PROJECT, &[new(9, &raw, texts)])).unwrap();
    let mut stored: StoredBody = crate::store::row(&store.read().unwrap(), BODIES, Key::id(id).done()).unwrap().unwrap();
    for (places, reason) in [(vec![], "does not say"), (vec![u64::MAX], "wrongly"), (vec![10_000], "wrongly")] {
        stored.places = places;
        store.write(|wtx| wtx.put_row(BODIES, Key::id(id).done(), &stored)).unwrap();
        let error = get_body(&store.read().unwrap(), id).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    stored.places = vec![0];
    stored.texts = vec![99_u64.to_be_bytes()];
    store.write(|wtx| wtx.put_row(BODIES, Key::id(id).done(), &stored)).unwrap();
    let error = get_body(&store.read().unwrap(), id).unwrap_err().to_string();
    assert_eq!(error, format!("damaged row in table {}: text 99 is missing", TEXTS.name));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_come_back_whatever_ranges_are_told(
        raws in proptest::collection::vec(proptest::collection::vec(0..4_u8, 0..300), 1..5),
        cuts in proptest::collection::vec((0..320_usize, 0..120_usize), 0..5),
    ) {
        let store = sample::store();
        let ranges: Vec<Range<usize>> = cuts.iter().map(|(begin, length)| *begin..begin + length).collect();
        let all: Vec<NewBody<'_>> = (50..).zip(&raws).map(|(number, raw)| new(number, raw, ranges.clone())).collect();
        let first = store.write(|wtx| put(wtx, sample::PROJECT, &all)).unwrap();
        let rtx = store.read().unwrap();
        let ids: Vec<u64> = (first..first + raws.len() as u64).collect();
        let read: Vec<Vec<u8>> = get_bodies(&rtx, &ids).unwrap().into_iter().map(|body| body.raw).collect();
        prop_assert_eq!(&read, &raws);
        let mut walked = Vec::new();
        each_bare_body(&rtx, first, |body| { walked.push(body.raw); ControlFlow::Continue(()) }).unwrap();
        let bare: Vec<Vec<u8>> = get_bare_bodies(&rtx, &ids).unwrap().into_iter().map(|body| body.raw).collect();
        prop_assert_eq!(&walked, &bare);
    }
}
