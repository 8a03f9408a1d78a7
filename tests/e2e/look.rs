//! How it looks: dark and light, narrow screens, and the picture of the README.

use crate::screen::Screen;
use crate::world::{PROJECT, World, report_path};
use std::path::Path;

/// The administrator of a new data directory.
const ADMIN: &str = "root";

/// Width of a small telephone, in CSS pixels.
const NARROW: u32 = 390;

#[test]
fn the_theme_can_be_switched_and_stays() {
    let world = World::first_pipeline();
    let screen = world.screen();
    screen.open_signed_in(&report_path());
    screen.browser.set_system_colours("light");
    let light = lightness(&screen);
    assert!(light > 128.0, "light by the system's wish: {light}");

    // The switch may offer light, dark and the system's wish in turn.
    screen.browser.wait("a dark page", || {
        if lightness(&screen) < 128.0 {
            return Some(());
        }
        screen.hooks("theme-switch").first()?.click();
        None
    });
    screen.browser.reload();
    screen.hook("vuln-row");
    assert!(lightness(&screen) < 128.0, "dark after a reload");
    screen.assert_quiet();
}

#[test]
fn a_narrow_screen_never_scrolls_sideways() {
    let world = World::demo();
    let screen = world.screen();
    let vulnerability = world.vulnerabilities()[0].id;
    let broken = world.broken_pipeline().id;
    screen.open_signed_in("/");
    screen.browser.set_viewport(NARROW, 844, true);
    for path in [
        "/".to_owned(),
        report_path(),
        format!("/{PROJECT}/-/security/vulnerabilities/{vulnerability}"),
        format!("/{PROJECT}/-/pipelines"),
        format!("/{PROJECT}/-/pipelines/{broken}/security"),
        format!("/{PROJECT}/-/imports"),
        format!("/{PROJECT}/-/imports/new"),
        format!("/{PROJECT}/-/project_members"),
        format!("/{PROJECT}/-/settings/general"),
        format!("/{PROJECT}/-/settings/access_tokens"),
        format!("/{PROJECT}/-/settings/repository"),
        format!("/{PROJECT}/-/settings/retention"),
        format!("/{PROJECT}/-/audit_events"),
        "/groups/acme/-/audit_events".to_owned(),
        format!("/admin/users/{ADMIN}/impersonation_tokens"),
        "/groups/acme/platform".to_owned(),
        "/groups/acme/-/group_members".to_owned(),
        "/-/user_settings/profile".to_owned(),
        "/-/user_settings/active_sessions".to_owned(),
        "/-/user_settings/personal_access_tokens".to_owned(),
        "/admin/users".to_owned(),
        "/admin/audit_events".to_owned(),
        "/admin/storage".to_owned(),
    ] {
        screen.open(&path);
        screen.hook("page-h1");
        let width = screen.browser.script("return document.documentElement.scrollWidth", &().into());
        let width = width.as_u64().unwrap();
        assert!(width <= u64::from(NARROW), "{path} is {width} pixels wide");
    }
    screen.assert_quiet();
}

#[test]
fn the_picture_of_the_readme() {
    let world = World::demo();
    let screen = world.screen();
    screen.open_signed_in(&report_path());
    screen.browser.set_system_colours("light");
    screen.browser.set_viewport(1280, 860, false);
    screen.wait_for_count(world.open_vulnerabilities().len() as u64);
    let picture = screen.browser.screenshot();
    assert!(picture.starts_with(b"\x89PNG"), "a PNG");
    assert!(picture.len() > 20_000, "more than an empty page");

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/docs/images/vulnerability-report.png");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &picture).unwrap();
    }
    assert!(file.exists(), "run with UPDATE=1 to make {}", file.display());
    screen.assert_quiet();
}

/// Brightness of the page's ground, 0 (black) to 255 (white).
fn lightness(screen: &Screen) -> f64 {
    let ground = "const c = document.createElement('canvas').getContext('2d');
        c.fillStyle = getComputedStyle(document.body).backgroundColor;
        c.fillRect(0, 0, 1, 1);
        const [r, g, b] = c.getImageData(0, 0, 1, 1).data;
        return (r + g + b) / 3;";
    screen.browser.script(ground, &().into()).as_f64().unwrap()
}
