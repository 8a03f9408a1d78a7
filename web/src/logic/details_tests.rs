//! Tests of the detail tree: every type of the format, unknown ones, and depth.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use serde_json::json;

fn only(value: Value) -> Detail {
    details(&json!({ "key": value })).pop().unwrap().detail
}

#[test]
fn simple_types() {
    assert_eq!(only(json!({"type": "text", "value": "a"})), Detail::Text("a".to_owned()));
    assert_eq!(only(json!({"type": "value", "value": true})), Detail::Mono("true".to_owned()));
    assert_eq!(only(json!({"type": "commit", "value": "abc"})), Detail::Mono("abc".to_owned()));
    assert_eq!(only(json!({"type": "code", "value": "x"})), Detail::Code("x".to_owned()));
    assert_eq!(
        only(json!({"type": "file-location", "file_name": "a.c", "line_start": 3, "line_end": 5})),
        Detail::Mono("a.c:3-5".to_owned())
    );
    assert_eq!(
        only(json!({"type": "module-location", "module_name": "libc", "offset": 16})),
        Detail::Mono("libc + 16".to_owned())
    );
    assert_eq!(
        only(json!({"type": "diff", "before": "a", "after": "b"})),
        Detail::Diff { before: "a".to_owned(), after: "b".to_owned() }
    );
}

#[test]
fn links_are_linked_only_when_safe() {
    let good = only(json!({"type": "url", "href": "https://a.test", "text": "A"}));
    assert_eq!(good, Detail::Link { text: "A".to_owned(), href: "https://a.test".to_owned() });
    let bad = only(json!({"type": "url", "href": "javascript:x", "text": "A"}));
    assert_eq!(bad, Detail::Mono("javascript:x".to_owned()));
}

#[test]
fn nested_types() {
    let text = json!({"type": "text", "value": "a"});
    assert_eq!(
        only(json!({"type": "list", "items": [text, text]})),
        Detail::List(vec![Detail::Text("a".to_owned()), Detail::Text("a".to_owned())])
    );
    let Detail::Table { header, rows } = only(json!({"type": "table", "header": [text], "rows": [[text], [text]]})) else {
        panic!("no table");
    };
    assert_eq!((header.len(), rows.len()), (1, 2));
    let Detail::NamedList(named) = only(json!({"type": "named-list", "items": {"k": {
        "type": "text", "name": "N", "description": "d", "value": "a"}}}))
    else {
        panic!("no named list");
    };
    let first = named.first().unwrap();
    assert_eq!((first.name.as_str(), first.description.as_deref()), ("N", Some("d")));
    let node = json!({"node_type": "source", "file_location": {"file_name": "a.c", "line_start": 1}});
    let Detail::Flows(flows) = only(json!({"type": "code-flows", "items": [[node]]})) else {
        panic!("no flows");
    };
    assert_eq!(flows, [[Step { kind: "source".to_owned(), place: "a.c:1".to_owned() }]]);
}

#[test]
fn what_is_not_understood_is_shown_as_json() {
    let Detail::Code(text) = only(json!({"type": "hologram", "value": 1})) else {
        panic!("unknown types must show as JSON");
    };
    assert!(text.contains("hologram"));
    assert!(details(&json!([1])).is_empty());
}

#[test]
fn depth_is_bounded() {
    let mut value = json!({"type": "text", "value": "deep"});
    for _ in 0..40 {
        value = json!({"type": "list", "items": [value]});
    }
    let mut levels = 0;
    let mut at = only(value);
    while let Detail::List(items) = at {
        levels += 1;
        at = items.into_iter().next().unwrap();
    }
    assert_eq!(levels, 8);
    assert!(matches!(at, Detail::Code(_)));
}
