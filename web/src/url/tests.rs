//! Addresses there and back. Must not know the router.

use super::*;

fn project(place: Place) -> Route {
    Route::Project("acme/platform/payments".to_owned(), place)
}

#[test]
fn every_place_survives_the_way_through_its_path() {
    let places = [
        Place::Home,
        Place::Report,
        Place::Vulnerability(4187),
        Place::Pipelines,
        Place::Pipeline(812),
        Place::Dependencies,
        Place::Imports,
        Place::NewImport,
        Place::Upload,
        Place::Members,
    ];
    let sections = Section::ALL.map(|section| project(Place::Settings(section)));
    let fixed =
        [Route::Projects, Route::NewProject, Route::SignIn, Route::Groups, Route::NewGroup, Route::User("a.b-c".to_owned())];
    let own = Own::ALL.map(Route::Own);
    let admin = Admin::ALL.map(Route::Admin);
    let group = |place| Route::Group("acme/platform".to_owned(), place);
    let groups = [GroupPlace::Home, GroupPlace::Members].into_iter().chain(GroupPlace::SETTINGS).map(group);
    let all = places.map(project).into_iter().chain(sections).chain(fixed).chain(own).chain(admin).chain(groups);
    for route in all {
        assert_eq!(Route::parse(&route.path()), route);
        assert_eq!(Route::parse(&format!("{}/", route.path())), route);
    }
}

#[test]
fn short_and_encoded_forms() {
    assert_eq!(Route::parse("/acme/platform/payments/-/pipelines/812"), project(Place::Pipeline(812)));
    assert_eq!(Route::parse("/acme%2Fplatform%2Fpayments"), project(Place::Home));
    assert_eq!(Route::parse("/acme"), Route::Group("acme".to_owned(), GroupPlace::Home));
    assert_eq!(Route::parse("/admin"), Route::Admin(Admin::Users));
    assert_eq!(Route::parse("/admin/users/dana"), Route::User("dana".to_owned()));
    assert_eq!(Route::parse("/acme/x/-/settings/audit_events").path(), "/acme/x/-/audit_events");
    assert_eq!(Route::parse("/-/user_settings"), Route::Own(Own::Profile));
    assert_eq!(Route::parse("/acme/x/-/settings"), Route::Project("acme/x".to_owned(), Place::Settings(Section::General)));
}

#[test]
fn what_is_no_place_is_missing() {
    let odd = [
        "/acme//x",
        "/acme/x/-/security/vulnerabilities/abc",
        "/acme/x/-/pipelines/-1",
        "/acme/x/-/settings/hooks",
        "/-/user_settings/x",
        "/admin/x",
        "/admin/users/dana/keys",
        "/groups/acme/-/x",
        "/groups//-/group_members",
        "/-/health",
        "/a/../b",
    ];
    for path in odd {
        assert_eq!(Route::parse(path), Route::Missing, "{path}");
    }
}

#[test]
fn sign_in_leads_back_but_never_away() {
    let from = "/acme/x/-/security/vulnerability_report?severity=high&page=2";
    let address = sign_in_from(from);
    let (_, search) = address.split_once('?').unwrap_or_default();
    assert_eq!(after_sign_in(search), from);
    assert_eq!(sign_in_from("/"), "/users/sign_in");
    for bad in ["//evil.test", "https://evil.test", "/\\evil.test", "javascript:x", "/users/sign_in"] {
        let search = query::write(&[("redirect", bad.to_owned())]);
        assert_eq!(after_sign_in(&search), "/", "{bad}");
    }
}
