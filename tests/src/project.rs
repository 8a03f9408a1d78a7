//! A server with one project, for tests that hand in a few reports and look at what became of them.
//!
//! Must not know: what is in the reports.

use crate::{Answer, Client, Settings, TestServer, Upload, patience, sample};
use casemate_shared::api::{paths, report::UploadAnswer};
use serde_json::Value;
use std::cell::Cell;

/// Full path of the project.
pub const PATH: &str = "acme/demo";

/// A server and its only project.
#[derive(Debug)]
pub struct Project {
    /// The server.
    pub server: TestServer,
    /// The administrator.
    pub client: Client,
    /// Id of the project.
    pub id: u64,
    commits: Cell<u64>,
}

impl Project {
    /// Starts a server and makes the project.
    #[track_caller]
    pub fn start() -> Project {
        Project::with(Settings::default())
    }

    /// The same with settings of its own.
    #[track_caller]
    pub fn with(settings: Settings) -> Project {
        let server = TestServer::with(settings);
        let client = server.client();
        let id = client.create_project(PATH);
        Project { server, client, id, commits: Cell::new(0) }
    }

    /// An upload for a branch, each with a commit of its own.
    pub fn upload(&self, branch: &str) -> Upload {
        self.commits.set(self.commits.get() + 1);
        Upload::new(branch, &sample::sha(self.commits.get()))
    }

    /// Hands in an upload, waits for its ingestion.
    #[track_caller]
    pub fn ingest(&self, upload: Upload) -> UploadAnswer {
        self.client.ingest(PATH, upload)
    }

    /// Hands in one report for a branch, waits for its ingestion. The report says its type itself.
    #[track_caller]
    pub fn ingest_report(&self, branch: &str, report: &Value) -> UploadAnswer {
        let report_type = report["scan"]["type"].as_str().expect("type of the report");
        self.ingest(self.upload(branch).file(report_type, "report.json", report.to_string().as_bytes()))
    }

    /// Address of something below the project.
    pub fn path(&self, rest: &str) -> String {
        paths::below_project(&self.id.to_string(), rest)
    }

    /// GET of something below the project.
    #[track_caller]
    pub fn get(&self, rest: &str) -> Answer {
        self.client.get(&self.path(rest))
    }

    /// All rows of a list below the project, over all pages. `rest` may have a query.
    #[track_caller]
    pub fn all(&self, rest: &str) -> Vec<Value> {
        let sign = if rest.contains('?') { '&' } else { '?' };
        let mut rows = Vec::new();
        let mut page = "1".to_owned();
        while !page.is_empty() {
            let answer = self.get(&format!("{rest}{sign}per_page=100&page={page}")).expect(200);
            rows.extend(answer.read::<Vec<Value>>());
            page = answer.header("x-next-page").to_owned();
        }
        rows
    }

    /// All vulnerabilities.
    #[track_caller]
    pub fn vulnerabilities(&self) -> Vec<Value> {
        self.all("vulnerabilities")
    }

    /// The only vulnerability with that title.
    #[track_caller]
    pub fn vulnerability(&self, title: &str) -> Value {
        let mut found = self.vulnerabilities();
        found.retain(|one| one["title"] == title);
        assert_eq!(found.len(), 1, "vulnerabilities called {title}");
        found.remove(0)
    }

    /// `X-Total` of a list.
    #[track_caller]
    pub fn total(&self, rest: &str) -> u64 {
        self.get(rest).expect(200).total()
    }

    /// The scans of a pipeline.
    #[track_caller]
    pub fn scans(&self, pipeline: u64) -> Vec<Value> {
        self.get(&format!("pipelines/{pipeline}/scans")).expect(200).read()
    }

    /// Waits until nothing of the project is queued or running.
    #[track_caller]
    pub fn settle(&self) {
        patience::until("the ingestion of all pipelines", patience::LATER, || {
            let pipelines = self.all("pipelines");
            pipelines.iter().all(|one| one["ingestion"] == "done" || one["ingestion"] == "failed").then_some(())
        });
    }
}
