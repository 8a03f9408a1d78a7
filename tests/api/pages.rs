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

#[test]
fn pages_of_pipelines_imports_and_jobs_are_exact_among_many() {
    let project = Project::start();
    let mut made = Vec::new();
    for number in 0..60 {
        let path = project.path(&format!("statuses/{}", sample::sha(500 + number)));
        let state = if number % 4 == 0 { "failed" } else { "success" };
        let status = json!({"state": state, "name": "scan", "ref": "main"});
        let status = project.client.post(&path, &status).expect(201).json();
        made.push((status["pipeline_id"].as_u64().unwrap(), status["id"].as_u64().unwrap(), state));
    }
    let with_reports: Vec<u64> = (0..5).map(|_| project.ingest_report("main", &sample::large(1, 0)).pipeline.id).collect();
    project.settle();
    for (pipeline, ..) in [made.remove(30), made.remove(10)] {
        project.client.delete(&project.path(&format!("pipelines/{pipeline}"))).expect(204);
    }
    project.client.delete(&project.path(&format!("pipelines/{}", with_reports[2]))).expect(204);
    let page = |rest: &str| {
        let answer = project.get(rest).expect(200);
        let rows: Vec<Value> = answer.read();
        let id = |row: &Value| row.get("pipeline").filter(|_| rest.starts_with("imports")).unwrap_or(row)["id"].as_u64().unwrap();
        (answer.total(), rows.iter().map(id).collect::<Vec<u64>>())
    };
    let imports: Vec<u64> = [4, 3, 1, 0].map(|at: usize| with_reports[at]).to_vec();
    assert_eq!(page("imports?per_page=3"), (4, imports[..3].to_vec()));
    assert_eq!(page("imports?per_page=3&page=2"), (4, imports[3..].to_vec()));
    let oldest: Vec<u64> = made.iter().map(|one| one.0).collect();
    assert_eq!(page("pipelines?per_page=7&page=2&sort=asc"), (62, oldest[7..14].to_vec()));
    assert_eq!(page("pipelines?per_page=58&page=2"), (62, oldest[..4].iter().rev().copied().collect()));
    let failed: Vec<u64> = made.iter().filter(|one| one.2 == "failed").map(|one| one.1).collect();
    assert_eq!(page("jobs?scope=failed&per_page=5&page=3").0, failed.len() as u64);
    assert_eq!(page("jobs?scope=failed&per_page=5&page=3").1, failed.iter().rev().skip(10).take(5).copied().collect::<Vec<_>>());
    assert_eq!(page("jobs?per_page=100").0, 62);
    let sha = sample::sha(500);
    assert_eq!(page(&format!("pipelines?sha={sha}&status=failed")), (1, oldest[..1].to_vec()));
    assert_eq!(page(&format!("pipelines?sha={sha}&status=success")), (0, Vec::new()));
}
