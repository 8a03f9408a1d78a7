//! Which version a report is checked against, and what is said about it.

use casemate_shared::ReportType;
use serde_json::json;

use super::super::compose::Sources;
use super::super::kind::Kind;
use super::super::version::Support;
use super::super::{ReportValidator, Schemas, Selection};
use super::schemas;

const SUPPORTED: &str = "15.0.0, 15.0.1, 15.0.2, 15.0.4, 15.0.5, 15.0.6, 15.0.7, 15.1.0, 15.1.1, \
                         15.1.2, 15.1.3, 15.1.4, 15.2.0, 15.2.1, 15.2.2, 15.2.3, 15.2.4";

fn select(declared: Option<&str>) -> Selection {
    schemas().select(ReportType::Sast, declared).unwrap()
}

fn names(support: Support) -> Vec<String> {
    let sources = Sources::read().unwrap();
    let of = sources.versions().iter().filter(|known| known.support == support);
    of.map(|known| known.version.to_string()).collect()
}

#[test]
fn the_versions_are_exactly_these() {
    assert_eq!(names(Support::Supported).join(", "), SUPPORTED);
    assert_eq!(names(Support::Deprecated), ["14.1.0", "14.1.1", "14.1.2", "14.1.3"]);
}

#[test]
fn every_schema_of_the_matrix_compiles() {
    let sources = Sources::read().unwrap();
    for known in sources.versions() {
        for kind in Kind::ALL {
            let schema = sources.composed(kind, known.version);
            assert!(schema["definitions"]["location"].is_object());
            let compiled = ReportValidator::compile(schema);
            assert!(compiled.is_ok(), "{} {}: {compiled:?}", kind.as_str(), known.version);
        }
    }
}

#[test]
fn a_supported_version_is_taken_as_it_is() {
    for version in names(Support::Supported) {
        let selection = select(Some(&version));
        assert_eq!(selection.validated_against, version);
        assert_eq!((selection.refusal, selection.warning), (None, None));
    }
}

#[test]
fn a_deprecated_version_is_taken_with_a_warning() {
    for version in names(Support::Deprecated) {
        let selection = select(Some(&version));
        assert_eq!(selection.validated_against, version);
        assert_eq!(selection.refusal, None);
        let expected = format!(
            "Version {version} of the sast report format is deprecated. The report is still \
             read. Please move its scanner to one of these versions: {SUPPORTED}."
        );
        assert_eq!(selection.warning.unwrap(), expected);
    }
}

#[test]
fn an_unknown_patch_takes_the_highest_known_one_with_a_warning() {
    let cases = [("15.0.3", "15.0.7"), ("15.0.23", "15.0.7"), ("15.1.10", "15.1.4"), ("15.2.99999999999999999999", "15.2.4")];
    for (declared, against) in cases {
        let selection = select(Some(declared));
        assert_eq!(selection.validated_against, against);
        assert_eq!(selection.refusal, None);
        let minor = &declared[..4];
        let expected = format!(
            "Version {declared} of the sast report format is not known here, but {minor} is \
             supported. The report is checked against version {against}."
        );
        assert_eq!(selection.warning.unwrap(), expected);
    }
}

#[test]
fn anything_else_is_refused_and_checked_against_the_earliest() {
    let tail = format!(
        "Supported versions are {SUPPORTED}. To show all errors the report is checked against \
         version 15.0.0, the earliest of them, but it is not ingested."
    );
    let cases = [
        ("16.0.0", "16.0.0"),
        ("15.3.0", "15.3.0"),
        ("14.0.6", "14.0.6"),
        ("14.1.9", "14.1.9"),
        ("15.0", "\"15.0\""),
        ("15.0.0.1", "\"15.0.0.1\""),
        ("15.0.0\n", "\"15.0.0\\n\""),
        ("+15.0.0", "\"+15.0.0\""),
        ("15.0.x", "\"15.0.x\""),
        ("", "\"\""),
    ];
    for (declared, shown) in cases {
        let selection = select(Some(declared));
        assert_eq!(selection.validated_against, "15.0.0");
        assert_eq!(selection.warning, None);
        let expected = format!("Version {shown} of the sast report format is not supported. {tail}");
        assert_eq!(selection.refusal.unwrap(), expected);
    }
    let selection = select(None);
    assert_eq!((selection.validated_against.as_str(), selection.warning), ("15.0.0", None));
    let expected = format!("The report does not say which version of the sast report format it has. {tail}");
    assert_eq!(selection.refusal.unwrap(), expected);
}

#[test]
fn a_hostile_version_is_cut_in_the_message() {
    let refusal = select(Some(&"<b>".repeat(1_000_000))).refusal.unwrap();
    assert!(refusal.len() < 400, "{} bytes", refusal.len());
    assert!(refusal.contains("(cut)"));
}

#[test]
fn schemas_are_shared_between_threads_and_compiled_once() {
    fn shared<T: Send + Sync>(_: &T) {}
    let schemas = Schemas::new().unwrap();
    shared(&schemas);
    let dast = schemas.select(ReportType::Dast, Some("15.0.7")).unwrap();
    let fuzzing = schemas.select(ReportType::ApiFuzzing, Some("15.0.3")).unwrap();
    assert!(std::sync::Arc::ptr_eq(&dast.validator, &fuzzing.validator));
    assert!(fuzzing.warning.unwrap().contains("the api_fuzzing report format"));
}

/// A finding alone and the head alone say together what the schema says of the whole.
#[test]
fn the_halves_have_the_verdict_of_the_whole() {
    let sources = Sources::read().unwrap();
    let newest = sources.versions().last().unwrap().version;
    for report_type in ReportType::ALL {
        let schema = sources.composed(Kind::of(report_type), newest);
        let whole = jsonschema::draft7::new(&schema).unwrap();
        let report = super::sample::report(report_type);
        for pointer in pointers(&report) {
            for value in [json!(null), json!([0]), json!({"a": {"type": "text"}}), json!("")] {
                let mut damaged = report.clone();
                *damaged.pointer_mut(&pointer).unwrap() = value;
                let here = super::accepts(report_type, "15.2.4", &damaged);
                assert_eq!(here, whole.is_valid(&damaged), "{pointer} of {damaged}");
            }
        }
    }
}

/// Every place in a value, but not the value itself.
fn pointers(value: &serde_json::Value) -> Vec<String> {
    let children: Vec<(String, &serde_json::Value)> = match value {
        serde_json::Value::Array(entries) => {
            entries.iter().enumerate().map(|(index, entry)| (index.to_string(), entry)).collect()
        }
        serde_json::Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), member)).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, child) in children {
        found.push(format!("/{name}"));
        found.extend(pointers(child).into_iter().map(|rest| format!("/{name}{rest}")));
    }
    found
}
