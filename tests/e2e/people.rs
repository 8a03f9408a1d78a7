//! People and what they may: a second factor, tokens, members, users, groups.
//!
//! Must not know: how any of it is kept.

use crate::screen::Screen;
use crate::world::{PROJECT, World};
use casemate_tests::server::ROOT_PASSWORD;
use casemate_tests::totp;
use casemate_tests::webdriver::key;
use serde_json::json;

/// Password of everybody but the administrator.
const PASSWORD: &str = "a password of many letters";

impl World {
    /// Makes a user; their id.
    #[track_caller]
    pub fn user(&self, name: &str) -> u64 {
        let wish =
            json!({"username": name, "name": capital(name), "email": format!("{name}@example.test"), "password": PASSWORD});
        self.server.client().post("/api/v4/users", &wish).expect(201).json()["id"].as_u64().unwrap()
    }
}

fn capital(name: &str) -> String {
    format!("{}{}", name[..1].to_uppercase(), &name[1..])
}

impl Screen {
    /// Opens a path as somebody else than the administrator.
    #[track_caller]
    pub fn open_as(&self, path: &str, name: &str) {
        self.open(path);
        self.hook("login").type_text(name);
        self.hook("password").type_text(&format!("{PASSWORD}{}", key::ENTER));
        self.wait_gone("sign-in-form");
        self.hook("page-h1");
    }

    /// Opens the acts of a user in the table of administrators, and chooses one.
    #[track_caller]
    fn act_on(&self, username: &str, act: &str) {
        let row = format!("[data-testid=\"user-row\"][data-username=\"{username}\"]");
        self.browser.find(&format!("{row} [data-testid=\"user-acts\"]")).click();
        self.browser.find(&format!("{row} [data-testid=\"{act}\"]")).click();
        self.hook("ask-dialog");
    }

    /// Waits until a row of a table has an attribute with that value.
    #[track_caller]
    pub fn wait_for_row(&self, row: &str, attribute: &str, value: &str) {
        self.browser.find(&format!("[data-testid=\"{row}\"][{attribute}=\"{value}\"]"));
    }
}

#[test]
fn a_second_factor_is_set_up_and_asked_for() {
    let world = World::empty();
    let screen = world.screen();
    screen.open_signed_in("/-/user_settings/two_factor");
    screen.hook("factor-password").type_text("not the password");
    screen.hook("begin-second-factor").click();
    screen.wait_for_text("failure", "current password is wrong");
    let field = screen.hook("factor-password");
    field.clear();
    field.type_text(ROOT_PASSWORD);
    screen.hook("begin-second-factor").click();

    let secret = screen.hook("factor-secret").attribute("data-secret").unwrap();
    screen.hook("qr");
    let now = totp::seconds(world.server.anonymous().get("/-/health").header("date"));
    screen.hook("factor-code").type_text(&totp::code(&secret, now));
    screen.hook("confirm-second-factor").click();
    screen.hook("recovery-codes");
    let codes = screen.browser.all(".codes li");
    let recovery = codes.first().unwrap().text();
    screen.hook("codes-kept").click();
    screen.hook("second-factor-set");

    screen.hook("user-menu").click();
    screen.hook("sign-out").click();
    screen.sign_in(ROOT_PASSWORD);
    screen.wait_for_text("sign-in-error", "code");
    screen.hook("code").type_text(&format!("{recovery}{}", key::ENTER));
    screen.wait_gone("sign-in-form");
    let errors: Vec<_> = screen.browser.console().into_iter().filter(|entry| entry.source == "security").collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn a_token_is_shown_once_and_revoked() {
    let world = World::empty();
    let screen = world.screen();
    screen.open_signed_in("/-/user_settings/personal_access_tokens");
    screen.wait_for_count(1);
    screen.hook("open-token-form").click();
    screen.hook("token-name").type_text("CI of payments");
    screen.hook("create-token").click();
    screen.wait_for_text("token-form", "Choose at least one scope");
    screen.hook("scope-read_api").click();
    screen.hook("create-token").click();
    let text = screen.browser.find("[data-testid=\"new-token\"] code").text();
    let client = world.server.anonymous().with_token(&text);
    assert_eq!(client.get("/api/v4/user").expect(200).json()["username"], "root");
    screen.wait_for_count(2);

    screen.browser.reload();
    screen.wait_for_count(2);
    assert!(!screen.browser.visible_text().contains(&text), "shown only once");
    let id = client.get("/api/v4/personal_access_tokens/self").expect(200).json()["id"].to_string();
    screen.browser.find(&format!("[data-testid=\"token-row\"][data-id=\"{id}\"] [data-testid=\"revoke-token\"]")).click();
    screen.wait_for_text("ask-dialog", "CI of payments");
    screen.hook("ask-confirm").click();
    screen.wait_for_count(1);
    client.get("/api/v4/user").expect(401);
    screen.assert_quiet();
}

#[test]
fn a_member_is_added_changed_and_removed() {
    let world = World::empty();
    world.user("dana");
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/project_members"));
    screen.hook("open-add-member").click();
    screen.hook("add-user").type_text("dan");
    screen.hook("found-user").click();
    screen.wait_for_text("chosen-user", "Dana");
    screen.hook("add-member").click();
    screen.wait_for_row("member-row", "data-username", "dana");
    let row = "[data-testid=\"member-row\"][data-username=\"dana\"]";
    let client = world.server.client();
    let members = format!("/api/v4/projects/{}/members", PROJECT.replace('/', "%2F"));
    let level = || client.get(&members).expect(200).json()[0]["access_level"].as_u64();
    assert_eq!(level(), Some(30));

    screen.browser.find(&format!("{row} [data-testid=\"member-role\"]")).type_text("Maint");
    screen.browser.wait("the new role", || (level() == Some(40)).then_some(()));
    screen.browser.find(&format!("{row} [data-testid=\"remove-member\"]")).click();
    screen.wait_for_text("ask-dialog", "Remove Dana");
    screen.hook("ask-confirm").click();
    screen.browser.wait("the end of the row", || screen.browser.find_now(row).is_none().then_some(()));
    assert_eq!(client.get(&members).expect(200).total(), 0);
    screen.assert_quiet();
}

#[test]
fn a_user_is_blocked_and_deleted_only_with_the_name_typed() {
    let world = World::empty();
    world.user("dana");
    let screen = world.screen();
    screen.open_signed_in("/admin/users");
    screen.wait_for_count(2);
    screen.act_on("dana", "block-user");
    screen.hook("ask-confirm").click();
    screen.browser.find("[data-testid=\"user-row\"][data-username=\"dana\"][data-state=\"blocked\"]");
    screen.wait_for_text("done", "Dana was blocked.");

    screen.act_on("dana", "delete-user");
    screen.hook("ask-typed").type_text("dan");
    screen.hook("ask-confirm").click();
    assert_eq!(screen.hook("ask-confirm").attribute("aria-disabled").as_deref(), Some("true"));
    screen.hook("ask-typed").type_text("a");
    screen.hook("ask-confirm").click();
    screen.wait_for_count(1);
    screen.assert_quiet();
}

#[test]
fn who_may_not_is_shown_nothing_of_it() {
    let world = World::empty();
    let id = world.user("dana");
    let members = format!("/api/v4/projects/{}/members", PROJECT.replace('/', "%2F"));
    world.server.client().post(&members, &json!({"user_id": id, "access_level": 20})).expect(201);
    let screen = world.screen();
    screen.open_as(&format!("/{PROJECT}/-/project_members"), "dana");
    screen.wait_for_row("member-row", "data-username", "dana");
    assert!(screen.hooks("open-add-member").is_empty(), "a reporter adds nobody");
    let side = screen.browser.find("nav.side").text();
    assert!(side.contains("Members") && !side.contains("Settings") && !side.contains("Admin area"), "{side}");
    screen.open("/admin/users");
    screen.wait_for_text("empty", "Only administrators");
    screen.assert_quiet();
}

#[test]
fn a_group_is_made_and_its_bare_path_leads_to_it() {
    let world = World::empty();
    let screen = world.screen();
    screen.open_signed_in("/groups/new?parent=acme");
    screen.hook("group-name").type_text("Data Team");
    screen.hook("create-group").click();
    screen.wait_for_address("/groups/acme/data-team");
    screen.wait_for_text("page-h1", "Data Team");
    screen.open("/acme/data-team");
    screen.wait_for_address("/groups/acme/data-team");
    screen.open("/groups/acme?show=subgroups");
    screen.wait_for_count(2);
}

#[test]
fn what_was_done_is_found_in_the_audit_log() {
    let world = World::empty();
    world.user("dana");
    let screen = world.screen();
    screen.open_signed_in("/admin/audit_events?event_name=user_created&author=root");
    screen.wait_for_count(1);
    screen.wait_for_text("audit-row", "dana");
    // The server itself made the first one.
    let author = screen.hook("filter-author");
    author.clear();
    screen.wait_for_count(2);
    author.type_text(&format!("nobody-of-that-name{}", key::ENTER));
    screen.wait_for_address("author=nobody-of-that-name");
    screen.wait_for_count(0);
    screen.hook("clear-filters").click();
    screen.wait_for_address_without("event_name");
    screen.wait_for_row("audit-row", "data-event", "project_created");
    screen.assert_quiet();
}

#[test]
fn a_branch_is_protected_and_released() {
    let world = World::empty();
    let screen = world.screen();
    screen.open_signed_in(&format!("/{PROJECT}/-/settings/repository"));
    screen.hook("open-protect").click();
    screen.hook("protect-name").type_text("release/*");
    screen.hook("protect").click();
    let row = "[data-testid=\"protected-branch-row\"][data-name=\"release/*\"]";
    screen.browser.find(&format!("{row} [data-testid=\"unprotect\"]")).click();
    screen.wait_for_text("ask-dialog", "Unprotect release/*");
    screen.hook("ask-confirm").click();
    screen.browser.wait("the end of the row", || screen.browser.find_now(row).is_none().then_some(()));
    screen.assert_quiet();
}
