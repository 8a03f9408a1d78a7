//! Reading the files of `tests/fixtures`.
//!
//! Must not know: servers.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder of the fixtures.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Path of one fixture, for example `bad/truncated.json`.
#[track_caller]
pub fn path(name: &str) -> PathBuf {
    let path = root().join(name);
    assert!(path.exists(), "no fixture {name}");
    path
}

/// Bytes of one fixture.
#[track_caller]
pub fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("fixture can be read")
}

/// One fixture as JSON.
#[track_caller]
pub fn json(name: &str) -> Value {
    serde_json::from_slice(&bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// One report file of the demo project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoReport {
    /// Report type, the form field of the upload.
    pub report_type: String,
    /// Name of the file.
    pub file_name: String,
    /// Below the fixtures' root.
    pub fixture: String,
}

/// One pipeline of the demo project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPipeline {
    /// Folder below `demo`.
    pub folder: String,
    /// Branch.
    pub ref_name: String,
    /// Commit, 40 hex digits.
    pub sha: String,
    /// Its reports, in the order of the list.
    pub reports: Vec<DemoReport>,
}

/// Pipelines of the demo project in the order in which they ran: `demo/pipelines.tsv`, one report a
/// line with the columns folder, branch, commit, report type, file.
pub fn demo_pipelines() -> Vec<DemoPipeline> {
    let list = String::from_utf8(bytes("demo/pipelines.tsv")).expect("list in UTF-8");
    let mut pipelines: Vec<DemoPipeline> = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let [folder, ref_name, sha, report_type, file_name] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("five columns in {line:?}"));
        let report = DemoReport {
            report_type: report_type.to_owned(),
            file_name: file_name.to_owned(),
            fixture: format!("demo/{folder}/{file_name}"),
        };
        match pipelines.last_mut().filter(|last| last.folder == folder) {
            Some(last) => last.reports.push(report),
            None => pipelines.push(DemoPipeline {
                folder: folder.to_owned(),
                ref_name: ref_name.to_owned(),
                sha: sha.to_owned(),
                reports: vec![report],
            }),
        }
    }
    pipelines
}

/// A report that is wrong, or odd, in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCase {
    /// Name of the file in `bad`.
    pub file: String,
    /// Report type that it is handed in as.
    pub report_type: String,
    /// `error`: the scan is refused. `warning`: taken with a warning. `accepted`: taken.
    pub outcome: String,
    /// What an error or warning has to name, in its place or its message; may be empty.
    pub names: String,
    /// What is wrong, in words.
    pub what: String,
}

/// All cases of `bad/cases.tsv`.
pub fn bad_cases() -> Vec<BadCase> {
    let list = String::from_utf8(bytes("bad/cases.tsv")).expect("list in UTF-8");
    let lines = list.lines().filter(|line| !line.starts_with('#'));
    let case = |line: &str| {
        let [file, report_type, outcome, names, what] = line
            .split('\t')
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_else(|_| panic!("five columns in {line:?}"));
        BadCase { file, report_type, outcome, names, what }
    };
    lines.map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_demo_has_all_report_types_on_two_branches() {
        let pipelines = demo_pipelines();
        let reports = || pipelines.iter().flat_map(|pipeline| &pipeline.reports);
        let types: BTreeSet<_> = reports().map(|report| report.report_type.as_str()).collect();
        assert_eq!(types.len(), 8, "{types:?}");
        let branches: BTreeSet<_> = pipelines.iter().map(|one| &one.ref_name).collect();
        assert_eq!(branches.len(), 2, "{branches:?}");
        for report in reports() {
            let content = json(&report.fixture);
            assert_eq!(content["scan"]["type"], report.report_type, "{}", report.fixture);
        }
    }

    #[test]
    fn every_bad_file_is_listed() {
        let listed: BTreeSet<_> = bad_cases().into_iter().map(|case| case.file).collect();
        let there: BTreeSet<_> = std::fs::read_dir(path("bad"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "cases.tsv")
            .collect();
        assert_eq!(listed, there);
    }
}
