//! The state a browser test starts from: a server with the demo project, or with less of it.
//!
//! Must not know: the browser.

use crate::screen::Screen;
use casemate_shared::api::report::UploadAnswer;
use casemate_shared::api::vulnerability::{SeverityCounts, Vulnerability};
use casemate_shared::api::{paths, pipeline::Pipeline};
use casemate_shared::{Severity, VulnerabilityState};
use casemate_tests::fixture::{DemoPipeline, demo_pipelines};
use casemate_tests::{TestServer, Upload};

/// Full path of the demo project.
pub const PROJECT: &str = "acme/platform/payments";

/// A server that holds a project.
pub struct World {
    pub server: TestServer,
    pub uploads: Vec<UploadAnswer>,
}

impl World {
    /// The demo project without a report.
    #[track_caller]
    pub fn empty() -> World {
        let server = TestServer::start();
        server.client().create_project(PROJECT);
        World { server, uploads: Vec::new() }
    }

    /// The demo project with all its pipelines, as `make run` shows it.
    #[track_caller]
    pub fn demo() -> World {
        World::with(&demo_pipelines())
    }

    /// The demo project with its first pipeline only.
    #[track_caller]
    pub fn first_pipeline() -> World {
        World::with(&demo_pipelines()[..1])
    }

    #[track_caller]
    fn with(pipelines: &[DemoPipeline]) -> World {
        let mut world = World::empty();
        let client = world.server.client();
        for pipeline in pipelines {
            let mut upload = Upload::new(&pipeline.ref_name, &pipeline.sha);
            for report in &pipeline.reports {
                upload = upload.fixture(&report.report_type, &report.fixture);
            }
            world.uploads.push(client.ingest(PROJECT, upload));
        }
        world
    }

    /// A browser on this server.
    pub fn screen(&self) -> Screen {
        Screen::new(&self.server.base())
    }

    /// All vulnerabilities of the project, over all pages of the list.
    #[track_caller]
    pub fn vulnerabilities(&self) -> Vec<Vulnerability> {
        let client = self.server.client();
        let list = paths::below_project(&paths::encode_segment(PROJECT), "vulnerabilities");
        let mut all = Vec::new();
        let mut page = "1".to_owned();
        while !page.is_empty() {
            let answer = client.get(&format!("{list}?per_page=100&page={page}")).expect(200);
            all.extend(answer.read::<Vec<Vulnerability>>());
            page = answer.header("x-next-page").to_owned();
        }
        all
    }

    /// What the report shows by default: needs triage or confirmed, and still detected.
    #[track_caller]
    pub fn open_vulnerabilities(&self) -> Vec<Vulnerability> {
        let mut all = self.vulnerabilities();
        all.retain(|one| {
            let open = matches!(one.state, VulnerabilityState::Detected | VulnerabilityState::Confirmed);
            open && !one.resolved_on_default_branch
        });
        all
    }

    /// The pipeline of the uploads that has reports with errors.
    #[track_caller]
    pub fn broken_pipeline(&self) -> &Pipeline {
        let broken = |upload: &&UploadAnswer| {
            let mut reports = upload.reports.iter();
            reports.any(|report| !report.errors.is_empty())
        };
        &self.uploads.iter().find(broken).expect("a broken report").pipeline
    }
}

/// Counts per severity.
pub fn count(vulnerabilities: &[Vulnerability]) -> SeverityCounts {
    let mut counts = SeverityCounts::default();
    for one in vulnerabilities {
        *counts.get_mut(one.severity) += 1;
    }
    counts
}

/// How many have that severity.
pub fn number_of(vulnerabilities: &[Vulnerability], severity: Severity) -> u64 {
    count(vulnerabilities).get(severity)
}

/// Address of the project's vulnerability report.
pub fn report_path() -> String {
    format!("/{PROJECT}/-/security/vulnerability_report")
}
