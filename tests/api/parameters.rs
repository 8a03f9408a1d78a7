//! Parameters: query string, JSON, form and multipart are one; what has a wrong form is named.

use casemate_tests::TestServer;
use serde_json::json;
use ureq::http::Method;

#[test]
fn query_json_form_and_multipart_are_one_and_the_body_wins() {
    let server = TestServer::start();
    let client = server.client();
    let create = |query: &str, kind: &str, body: &str| {
        let path = format!("/api/v4/projects{query}");
        client.send(Method::POST, &path, kind, body.as_bytes()).expect(201).json()
    };
    let by_query = create("?name=one&description=from+the%20query", "application/json", "");
    assert_eq!((by_query["name"].as_str(), by_query["description"].as_str()), (Some("one"), Some("from the query")));
    let by_json = create("?description=query", "application/json", r#"{"name": "two", "topics": ["a", "b"]}"#);
    assert_eq!((by_json["description"].as_str(), &by_json["topics"]), (Some("query"), &json!(["a", "b"])));
    let form = "application/x-www-form-urlencoded";
    let by_form = create("?name=query", form, "name=three&topics[]=a&topics%5B%5D=b");
    assert_eq!((by_form["name"].as_str(), &by_form["topics"]), (Some("three"), &json!(["a", "b"])));
    let by_commas = create("", form, "name=four&topics=a,b");
    assert_eq!(by_commas["topics"], json!(["a", "b"]));
    let part = |name: &str, value: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let multipart = format!("{}{}--x--\r\n", part("name", "five"), part("description", "of parts"));
    let by_parts = create("?name=query", "multipart/form-data; boundary=x", &multipart);
    assert_eq!((by_parts["name"].as_str(), by_parts["description"].as_str()), (Some("five"), Some("of parts")));
}

#[test]
fn an_empty_body_with_a_json_content_type_is_fine() {
    let server = TestServer::start();
    let client = server.client().with_header("Content-Type", "application/json");
    client.get("/api/v4/projects").expect(200);
    client.get("/api/v4/user").expect(200);
    let made = server.client().send(Method::POST, "/api/v4/projects?name=x", "application/json", b"");
    made.expect(201);
}

#[test]
fn a_body_that_cannot_be_read_is_4xx_and_says_why() {
    let server = TestServer::start();
    let send = |kind: &str, body: &[u8]| server.client().send(Method::POST, "/api/v4/projects", kind, body);
    for (kind, body, status) in [
        ("application/json", &b"{\"name\": "[..], 400),
        ("application/json", b"[1]", 400),
        ("application/json", b"null", 400),
        ("application/json", b"\xff\xfe", 400),
        ("application/x-www-form-urlencoded", b"name=%ff", 400),
        ("application/x-www-form-urlencoded", b"name[]=a&name=b", 400),
        ("text/csv", b"name\nx", 415),
        ("multipart/form-data", b"name", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disp", 400),
        ("application/json", br#"{"name": ["a"]}"#, 400),
        ("application/json", br#"{"name": {"a": 1}}"#, 400),
    ] {
        let answer = send(kind, body).expect(status);
        let body = answer.json();
        let said = body.get("message").or_else(|| body.get("error"));
        assert!(said.is_some_and(|text| text.as_str().is_some_and(|text| text.len() > 10)), "{kind}: {body}");
    }
    let deep = format!("{}1{}", r#"{"name": "#.to_owned() + &"[".repeat(5000), "]".repeat(5000) + "}");
    send("application/json", deep.as_bytes()).expect(400);
    let wide = format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20));
    send("application/json", wide.as_bytes()).expect(413);
    assert_eq!(server.client().get("/api/v4/projects").total(), 0);
}

#[test]
fn what_is_missing_is_named_all_at_once() {
    let server = TestServer::start();
    let client = server.client();
    let answer = client.post("/api/v4/groups", &json!({})).expect(400).json();
    assert_eq!(answer, json!({"error": "name is missing, path is missing"}));
    let answer = client.post("/api/v4/projects", &json!({"name": null})).expect(400).json();
    assert!(answer["error"].as_str().unwrap().contains("missing"), "{answer}");
}

#[test]
fn wrong_values_of_filters_are_named() {
    let server = TestServer::start();
    let client = server.client();
    client.create_project("acme/demo");
    for (query, name) in [
        ("vulnerabilities?severity=hot", "severity"),
        ("vulnerabilities?severity=high,hot", "severity"),
        ("vulnerabilities?state=open", "state"),
        ("vulnerabilities?report_type=sats", "report_type"),
        ("vulnerabilities?activity=x", "activity"),
        ("vulnerabilities?order_by=x", "order_by"),
        ("vulnerabilities?sort=up", "sort"),
        ("vulnerabilities?detected_after=yesterday", "detected_after"),
        ("vulnerabilities?page=0", "page"),
        ("vulnerabilities?page=x", "page"),
        ("vulnerabilities?per_page=-1", "per_page"),
        ("vulnerability_findings?pipeline_id=x", "pipeline_id"),
        ("vulnerability_findings?scope=x", "scope"),
        ("vulnerability_severities_count?state=x", "state"),
        ("pipelines?sort=x", "sort"),
    ] {
        let answer = client.get(&format!("/api/v4/projects/1/{query}")).expect(400).json();
        assert_eq!(answer, json!({"error": format!("{name} does not have a valid value")}), "{query}");
    }
    let answer = client.get(&format!("/api/v4/projects/1/vulnerabilities?search={}", "x".repeat(1001))).expect(400).json();
    assert!(answer["error"].as_str().unwrap().starts_with("search does not have a valid value"), "{answer}");
}
