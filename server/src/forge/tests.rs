//! Tests of labels, hooks, protections and branches on an in-memory store. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::ForgeError;
use super::branches::{self, NewBranch};
use super::hooks::{self, HookWish};
use super::labels::{self, LabelWish};
use super::protection::{self, GrantChange, NewProtection, ProtectionWish};
use crate::access::AccessLevel;
use crate::audit::By;
use crate::domain::account::User;
use crate::domain::branch::{Grantee, ProtectedBranch};
use crate::domain::commit::Commit;
use crate::domain::hook::{HookEvent, Secret};
use crate::domain::member::{Member, Source};
use crate::domain::project::{Project, Visibility};
use crate::projects::{NewProject, Place, create_project};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Store, StoreError, accounts, check, members};

struct World {
    store: Store,
    project: Project,
    owner: User,
    maintainer: User,
    developer: User,
    stranger: User,
}

impl World {
    fn new() -> World {
        let store = Store::in_memory().unwrap();
        let user = |name: &str, level: Option<AccessLevel>, project: Option<u64>| {
            store
                .write(|wtx| -> Result<User, StoreError> {
                    let id = take_id(wtx, Sequence::User)?;
                    let user = User::new(id, name, name, &format!("{name}@x.example"), 1);
                    accounts::put_user(wtx, &user)?;
                    if let (Some(level), Some(project)) = (level, project) {
                        let source = Source::Project(project);
                        let member = Member { source, user_id: id, level, expires_on: None, invited_by: None, created_at: 1 };
                        members::put_member(wtx, &member)?;
                    }
                    Ok(user)
                })
                .unwrap()
        };
        let owner = user("owner", None, None);
        let new = NewProject {
            name: "Shop".to_owned(),
            path: None,
            place: Place::Path("acme".to_owned()),
            default_branch: "main".to_owned(),
            visibility: Visibility::Private,
            description: String::new(),
            topics: Vec::new(),
            repository_url: None,
        };
        let project = store.write(|wtx| create_project(wtx, new, &owner, &By { at: 1, ..By::default() })).unwrap();
        let member = |name: &str, level: AccessLevel| user(name, Some(level), Some(project.id));
        World {
            maintainer: member("mary", AccessLevel::Maintainer),
            developer: member("dave", AccessLevel::Developer),
            stranger: user("sam", None, None),
            store,
            project,
            owner,
        }
    }

    fn label(&self, name: &str, color: &str) -> Result<u64, ForgeError> {
        let wish = LabelWish { name: Some(name.to_owned()), color: Some(color.to_owned()), ..LabelWish::default() };
        self.store.write(|wtx| labels::create(wtx, Source::Project(self.project.id), wish, 2)).map(|label| label.id)
    }

    fn protect(&self, name: &str, push: &[Grantee]) -> Result<ProtectedBranch, ForgeError> {
        let new = NewProtection {
            name: name.to_owned(),
            push: push.to_vec(),
            merge: Vec::new(),
            unprotect: Vec::new(),
            allow_force_push: false,
            code_owner_approval: false,
        };
        self.store.write(|wtx| protection::create(wtx, &self.project, new, 2))
    }

    fn branch(&self, name: &str, by: &User) -> Result<(), ForgeError> {
        let (sha, commit) = ("a".repeat(40), Commit::default());
        let new = NewBranch { name, from: &sha, commit: &commit };
        self.store.write(|wtx| branches::create(wtx, &self.project, &new, by, 3)).map(|_| ())
    }

    fn assert_sound(&self) {
        assert_eq!(check::check(&self.store.read().unwrap()).unwrap().problems, Vec::<String>::new());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.assert_sound();
        }
    }
}

#[test]
fn a_name_of_a_label_is_there_once_without_regard_to_case() {
    let world = World::new();
    let id = world.label(" Urgent ", "#f00").unwrap();
    assert!(matches!(world.label("URGENT", "#00ff00"), Err(ForgeError::Taken(_))));
    world.label("other", "#00ff00").unwrap();
    let rename = |key: &str, name: &str| {
        let wish = LabelWish { name: Some(name.to_owned()), ..LabelWish::default() };
        world.store.write(|wtx| labels::change(wtx, Source::Project(world.project.id), key, wish, 9))
    };
    assert!(matches!(rename("other", "urgent"), Err(ForgeError::Taken(_))));
    let renamed = rename("uRGENT", "urgent").unwrap();
    assert_eq!((renamed.id, renamed.name.as_str(), renamed.color.as_str()), (id, "urgent", "#ff0000"));
    rename(&id.to_string(), "late").unwrap();
    assert!(world.label("urgent", "#ff0000").is_ok(), "the old name is free");
    let removed = world.store.write(|wtx| labels::remove(wtx, Source::Project(world.project.id), "LATE")).unwrap();
    assert_eq!(removed.id, id);
    assert!(matches!(rename("late", "x"), Err(ForgeError::Missing("Label"))));
}

#[test]
fn what_is_no_label_is_refused_by_its_field() {
    let world = World::new();
    for (name, color, field) in [
        ("", "#fff", "title"),
        ("  ", "#fff", "title"),
        ("a,b", "#fff", "title"),
        ("a\nb", "#fff", "title"),
        (&"x".repeat(256), "#fff", "title"),
        ("x", "red", "color"),
        ("x", "#ffff", "color"),
    ] {
        match world.label(name, color) {
            Err(ForgeError::Invalid(fields)) => assert_eq!(fields[0].0, field, "{name:?} {color}"),
            other => panic!("{name:?} {color}: {other:?}"),
        }
    }
}

#[test]
fn secrets_of_a_hook_stay_until_it_moves_to_another_host() {
    let world = World::new();
    let wish = HookWish {
        url: Some("https://a.example/x".to_owned()),
        token: Some(Secret("t".to_owned())),
        signing_token: Some(Secret("s".to_owned())),
        headers: Some(vec![("X-Key".to_owned(), Secret("v".to_owned()))]),
        events: vec![(HookEvent::Push, false), (HookEvent::Vulnerability, true)],
        ..HookWish::default()
    };
    let made = world.store.write(|wtx| hooks::create(wtx, world.project.id, wish, world.owner.id, 2)).unwrap();
    assert_eq!(made.events, [HookEvent::Vulnerability]);
    let change = |wish: HookWish| world.store.write(|wtx| hooks::change(wtx, world.project.id, made.id, wish, 3)).unwrap();
    let url = |url: &str| HookWish { url: Some(url.to_owned()), ..HookWish::default() };
    let same = change(url("https://A.example/y"));
    assert_eq!(
        (same.token.clone(), same.headers.len(), same.events.clone()),
        (Some(Secret("t".to_owned())), 1, made.events.clone())
    );
    let told = HookWish { token: Some(Secret("new".to_owned())), ..url("https://b.example/y") };
    let moved = change(told);
    assert_eq!((moved.token, moved.signing_token, moved.headers), (Some(Secret("new".to_owned())), None, Vec::new()));
    assert_eq!(change(HookWish { token: Some(Secret::default()), ..HookWish::default() }).token, None);
}

#[test]
fn a_header_that_every_delivery_has_is_not_replaced() {
    let world = World::new();
    for (name, value) in [("Host", "x"), ("content-length", "1"), ("a b", "x"), ("", "x"), ("X", "a\r\nB: c")] {
        let headers = Some(vec![(name.to_owned(), Secret(value.to_owned()))]);
        let wish = HookWish { url: Some("https://a.example".to_owned()), headers, ..HookWish::default() };
        let refused = world.store.write(|wtx| hooks::create(wtx, world.project.id, wish, world.owner.id, 2));
        assert!(matches!(refused, Err(ForgeError::Invalid(_))), "{name}");
    }
}

#[test]
fn the_default_branch_of_a_new_project_is_protected() {
    let world = World::new();
    let found = protection::find(&world.store.read().unwrap(), world.project.id, "main").unwrap();
    assert_eq!(found.push.iter().map(|(_, grantee)| *grantee).collect::<Vec<_>>(), [Grantee::Level(AccessLevel::Maintainer)]);
    assert!(
        matches!(world.protect("main", &[]), Err(ForgeError::Taken(text)) if text == "Protected branch 'main' already exists")
    );
    assert!(matches!(world.branch("main", &world.developer), Err(ForgeError::Protected(_))));
    world.branch("main", &world.maintainer).unwrap();
    assert!(matches!(world.branch("main", &world.maintainer), Err(ForgeError::Refused(_))), "it is there");
}

#[test]
fn of_several_protections_the_most_generous_counts() {
    let world = World::new();
    world.protect("release/*", &[]).unwrap();
    assert!(matches!(world.branch("release/1", &world.developer), Err(ForgeError::Protected(_))));
    world.protect("release/1", &[Grantee::Level(AccessLevel::Developer)]).unwrap();
    world.branch("release/1", &world.developer).unwrap();
    world.protect("frozen", &[Grantee::Level(AccessLevel::None)]).unwrap();
    assert!(matches!(world.branch("frozen", &world.owner), Err(ForgeError::Protected(_))));
    world.protect("own", &[Grantee::User(world.developer.id)]).unwrap();
    assert!(matches!(world.branch("own", &world.maintainer), Err(ForgeError::Protected(_))));
    world.branch("own", &world.developer).unwrap();
}

#[test]
fn only_who_is_of_the_project_can_be_named() {
    let world = World::new();
    let group = world.project.namespace_id;
    for grantee in [Grantee::User(world.stranger.id), Grantee::User(99), Grantee::Group(99)] {
        assert!(matches!(world.protect("x", &[grantee]), Err(ForgeError::Unfit(_))), "{grantee:?}");
    }
    let made = world.protect("x", &[Grantee::Group(group), Grantee::User(world.maintainer.id), Grantee::Group(group)]).unwrap();
    assert_eq!(made.push.len(), 2, "who is named twice is let once");
    assert!(matches!(world.branch("x", &world.developer), Err(ForgeError::Protected(_))), "no member of the group");
    world.branch("x", &world.owner).unwrap();
}

#[test]
fn grants_are_changed_one_by_one() {
    let world = World::new();
    let made = world.protect("x", &[Grantee::Level(AccessLevel::Developer)]).unwrap();
    let change = |push: Vec<GrantChange>| {
        let wish = ProtectionWish { push, allow_force_push: Some(true), ..ProtectionWish::default() };
        world.store.write(|wtx| protection::change(wtx, &world.project, "x", wish, 5)).map(|(_, new)| new)
    };
    let id = made.push[0].0;
    let changed = change(vec![GrantChange::Replace(id, Grantee::Level(AccessLevel::Maintainer))]).unwrap();
    assert_eq!((changed.push[0], changed.allow_force_push), ((id, Grantee::Level(AccessLevel::Maintainer)), true));
    let changed = change(vec![GrantChange::Add(Grantee::User(world.developer.id)), GrantChange::Remove(id)]).unwrap();
    assert_eq!(changed.push.len(), 1);
    assert!(matches!(change(vec![GrantChange::Remove(id)]), Err(ForgeError::Unfit(_))), "it is gone");
    let merge_id = made.merge[0].0;
    assert!(matches!(change(vec![GrantChange::Remove(merge_id)]), Err(ForgeError::Unfit(_))), "of another kind");
}

#[test]
fn names_are_refused_as_git_refuses_them() {
    let world = World::new();
    let sha = "a".repeat(40);
    for name in
        ["", "a b", "a..b", "-a", "a/", "/a", "a.lock", "a\u{7}", "@", "HEAD", "refs/heads/x", "a*b", &sha, &"x".repeat(256)]
    {
        assert!(matches!(world.branch(name, &world.owner), Err(ForgeError::Refused(_))), "{name:?}");
    }
    for name in ["", "a b*", "..*", "-*", "*.lock", "*/", &"*".repeat(256)] {
        assert!(matches!(world.protect(name, &[]), Err(ForgeError::Invalid(_))), "{name:?}");
    }
    world.branch("föö/\u{1f980}", &world.developer).unwrap();
    world.protect("*-föö/*", &[]).unwrap();
}

#[test]
fn a_branch_goes_unless_it_is_the_default_one_or_protected() {
    let world = World::new();
    world.protect("kept", &[Grantee::Level(AccessLevel::Developer)]).unwrap();
    for name in ["main", "kept", "free"] {
        world.branch(name, &world.owner).unwrap();
    }
    let remove = |name: &str, by: &User| world.store.write(|wtx| branches::remove(wtx, &world.project, name, by, 4)).map(|_| ());
    assert!(matches!(remove("main", &world.owner), Err(ForgeError::Protected(_))));
    assert!(matches!(remove("kept", &world.developer), Err(ForgeError::Protected(_))));
    assert!(matches!(remove("none", &world.owner), Err(ForgeError::Missing("Branch"))));
    remove("kept", &world.maintainer).unwrap();
    remove("free", &world.developer).unwrap();
}
