//! Pages of lists: headers, the Link that clients follow, and the numbers of pages.

use casemate_tests::{Answer, Project, TestServer, sample};
use serde_json::{Value, json};

/// The target of a relation in the `Link` header, below the server's root.
fn target(answer: &Answer, relation: &str) -> Option<String> {
    let links = answer.header("link").to_owned();
    let found = links.split(", <").find(|link| link.contains(&format!("rel=\"{relation}\"")))?;
    let address = found.trim_start_matches('<').split('>').next()?;
    let path = address.find("/api/").expect("an absolute address");
    Some(address[path..].to_owned())
}

#[track_caller]
fn headers(answer: &Answer) -> [String; 6] {
    ["x-page", "x-per-page", "x-prev-page", "x-next-page", "x-total", "x-total-pages"].map(|name| answer.header(name).to_owned())
}

fn project_with(count: u64) -> Project {
    let project = Project::start();
    project.ingest_report("main", &sample::large(count, 0));
    project
}

#[test]
fn headers_tell_where_one_is() {
    let project = project_with(45);
    let first = project.get("vulnerabilities").expect(200);
    assert_eq!(headers(&first), ["1", "20", "", "2", "45", "3"]);
    let middle = project.get("vulnerabilities?page=2&per_page=10").expect(200);
    assert_eq!(headers(&middle), ["2", "10", "1", "3", "45", "5"]);
    let last = project.get("vulnerabilities?page=3").expect(200);
    assert_eq!(headers(&last), ["3", "20", "2", "", "45", "3"]);
    assert_eq!(last.json().as_array().unwrap().len(), 5);
    let beyond = project.get("vulnerabilities?page=9").expect(200);
    assert_eq!(beyond.json(), json!([]));
    assert_eq!((beyond.header("x-total"), beyond.header("x-next-page")), ("45", ""));
    let far = project.get("vulnerabilities?page=18446744073709551615").expect(200);
    assert_eq!((far.json(), far.total()), (json!([]), 45));
    let wide = project.get("vulnerabilities?per_page=100000").expect(200);
    assert_eq!(headers(&wide), ["1", "100", "", "", "45", "1"]);
    assert_eq!(wide.json().as_array().unwrap().len(), 45);
    project.get("vulnerabilities?page=0").expect(400);
    project.get("vulnerabilities?per_page=0").expect(400);
}

#[test]
fn an_empty_list_is_one_empty_page() {
    let server = TestServer::start();
    let answer = server.client().get("/api/v4/projects").expect(200);
    assert_eq!(answer.json(), json!([]));
    assert_eq!(headers(&answer), ["1", "20", "", "", "0", "1"]);
}

#[test]
fn following_next_sees_every_row_once_and_keeps_the_filters() {
    let project = project_with(60);
    let query = "vulnerabilities?severity[]=high&severity%5B%5D=low&state=detected&search=pelican+line&per_page=7";
    let mut path = Some(project.path(query));
    let mut ids = Vec::new();
    let mut pages = 0;
    while let Some(here) = path {
        let answer = project.client.get(&here).expect(200);
        for row in answer.read::<Vec<Value>>() {
            assert!(["high", "low"].contains(&row["severity"].as_str().unwrap()), "{row}");
            ids.push(row["id"].as_u64().unwrap());
        }
        assert_eq!(answer.total(), 20);
        pages += 1;
        path = target(&answer, "next");
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((pages, count, ids.len()), (3, 20, 20));
}

#[test]
fn the_link_has_all_four_relations_and_nothing_foreign() {
    let project = project_with(45);
    let answer = project.get("vulnerabilities?page=2&x=%3E%3B%20rel%3D%22next%22").expect(200);
    let pages = ["prev", "next", "first", "last"].map(|relation| {
        let path = target(&answer, relation).unwrap_or_else(|| panic!("no {relation} in {}", answer.header("link")));
        project.client.get(&path).expect(200).header("x-page").to_owned()
    });
    assert_eq!(pages, ["1", "3", "1", "3"]);
    assert_eq!(answer.header("link").matches("rel=\"next\"").count(), 1, "{}", answer.header("link"));
    let last = project.get("vulnerabilities?page=3").expect(200);
    assert_eq!(target(&last, "next"), None);
}

#[test]
fn all_lists_have_pages() {
    let project = Project::start();
    for number in 0..3 {
        project.client.create_project(&format!("acme/extra{number}"));
        let findings = vec![
            sample::sast("A", "a", "a.rs", 1),
            sample::sast("B", "b", "b.rs", 1),
            sample::sast("C", "c", "c.rs", number + 5),
        ];
        project.ingest_report("main", &sample::report("sast", "semgrep", findings));
    }
    let pipeline = project.all("pipelines")[0]["id"].clone();
    for (path, total) in [
        ("/api/v4/projects".to_owned(), 4),
        ("/api/v4/groups".to_owned(), 1),
        (project.path("pipelines"), 3),
        (project.path(&format!("pipelines/{pipeline}/jobs")), 1),
        (project.path("vulnerabilities"), 5),
        (project.path("vulnerability_findings"), 3),
    ] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let answer = project.client.get(&format!("{path}{sign}per_page=1")).expect(200);
        assert_eq!(answer.total(), total, "{path}");
        assert_eq!(answer.json().as_array().unwrap().len(), 1, "{path}");
        assert_eq!(target(&answer, "next").is_some(), total > 1, "{path}");
    }
}
