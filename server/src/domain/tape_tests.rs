//! Tests of tape.rs: the flat list and the tree of a text say the same, whatever the text is. With them the
//! rules of identity and of what a finding says, which are written for both.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::identity::identify;
use crate::domain::raw;
use crate::domain::report_finding::ReportFinding;
use casemate_shared::ReportType;
use proptest::prelude::*;
use serde_json::{Map, Value};

fn tree(item: Item<'_>) -> Value {
    match item.kind() {
        Kind::Object => Value::Object(item.members().map(|(key, value)| (key.to_owned(), tree(value))).collect::<Map<_, _>>()),
        Kind::Array => Value::Array(item.entries().map(tree).collect()),
        Kind::Text => Value::from(item.as_text().unwrap()),
        Kind::Integer | Kind::Fraction => serde_json::from_str(&item.as_number().unwrap()).unwrap(),
        Kind::Bool | Kind::Null => Value::Null,
    }
}

/// The tree without telling true from false, which nobody needs.
fn without_truth(value: Value) -> Value {
    match value {
        Value::Bool(_) => Value::Null,
        Value::Array(all) => all.into_iter().map(without_truth).collect(),
        Value::Object(all) => Value::Object(all.into_iter().map(|(key, value)| (key, without_truth(value))).collect()),
        other => other,
    }
}

const KEYS: [&str; 30] = [
    "id",
    "cve",
    "name",
    "severity",
    "description",
    "solution",
    "identifiers",
    "type",
    "value",
    "url",
    "location",
    "file",
    "start_line",
    "end_line",
    "dependency",
    "package",
    "version",
    "image",
    "kubernetes_resource",
    "agent_id",
    "tracking",
    "items",
    "signatures",
    "algorithm",
    "links",
    "flags",
    "origin",
    "scanner",
    "sc\\u0061nner",
    "z\\u0000",
];

const LEAVES: [&str; 17] = [
    "null",
    "true",
    "1",
    "-3",
    "1.5",
    "1e3",
    "18446744073709551616",
    "\"\"",
    "\"a\"",
    "\"cwe\"",
    "\"CVE\"",
    "\"hash\"",
    "\" \"",
    "\"scope_offset\"",
    "\"x\\u0061\\n\\\"\"",
    "\"n\\u0000l\"",
    "\"\\ud83d\\ude00ä\"",
];

fn object(value: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    let member = (prop::sample::select(KEYS.to_vec()), value).prop_map(|(key, value)| format!(" \"{key}\" : {value}"));
    prop::collection::vec(member, 0..9).prop_map(|members| format!("{{{}}}", members.join(",")))
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(LEAVES.to_vec()).prop_map(str::to_owned);
    leaf.prop_recursive(4, 40, 6, |inner| {
        let array = prop::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{} ]", all.join(" ,")));
        prop_oneof![array, object(inner)]
    })
}

/// A finding whose members have mostly the right form.
fn finding() -> impl Strategy<Value = String> {
    let text = || prop::sample::select(LEAVES.to_vec());
    let identifier = (text(), text(), text()).prop_map(|(kind, value, name)| {
        format!("{{\"type\": {kind}, \"value\": {value}, \"name\": {name}, \"url\": \"http://x\"}}")
    });
    let signature = (text(), text()).prop_map(|(algorithm, value)| format!("{{\"algorithm\": {algorithm}, \"value\": {value}}}"));
    let location = (text(), text(), text()).prop_map(|(a, b, c)| {
        let place =
            format!("\"file\": {a}, \"start_line\": {b}, \"end_line\": {c}, \"image\": {a}, \"path\": {b}, \"param\": {c}");
        let more = format!("\"dependency\": {{\"package\": {{\"name\": {b}}}, \"version\": {a}}}, \"crash_type\": {c}");
        format!("{{{place}, {more}, \"kubernetes_resource\": {{\"agent_id\": {a}}}}}")
    });
    let lists = (prop::collection::vec(identifier, 0..4), prop::collection::vec(signature, 0..5));
    (lists, location, object(json())).prop_map(|((identifiers, signatures), location, more)| {
        let tracking = format!("{{\"items\": [{{\"signatures\": [{}]}}, 3, {{\"signatures\": []}}]}}", signatures.join(","));
        let more = more.strip_prefix('{').and_then(|more| more.strip_suffix('}')).unwrap();
        let comma = if more.is_empty() { "" } else { "," };
        format!(
            "{{\"identifiers\": [{}], \"location\": {location}, \"tracking\": {tracking}{comma}{more}}}",
            identifiers.join(",")
        )
    })
}

fn facts<'a>(value: impl Json<'a>) -> Vec<String> {
    let finding = ReportFinding(value);
    let mut facts = vec![format!(
        "{:?}",
        (
            (finding.id(), finding.legacy_cve(), finding.severity(), finding.description(), finding.solution()),
            finding.identifiers().collect::<Vec<_>>(),
            finding.links().collect::<Vec<_>>(),
            finding.flags().collect::<Vec<_>>(),
            finding.signatures().collect::<Vec<_>>(),
            (finding.evidence().is_some(), finding.details().is_some(), finding.cvss().is_some()),
            (finding.own_scanner().is_some(), finding.own_remediations().count()),
        )
    )];
    for kind in ReportType::ALL {
        let image = finding.location().map(|location| location.text("image").to_owned()).unwrap_or_default();
        let line = finding.location().map(|location| location.one_line(kind));
        facts.push(format!("{:?}", (identify(kind, &finding, &image, 42), finding.name(kind), line)));
    }
    facts
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let mut tape = Tape::default();
    tape.read("{\"left\": \"over\\n\"}").unwrap();
    let read = tape.read(text);
    let Ok(whole) = raw::parse(text) else {
        prop_assert!(read.is_err(), "{}", text);
        return Ok(());
    };
    prop_assert!(read.is_ok(), "{}", text);
    prop_assert_eq!(tree(tape.root()), without_truth(whole.value.clone()));
    prop_assert!(tape.may_be_odd() || !(whole.has_duplicate_keys || whole.has_nul));
    prop_assert_eq!(facts(tape.root()), facts(&whole.value));
    for (range, member) in tape.literals(text).into_iter().zip(LITERALS) {
        let literal: Option<Value> = text.get(range).filter(|text| !text.is_empty()).map(|text| raw::parse(text).unwrap().value);
        let is_sure = !tape.may_have_equal_keys;
        prop_assert!(!is_sure || literal.as_ref() == whole.value.get(member).filter(|value| value.is_string()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_text_reads_as_its_tree_does(text in json()) {
        check(&text)?;
    }

    #[test]
    fn a_finding_says_the_same_in_both_forms(text in finding()) {
        check(&text)?;
    }
}

#[test]
fn what_is_no_json_is_refused_as_by_the_tree() {
    for text in ["", "{", "[1,]", "{\"a\":1}x", "[1e999]", "[\"\\ud800\"]", "{\"description\": \"\\ud800\"}", "\"\u{1}\"", "nul"]
    {
        assert!(raw::parse(text).is_err() && Tape::default().read(text).is_err(), "{text}");
    }
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    assert!(raw::parse(&deep).is_err() && Tape::default().read(&deep).is_err());
}

#[test]
fn a_large_object_may_have_equal_keys() {
    let members: Vec<String> = (0..=COMPARED).map(|number| format!("\"m{number}\":{number}")).collect();
    let (small, large) = (format!("{{{}}}", members[1..].join(",")), format!("{{{}}}", members.join(",")));
    let mut tape = Tape::default();
    tape.read(&small).unwrap();
    assert!(!tape.may_be_odd());
    tape.read(&large).unwrap();
    assert!(tape.may_be_odd());
    assert_eq!(tape.root().get("m64").and_then(Item::as_i64), Some(64));
}
