//! A small HTTP client: status, headers and JSON of an answer, whatever its status.
//!
//! Must not know: how the server was started.

use crate::Upload;
use casemate_shared::api::{paths, report::UploadAnswer};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use ureq::http::{HeaderMap, Method, Request};

/// Longest time for one call. Only a server that hangs reaches it.
const CALL_LIMIT: Duration = Duration::from_secs(300);
/// Most bytes of an answer that are read.
const ANSWER_LIMIT: u64 = 4 << 30;

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's text, empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.read()
    }

    /// The body as a wire type.
    #[track_caller]
    pub fn read<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {} {}", self.status, self.text()))
    }

    /// Fails with the body unless the status is this one; gives the answer back.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The exact total of a list (`X-Total`).
    #[track_caller]
    pub fn total(&self) -> u64 {
        let total = self.header("x-total");
        total.parse().unwrap_or_else(|_| panic!("X-Total is {total:?}"))
    }
}

/// A client with a fixed set of headers.
#[derive(Debug, Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    headers: Vec<(String, String)>,
}

impl Client {
    /// A client for `base` (`http://127.0.0.1:PORT`) that says nothing about who it is.
    pub fn new(base: &str) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(CALL_LIMIT))
            .build();
        Client { agent: config.into(), base: base.to_owned(), headers: Vec::new() }
    }

    /// The same client with one more header.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Client {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// The same client with a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Client {
        self.with_header("PRIVATE-TOKEN", token)
    }

    /// Sends a request without a body.
    #[track_caller]
    pub fn call(&self, method: Method, path: &str) -> Answer {
        let request = self.head(method, path).body(()).expect("request is well-formed");
        self.answer(path, self.agent.run(request))
    }

    /// Sends a request with a body.
    #[track_caller]
    pub fn send(&self, method: Method, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let request = self.head(method, path).header("Content-Type", content_type).body(body).expect("request is well-formed");
        self.answer(path, self.agent.run(request))
    }

    /// GET.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path)
    }

    /// POST of JSON.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send(Method::POST, path, "application/json", body.as_bytes())
    }

    /// DELETE.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path)
    }

    /// DELETE with a body of JSON.
    #[track_caller]
    pub fn delete_with(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::DELETE, path, "application/json", body.to_string().as_bytes())
    }

    /// Uploads reports to a project, given as its id or full path. `query` is empty or begins with
    /// `?`, for example `?wait=60`.
    #[track_caller]
    pub fn upload(&self, project: &str, query: &str, upload: Upload) -> Answer {
        let path = paths::below_project(&paths::encode_segment(project), "security_reports");
        let path = format!("{path}{query}");
        let body = upload.into_body();
        self.send(Method::POST, &path, &Upload::content_type(), &body)
    }

    /// Uploads reports, waits for their ingestion and gives the answer, which has to be a 201.
    #[track_caller]
    pub fn ingest(&self, project: &str, upload: Upload) -> UploadAnswer {
        self.upload(project, "?wait=60", upload).expect(201).read()
    }

    /// Makes the groups of a full path, as far as they are missing, and the project; gives its id.
    #[track_caller]
    pub fn create_project(&self, full_path: &str) -> u64 {
        let (groups, name) = full_path.rsplit_once('/').expect("a group before the project");
        let namespace = self.create_groups(groups);
        let body = serde_json::json!({"name": name, "path": name, "namespace_id": namespace});
        let made = self.post(paths::PROJECTS, &body).expect(201).json();
        made["id"].as_u64().expect("id of the project")
    }

    #[track_caller]
    fn create_groups(&self, full_path: &str) -> u64 {
        let mut parent = Value::Null;
        let mut so_far = String::new();
        for name in full_path.split('/') {
            so_far = if so_far.is_empty() { name.to_owned() } else { format!("{so_far}/{name}") };
            let there = self.get(&format!("/api/v4/groups/{}", paths::encode_segment(&so_far)));
            let group = if there.status == 200 {
                there.json()
            } else {
                let body = serde_json::json!({"name": name, "path": name, "parent_id": parent});
                self.post("/api/v4/groups", &body).expect(201).json()
            };
            parent = group["id"].clone();
        }
        parent.as_u64().expect("id of the group")
    }

    fn head(&self, method: Method, path: &str) -> ureq::http::request::Builder {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
    }

    #[track_caller]
    fn answer(&self, path: &str, result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
        let mut response = result.unwrap_or_else(|error| panic!("{}{path}: {error}", self.base));
        let body = response.body_mut().with_config().limit(ANSWER_LIMIT).read_to_vec();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: body.unwrap_or_else(|error| panic!("body of {path}: {error}")),
        }
    }
}
