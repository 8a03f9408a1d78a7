//! How often somebody may ask, what answers tell about it, ids of requests, and the numbers for monitoring.

use crate::sessions::try_sign_in;
use crate::users::person;
use casemate_tests::{Answer, Client, Settings, TestServer, Upload, sample};
use serde_json::json;

const USER: &str = "/api/v4/user";

fn number(answer: &Answer, name: &str) -> u64 {
    answer.header(name).parse().unwrap_or_else(|_| panic!("{name} is {:?}", answer.header(name)))
}

#[track_caller]
fn assert_refused(answer: Answer) {
    let answer = answer.expect(429);
    assert_eq!(answer.text().trim(), "Retry later");
    assert!((1..=3_600).contains(&number(&answer, "retry-after")));
    assert!(answer.header("ratelimit-resettime").ends_with(" GMT"), "{:?}", answer.header("ratelimit-resettime"));
    assert_eq!(number(&answer, "ratelimit-remaining"), 0);
}

fn with_limits(settings: &[&str]) -> TestServer {
    TestServer::with(settings.iter().fold(Settings::default(), |all, one| all.arg(&format!("--rate-limits-{one}"))))
}

#[test]
fn every_answer_of_the_api_tells_what_is_left() {
    let server = TestServer::start();
    let root = server.client();
    let first = root.get(USER).expect(200);
    assert_eq!((number(&first, "ratelimit-limit"), first.header("ratelimit-name")), (120, "throttle_authenticated_api"));
    let second = root.get("/api/v4/projects/77").expect(404);
    assert_eq!(number(&second, "ratelimit-observed"), number(&first, "ratelimit-observed") + 1);
    assert_eq!(number(&second, "ratelimit-remaining"), 7_200 - number(&second, "ratelimit-observed"));
    assert_eq!(number(&second, "ratelimit-reset"), number(&first, "ratelimit-reset"));
    for (path, status) in [(USER, 401), ("/api/v4/projects", 200), ("/api/v4/nothing", 404)] {
        let answer = server.anonymous().get(path).expect(status);
        assert_eq!(
            (answer.header("ratelimit-name"), number(&answer, "ratelimit-limit")),
            ("throttle_unauthenticated_api", 60),
            "{path}"
        );
    }
    for probe in ["/-/health", "/-/liveness", "/-/readiness", "/-/metrics", "/"] {
        assert_eq!(root.get(probe).expect(200).header("ratelimit-limit"), "", "{probe}");
    }
}

#[test]
fn who_asks_too_often_is_refused_and_others_are_not() {
    let server = with_limits(&["authenticated-per-hour=6", "anonymous-per-hour=4"]);
    let root = server.client();
    let (_, anna) = person(&server, "anna");
    let asked = (0..20).take_while(|_| root.get(USER).status == 200).count();
    assert_eq!(asked, 4, "two were asked to make anna");
    assert_refused(root.get(USER));
    assert_refused(root.get("/api/v4/projects/77"));
    anna.get(USER).expect(200);
    // A token that is none counts for the address, so that nobody can try one after the other.
    let nobody = server.anonymous();
    for guess in 0..4 {
        nobody.with_token(&format!("cmpat-{guess:032}")).get(USER).expect(401);
    }
    assert_refused(nobody.with_token(&format!("cmpat-{:032}", 9)).get(USER));
    assert_refused(nobody.get("/api/v4/projects"));
    assert_refused(try_sign_in(&server, &json!({"login": "root", "password": "x"})));
    anna.get(USER).expect(200);
    for probe in ["/-/health", "/-/readiness"] {
        (0..9).for_each(|_| drop(nobody.get(probe).expect(200)));
    }
}

#[test]
fn acting_as_somebody_else_counts_for_who_acts() {
    let server = with_limits(&["authenticated-per-hour=5"]);
    let (_, anna) = person(&server, "anna");
    let as_anna = server.client().with_header("Sudo", "anna");
    (0..3).for_each(|_| drop(as_anna.get(USER).expect(200)));
    assert_refused(as_anna.get(USER));
    anna.get(USER).expect(200);
}

fn one(n: u64) -> Upload {
    let report = sample::report("sast", "semgrep", vec![sample::sast("A", "a", "a.rs", 1)]);
    Upload::new("main", &sample::sha(n)).file("sast", "r.json", report.to_string().as_bytes())
}

fn hand_in(client: &Client, project: &str, n: u64) -> Answer {
    client.upload(project, "", one(n))
}

#[test]
fn uploads_are_counted_per_project_and_not_for_the_user() {
    let server = with_limits(&["ingest-per-minute=2", "authenticated-per-hour=60"]);
    let root = server.client();
    root.create_project("acme/one");
    root.create_project("acme/two");
    let observed = || number(&root.get(USER).expect(200), "ratelimit-observed");
    let before = observed();
    let first = hand_in(&root, "acme/one", 1).expect(201);
    assert_eq!((first.header("ratelimit-name"), number(&first, "ratelimit-limit")), ("throttle_ingest", 2));
    hand_in(&root, "acme/one", 2).expect(201);
    // The window is a minute: should it begin anew in the middle of this, the third is let in and the fifth is not.
    assert!((3..=6).any(|n| hand_in(&root, "acme/one", n).status == 429));
    hand_in(&root, "acme/two", 7).expect(201);
    assert_eq!(observed(), before + 1);
    hand_in(&root, "acme/none", 8).expect(404);
    assert_eq!(observed(), before + 3, "one that is refused counts for its user");
}

#[test]
fn nought_sets_no_limit() {
    let server = with_limits(&["authenticated-per-hour=0", "anonymous-per-hour=0", "ingest-per-minute=0"]);
    let answer = server.client().get(USER).expect(200);
    assert_eq!(answer.header("ratelimit-limit"), "");
    assert_eq!(server.anonymous().get("/api/v4/projects").expect(200).header("ratelimit-observed"), "");
}

#[test]
fn a_refused_sign_in_says_when_to_come_back() {
    let server = TestServer::with(Settings::default().arg("--auth-sign-ins-per-minute=1"));
    let wrong = json!({"login": "root", "password": "wrong"});
    try_sign_in(&server, &wrong).expect(401);
    let refused = try_sign_in(&server, &wrong).expect(429);
    assert!((1..=60).contains(&number(&refused, "retry-after")));
    assert!(refused.header("ratelimit-resettime").ends_with(" GMT"));
}

#[test]
fn the_id_of_a_request_is_in_the_log() {
    let server = TestServer::with(Settings::default().env("CASEMATE_LOG", "debug"));
    let root = server.client();
    root.with_header("X-Request-Id", "my-own.id").get(USER).expect(200);
    let made = root.get(USER).expect(200).header("x-request-id").to_owned();
    let odd = root.with_header("X-Request-Id", "not sane; at all").get(USER).expect(200);
    assert!(made.len() == 32 && odd.header("x-request-id").len() == 32);
    let log = server.log();
    for id in ["my-own.id", &made, odd.header("x-request-id")] {
        assert!(log.lines().any(|line| line.contains(id) && line.contains("GET /api/v4/user")), "{id} is not in\n{log}");
    }
}

struct Numbers(String);

impl Numbers {
    fn of(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap()
    }

    fn text(&self, name: &str) -> &str {
        let line = self.0.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in\n{}", self.0)).trim()
    }
}

#[test]
fn the_numbers_are_told_to_this_machine_and_to_who_has_the_token() {
    let server = TestServer::start();
    let root = server.client();
    root.create_project("acme/one");
    root.ingest("acme/one", one(1));
    let nobody = server.anonymous();
    let before = Numbers(nobody.get("/-/metrics").expect(200).text());
    root.get("/api/v4/nothing").expect(404);
    root.get(USER).expect(200);
    let answer = nobody.get("/-/metrics").expect(200);
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let after = Numbers(answer.text());
    for (name, more) in [
        ("casemate_http_requests_total{class=\"2xx\"}", 1),
        ("casemate_http_requests_total{class=\"4xx\"}", 1),
        ("casemate_http_request_duration_seconds_count", 2),
    ] {
        assert_eq!(after.of(name), before.of(name) + more, "{name}: probes are not counted");
    }
    assert_eq!((after.of("casemate_scans_ingested_total"), after.of("casemate_projects_created_total")), (1, 1));
    assert_eq!(after.of("casemate_ingestion_queue_length"), 0);
    assert!(after.of("casemate_disk_bytes{part=\"database\"}") > 0 && after.of("casemate_disk_bytes{part=\"artifacts\"}") > 0);
    assert!(after.of("casemate_audit_events_total") >= 5);
    let longest: f64 = after.text("casemate_store_write_longest_seconds").parse().unwrap();
    assert!(longest > 0.0, "a report was ingested");
    // Behind a proxy that nobody named, everybody would be of this machine.
    nobody.with_header("X-Forwarded-For", "8.8.8.8").get("/-/metrics").expect(404);
    let closed = TestServer::with(
        Settings::default().env("CASEMATE_METRICS_NETWORKS", "10.0.0.0/8").env("CASEMATE_METRICS_TOKEN", "a-token-for-numbers"),
    );
    let nobody = closed.anonymous();
    nobody.get("/-/metrics").expect(404);
    nobody.get("/-/metrics?token=another").expect(404);
    nobody.get("/-/metrics?token=a-token-for-numbers").expect(200);
    nobody.with_header("Authorization", "Bearer a-token-for-numbers").get("/-/metrics").expect(200);
    closed.client().get("/-/metrics").expect(404);
}
