//! Who watches over others: audit events of a project and a group, tokens that act as a user, protections that are
//! changed, what fills the disk.
//!
//! Must not know: how any of it is kept.

use crate::screen::Screen;
use crate::world::{PROJECT, World};
use casemate_tests::webdriver::key;
use serde_json::json;
use ureq::http::Method;

/// Address of the project in the API.
fn api(rest: &str) -> String {
    format!("/api/v4/projects/{}/{rest}", PROJECT.replace('/', "%2F"))
}

impl World {
    /// Adds a user to the project; their id.
    #[track_caller]
    fn member(&self, name: &str, level: u8) -> u64 {
        let id = self.user(name);
        self.server.client().post(&api("members"), &json!({"user_id": id, "access_level": level})).expect(201);
        id
    }
}

/// The tabs of the settings at hand.
fn tabs(screen: &Screen) -> String {
    screen.browser.find("nav.tabs").text()
}

#[test]
fn the_audit_log_of_a_project_is_filtered_and_shows_before_and_after() {
    let world = World::empty();
    let id = world.member("dana", 30);
    let body = json!({"access_level": 50}).to_string();
    world.server.client().send(Method::PUT, &api(&format!("members/{id}")), "application/json", body.as_bytes()).expect(200);
    let screen = world.screen();
    screen.open_as(&format!("/{PROJECT}/-/settings/general"), "dana");
    screen.browser.wait("the tab", || tabs(&screen).contains("Audit events").then_some(()));
    screen.browser.find(&format!("nav.tabs a[href=\"/{PROJECT}/-/audit_events\"]")).click();
    screen.wait_for_text("page-h1", "Audit events");
    let all = world.server.client().get(&api("audit_events")).expect(200).total();
    screen.wait_for_count(all);
    // A word of an event is a filter, and stands in the address.
    let row = "[data-testid=\"audit-row\"][data-event=\"member_updated\"]";
    screen.browser.find(&format!("{row} button")).click();
    screen.wait_for_address("event_name=member_updated");
    screen.wait_for_count(1);
    let text = screen.browser.find(row).text();
    assert!(text.contains("root") && text.contains("developer") && text.contains("owner"), "{text}");
    screen.browser.reload();
    screen.wait_for_count(1);
    screen.hook("filter-author").type_text(&format!("dana{}", key::ENTER));
    screen.wait_for_count(0);
    screen.wait_for_text("empty", "No event matches");
    screen.hook("clear-filters").click();
    screen.wait_for_count(all);
    screen.assert_quiet();
}

#[test]
fn the_audit_log_is_for_owners_and_a_group_has_its_own() {
    let world = World::empty();
    world.member("mara", 40);
    let screen = world.screen();
    screen.open_as(&format!("/{PROJECT}/-/audit_events"), "mara");
    screen.wait_for_text("empty", "Only owners");
    assert!(screen.hooks("audit-row").is_empty() && !tabs(&screen).contains("Audit events"), "{}", tabs(&screen));
    assert!(tabs(&screen).contains("Access tokens"), "a maintainer sees those");
    screen.assert_quiet();

    let client = world.server.client();
    let owner = json!({"user_id": world.user("gwen"), "access_level": 50});
    client.post("/api/v4/groups/acme/members", &owner).expect(201);
    let screen = world.screen();
    screen.open_as("/groups/acme", "gwen");
    screen.browser.find("nav.side a[href=\"/groups/acme/-/settings/general\"]").click();
    screen.browser.find("nav.tabs a[href=\"/groups/acme/-/audit_events\"]").click();
    screen.wait_for_row("audit-row", "data-event", "group_created");
    screen.wait_for_count(client.get("/api/v4/groups/acme/audit_events").expect(200).total());
    assert!(screen.hooks("filter-entity_type").is_empty(), "it is one group's");
    screen.open("/groups/acme/-/audit_events?created_before=2001-01-01");
    screen.wait_for_count(0);
    screen.assert_quiet();
}

#[test]
fn a_token_that_acts_as_a_user_is_made_shown_once_and_revoked() {
    let world = World::empty();
    world.user("dana");
    let screen = world.screen();
    screen.open_signed_in("/admin/users?search=dana");
    screen.hook("user-link").click();
    screen.wait_for_address("/admin/users/dana/impersonation_tokens");
    screen.wait_for_text("user-facts", "dana@example.test");
    screen.wait_for_count(0);
    screen.hook("open-token-form").click();
    screen.hook("token-name").type_text("Look into ticket 7");
    assert!(screen.hooks("scope-sudo").is_empty(), "dana is no administrator");
    screen.hook("scope-read_api").click();
    screen.hook("create-token").click();
    let text = screen.browser.find("[data-testid=\"new-token\"] code").text();
    let client = world.server.anonymous().with_token(&text);
    assert_eq!(client.get("/api/v4/user").expect(200).json()["username"], "dana");
    screen.wait_for_count(1);
    screen.browser.reload();
    screen.wait_for_count(1);
    assert!(!screen.browser.visible_text().contains(&text), "shown only once");
    assert!(screen.hooks("rotate-token").is_empty(), "another one is made instead");
    screen.hook("revoke-token").click();
    screen.hook("ask-confirm").click();
    screen.wait_for_count(0);
    client.get("/api/v4/user").expect(401);
    screen.hook("filter-state").type_text("Ended");
    screen.wait_for_row("token-row", "data-active", "false");
    screen.open("/admin/users/nobody-of-that-name");
    screen.wait_for_text("empty", "There is no user of that name");
    screen.assert_quiet();
}

#[test]
fn a_protection_is_changed_in_place_and_keeps_who_is_named() {
    let world = World::empty();
    let id = world.member("dana", 30);
    let client = world.server.client();
    let wish = json!({"name": "release/*", "allowed_to_push": [{"access_level": 40}, {"user_id": id}]});
    let made = client.post(&api("protected_branches"), &wish).expect(201).json();
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/settings/repository"));
    let row = "[data-testid=\"protected-branch-row\"][data-name=\"release/*\"]";
    screen.browser.find(&format!("{row} [data-testid=\"change-protection\"]")).click();
    screen.wait_for_text("protection-dialog", "release/*");
    screen.wait_for_text("protection-form", "Dana");
    screen.hook("change-push").type_text("Devel");
    screen.hook("change-merge").type_text("Nobody");
    screen.hook("change-force").click();
    screen.hook("save-protection").click();
    screen.wait_for_text("done", "The protection of release/* was changed.");
    let now = client.get(&api("protected_branches/release%2F%2A")).expect(200).json();
    assert_eq!(now["id"], made["id"], "it is the same one");
    let levels = |kind: &str| now[kind].as_array().unwrap().iter().map(|one| one["access_level"].clone()).collect::<Vec<_>>();
    assert_eq!(levels("push_access_levels"), [json!(30), json!(null)]);
    assert_eq!(now["push_access_levels"][1]["user_id"], id);
    assert_eq!((levels("merge_access_levels"), levels("unprotect_access_levels")), (vec![json!(0)], vec![json!(40)]));
    assert_eq!(now["allow_force_push"], true);
    screen.browser.wait("the new row", || screen.browser.find_now(row)?.text_now()?.contains("Developers").then_some(()));
    screen.assert_quiet();
}

#[test]
fn what_a_project_keeps_is_told_to_administrators_and_to_its_members() {
    let world = World::first_pipeline();
    world.server.client().create_project("acme/idle");
    let sizes = world.server.client().get(&api("storage")).expect(200).json();
    let bytes = sizes["report_bytes"].to_string();
    let screen = world.screen();
    screen.open_signed_in("/admin/storage");
    screen.wait_for_count(2);
    let first = screen.hook("project-size");
    assert_eq!((first.attribute("data-path").as_deref(), first.attribute("data-bytes")), (Some(PROJECT), Some(bytes.clone())));
    screen.hook("filter-order_by").type_text("Most findings");
    screen.wait_for_address("order_by=findings");
    screen.hook("list-search").type_text("idle");
    screen.wait_for_count(1);
    screen.open(&format!("/{PROJECT}/-/settings/retention"));
    screen.browser.find(&format!("[data-testid=\"project-sizes\"][data-bytes=\"{bytes}\"]"));
    screen.assert_quiet();
}
