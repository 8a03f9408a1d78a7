//! A project whose vulnerabilities no bad input may change.

use casemate_tests::{Project, Settings, sample};
use serde_json::Value;

/// A project with vulnerabilities of two scanners, and how they were.
pub struct Steady {
    pub project: Project,
    before: Vec<Value>,
}

impl Steady {
    pub fn start() -> Steady {
        Steady::with(Settings::default())
    }

    pub fn with(settings: Settings) -> Steady {
        let project = Project::with(settings);
        let findings = ["A", "B", "C"].map(|name| sample::sast(name, name, "a.rs", 1)).to_vec();
        project.ingest_report("main", &sample::report("sast", "semgrep", findings));
        project.ingest_report("main", &good());
        let before = state(&project);
        assert_eq!(before.len(), 4);
        Steady { project, before }
    }

    /// Fails unless all vulnerabilities are as they were and the server answers.
    #[track_caller]
    pub fn assert_unchanged(&self, what: &str) {
        assert_eq!(self.project.server.anonymous().get("/-/health").status, 200, "{what}");
        assert_eq!(state(&self.project), self.before, "{what}");
    }
}

/// A report of another scanner that is fine: what goes along with a bad one.
pub fn good() -> Value {
    sample::report("sast", "gosec", vec![sample::sast("Good", "good", "good.go", 1)])
}

/// What is stored of each vulnerability.
fn state(project: &Project) -> Vec<Value> {
    let mut rows = project.vulnerabilities();
    for row in &mut rows {
        let row = row.as_object_mut().unwrap();
        // The good report that goes along is seen again and again.
        row.retain(|name, _| name != "latest_pipeline_id" && name != "latest_commit_sha");
    }
    rows
}
