//! Names and texts that would like to be markup: everywhere on the page they are text.
//!
//! Must not know: how the page writes text.

use crate::world::World;
use casemate_tests::{Client, Upload, sample};
use serde_json::{Value, json};

/// Were it markup, it would rename the page.
const NAME: &str = "<img src=x onerror=\"document.title='taken'\"><b data-evil>x</b>";

/// A project, a group, people, and all that they name, under that name.
fn plant(root: &Client) -> Value {
    let made = |path: &str, body: Value| root.post(path, &body).expect(201).json();
    let user = json!({"username": "mallory", "name": NAME, "email": "mallory@example.test", "password": "pass phrase"});
    let user = made("/api/v4/users", user)["id"].clone();
    let group = made("/api/v4/groups", json!({"name": NAME, "path": "evil", "description": NAME}))["id"].clone();
    let project = json!({"name": NAME, "path": "app", "namespace_id": group, "description": NAME, "topics": [NAME]});
    let project = made("/api/v4/projects", project)["id"].clone();
    let below = |rest: &str| format!("/api/v4/projects/{project}/{rest}");
    made(&below("labels"), json!({"name": NAME, "color": "#fff", "description": NAME}));
    made(&below("members"), json!({"user_id": user, "access_level": 30}));
    made(&below("access_tokens"), json!({"name": NAME, "description": NAME, "scopes": ["api"]}));
    made("/api/v4/user/personal_access_tokens", json!({"name": NAME, "description": NAME, "scopes": ["api"]}));
    let mut finding = sample::sast(NAME, "rule:1", "a.rs", 1);
    finding["description"] = json!(format!("{NAME} [x](javascript:alert(1)) ![x](https://evil.example/x.png)"));
    finding["solution"] = json!(NAME);
    let mut report = sample::report("sast", "scan", vec![finding]);
    report["scan"]["scanner"]["name"] = json!(NAME);
    report["scan"]["analyzer"]["name"] = json!(NAME);
    let upload = Upload::new("main", &sample::sha(1)).field("name", NAME).field("commit_message", NAME);
    root.ingest("evil/app", upload.file("sast", "r.json", report.to_string().as_bytes()));
    root.get(&below("vulnerabilities")).expect(200).json()[0]["id"].clone()
}

#[test]
fn names_that_would_be_markup_are_text_everywhere() {
    let world = World::empty();
    let vulnerability = plant(&world.server.client());
    let screen = world.screen();
    screen.open_signed_in("/");
    let detail = format!("/evil/app/-/security/vulnerabilities/{vulnerability}");
    for (path, shows_it) in [
        ("/", true),
        ("/groups", true),
        ("/groups/evil", true),
        ("/groups/evil/-/settings/general", false),
        ("/evil/app/-/security/vulnerability_report", true),
        (&detail, true),
        ("/evil/app/-/pipelines", false),
        ("/evil/app/-/pipelines/1/security", true),
        ("/evil/app/-/imports", false),
        ("/evil/app/-/project_members", true),
        ("/evil/app/-/settings/general", false),
        ("/evil/app/-/settings/access_tokens", true),
        ("/-/user_settings/personal_access_tokens", true),
        ("/admin/users", true),
        ("/admin/groups", true),
        ("/admin/projects", true),
    ] {
        screen.open(path);
        screen.hook("page-h1");
        if shows_it {
            let shown = "return document.body.innerText.includes('<img src=x')";
            let sees = || (screen.browser.script(shown, &Value::Null) == json!(true)).then_some(());
            screen.browser.wait(&format!("the name as text on {path}"), sees);
        }
        let planted = "return [document.querySelectorAll('[data-evil], img[src=\"x\"], [onerror], a[href^=\"javascript\"]').length, document.title]";
        let found = screen.browser.script(planted, &Value::Null);
        assert_eq!(found[0], json!(0), "{path}: {found}");
        assert_ne!(found[1], json!("taken"), "{path}");
    }
    screen.assert_quiet();
}
