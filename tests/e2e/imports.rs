//! Importing by hand: what would happen is told first and comes true, and an import is taken back.

use crate::screen::Screen;
use crate::world::{PROJECT, World};
use casemate_shared::api::paths;
use casemate_tests::fixture;

const REPORT: &str = "demo/main-2/gl-sast-report.json";

#[test]
fn what_would_happen_comes_true_and_can_be_undone() {
    let world = World::first_pipeline();
    let before = states(&world);
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/imports/new"));
    screen.wait_for_text("import-form", "Choose a report first");
    screen.hook("import-files").type_text(&fixture::path(REPORT).display().to_string());
    screen.hook("chosen-file");
    screen.hook("import-commit").type_text(&"b".repeat(40));
    screen.hook("check-import").click();
    screen.hook("dry-run");
    let foreseen = tally(&screen);
    assert!(foreseen.iter().any(|(_, number)| *number > 0), "{foreseen:?}");
    assert_eq!(pipelines(&world), 1, "nothing is stored by looking");
    assert_eq!(states(&world), before);

    screen.hook("import-now").click();
    screen.wait_for_address("/security");
    screen.hook("tally-no_longer_detected");
    assert_eq!(tally(&screen), foreseen);
    assert_eq!(pipelines(&world), 2);

    screen.open(&format!("/{PROJECT}/-/imports"));
    assert_eq!(screen.hook("import-row").attribute("data-undone").as_deref(), Some("false"));
    screen.hook("undo-import").click();
    screen.wait_for_text("undo-plan", "new");
    screen.hook("confirm-undo").click();
    assert_eq!(screen.hook("undo-answer").attribute("data-kept").as_deref(), Some("0"));
    screen.hook("close-undo").click();
    screen.browser.wait("the row of an import that was undone", || {
        let undone = screen.hooks("import-row").first()?.attribute("data-undone")?;
        (undone == "true").then_some(())
    });
    assert_eq!(states(&world), before, "as it was before the import");
    screen.assert_quiet();
}

/// The numbers that the page shows, by name.
fn tally(screen: &Screen) -> Vec<(&'static str, u64)> {
    let number = |name: &'static str| {
        let count = screen.hook(&format!("tally-{name}")).attribute("data-count");
        (name, count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no number of {name}")))
    };
    ["new", "known", "no_longer_detected", "kept_open"].map(number).to_vec()
}

fn pipelines(world: &World) -> u64 {
    let list = paths::below_project(&paths::encode_segment(PROJECT), "pipelines");
    world.server.client().get(&list).expect(200).total()
}

/// What the project carries, in an order of its own.
fn states(world: &World) -> Vec<(String, String, bool)> {
    let one = |one: casemate_shared::api::vulnerability::Vulnerability| {
        (one.uuid, one.state.as_str().to_owned(), one.resolved_on_default_branch)
    };
    let mut states: Vec<_> = world.vulnerabilities().into_iter().map(one).collect();
    states.sort();
    states
}
