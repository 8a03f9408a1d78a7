//! The first minutes: signing in, the list of projects, a project that nothing was uploaded to.

use crate::world::{PROJECT, World, report_path};
use casemate_tests::server::ROOT_PASSWORD;

#[test]
fn a_wrong_password_is_said_and_the_right_one_signs_in() {
    let world = World::empty();
    let screen = world.screen();
    screen.open("/");
    screen.hook("sign-in-form");
    screen.sign_in("not the password");
    let form = "the refusal in the sign-in form";
    screen.browser.wait(form, || {
        let text = screen.hooks("sign-in-form").first()?.text_now()?;
        text.contains("is wrong").then_some(())
    });
    assert!(!screen.hooks("sign-in-form").is_empty(), "still signed out");

    screen.sign_in(ROOT_PASSWORD);
    screen.wait_gone("sign-in-form");
    screen.wait_for_text("page-h1", "Projects");
    assert!(screen.browser.visible_text().contains("payments"));
    screen.assert_quiet();
}

#[test]
fn signing_in_leads_to_the_page_that_was_asked_for() {
    let world = World::first_pipeline();
    let screen = world.screen();
    let wanted = format!("{}?severity=high", report_path());
    screen.open_signed_in(&wanted);
    screen.wait_for_address("severity=high");
    screen.wait_for_text("page-h1", "Vulnerability report");

    screen.browser.reload();
    screen.wait_for_text("page-h1", "Vulnerability report");
    assert!(screen.hooks("sign-in-form").is_empty(), "the session lasts");
    screen.assert_quiet();
}

#[test]
fn a_project_without_reports_says_how_to_send_the_first() {
    let world = World::empty();
    let screen = world.screen();
    screen.open_signed_in(&report_path());
    screen.hook("go-upload").click();
    let commands = "commands that upload a first report";
    screen.browser.wait(commands, || {
        let text = screen.browser.visible_text();
        let complete = text.contains("curl") && text.contains("security_reports");
        (complete && text.contains(&PROJECT.replace('/', "%2F"))).then_some(())
    });
    screen.assert_quiet();
}

#[test]
fn a_browser_without_scripts_is_told_so() {
    let world = World::empty();
    let answer = world.server.anonymous().get("/").expect(200);
    assert!(answer.text().contains("<noscript>"), "{}", answer.text());
    let policy = answer.header("content-security-policy");
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src"));
    let scripts = scripts.unwrap_or_else(|| panic!("no script-src in {policy:?}"));
    assert!(!scripts.contains("'unsafe-inline'"), "{scripts}");
    assert!(!scripts.contains('*'), "{scripts}");
}
