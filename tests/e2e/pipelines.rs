//! The pages of pipelines: the list, and the findings, errors and warnings of one.

use crate::world::{PROJECT, World};

#[test]
fn a_broken_report_shows_its_errors_with_their_places() {
    let world = World::demo();
    let broken = world.broken_pipeline();
    let upload = world.uploads.iter().find(|upload| upload.pipeline.id == broken.id);
    let reports = &upload.unwrap().reports;
    let report = reports.iter().find(|report| !report.errors.is_empty()).unwrap();

    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/pipelines/{}/security", broken.id));
    screen.hook("scan-errors");
    let shown: String = screen.hooks("scan-errors").iter().map(|part| part.text()).collect();
    for error in &report.errors {
        assert!(shown.contains(&error.message), "{:?} in {shown:?}", error.message);
    }
    assert_eq!(screen.hooks("scan-row").len(), reports.len());
    screen.assert_quiet();
}

#[test]
fn the_list_of_pipelines_leads_to_each() {
    let world = World::demo();
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/pipelines"));
    for upload in &world.uploads {
        let pipeline = &upload.pipeline;
        let link = format!("a[href$=\"/-/pipelines/{}/security\"]", pipeline.id);
        screen.browser.find(&link);
    }
    let text = screen.browser.visible_text();
    for branch in ["main", "feature/instant-payouts"] {
        assert!(text.contains(branch), "{branch} in {text}");
    }
    let newest = world.uploads.last().unwrap().pipeline.id;
    let link = format!("a[href$=\"/-/pipelines/{newest}/security\"]");
    screen.browser.find(&link).click();
    screen.wait_for_address(&format!("/-/pipelines/{newest}/security"));
    screen.hook("scan-row");
    screen.assert_quiet();
}
