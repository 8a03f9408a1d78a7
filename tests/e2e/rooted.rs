//! The page of a server with a path before all its paths.

use crate::screen::Screen;
use crate::world::{PROJECT, report_path};
use casemate_tests::fixture::demo_pipelines;
use casemate_tests::{Settings, TestServer, Upload};

#[test]
fn the_page_works_below_a_path() {
    let server = TestServer::with(Settings::default().below("/casemate"));
    let client = server.client();
    client.create_project(PROJECT);
    let pipeline = &demo_pipelines()[0];
    let mut upload = Upload::new(&pipeline.ref_name, &pipeline.sha);
    for report in &pipeline.reports {
        upload = upload.fixture(&report.report_type, &report.fixture);
    }
    client.ingest(PROJECT, upload);

    let screen = Screen::new(&server.base());
    screen.open_signed_in(&format!("{}?severity=high", report_path()));
    screen.wait_for_address("/casemate/acme/platform/payments/-/security/vulnerability_report?severity=high");
    screen.wait_for_text("page-h1", "Vulnerability report");
    screen.browser.reload();
    screen.wait_for_text("page-h1", "Vulnerability report");
    screen.hooks("vuln-title-link").first().expect("a vulnerability").click();
    screen.wait_for_address("/casemate/acme/platform/payments/-/security/vulnerabilities/");

    screen.open("/");
    screen.wait_for_text("page-h1", "Projects");
    screen.hook("project-link").click();
    screen.wait_for_address("/casemate/acme/platform/payments/-/security/vulnerability_report");
    screen.open(&format!("/{PROJECT}/-/pipelines/1/security"));
    let link = screen.hook("download-report").attribute("href").unwrap_or_default();
    assert!(link.contains("/casemate/api/v4/"), "{link}");
    screen.open(&format!("/{PROJECT}/-/upload"));
    let address = server.base();
    screen.browser.wait("commands with the address", || screen.browser.visible_text().contains(&address).then_some(()));
    screen.assert_quiet();
}
