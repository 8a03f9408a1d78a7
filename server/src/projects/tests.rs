//! Moving, renaming, membership, on an in-memory store; check-db has to find nothing afterwards.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::change::{GroupWish, ProjectWish, change_group, change_project, transfer_group, transfer_project};
use super::members::{Actor, MemberError, add, all, change, remove};
use super::*;
use crate::domain::account::{UserKind, UserState};
use crate::store::{Store, accounts, check};

const TODAY: &str = "2026-11-21";
static BY: By =
    By { user_id: None, behind: None, means: None, address: String::new(), request_id: String::new(), at: 7, is_system: true };

/// Users 1 to 5, the groups `a`, `a/b`, `a/b/c` and `z`, all internal, and the project `a/b/c/p`, all made by user 1.
fn world() -> Store {
    let store = Store::in_memory().unwrap();
    let made = store.write(|wtx| {
        for id in 1..=5 {
            take_id(wtx, Sequence::User)?;
            accounts::put_user(wtx, &user(id))?;
        }
        for (path, parent_id) in [("a", None), ("b", Some(1)), ("c", Some(2)), ("z", None)] {
            let new = NewGroup {
                name: path.to_uppercase(),
                path: path.to_owned(),
                parent_id,
                visibility: Visibility::Internal,
                description: String::new(),
            };
            create_group(wtx, new, &user(1), &By::default())?;
        }
        create_project(wtx, wish("p", 3), &user(1), &By::default())?;
        Ok::<_, ChangeError>(())
    });
    made.unwrap();
    store
}

fn user(id: u64) -> User {
    User::new(id, &format!("user-{id}"), "", &format!("{id}@example.test"), 0)
}

fn wish(name: &str, group: u64) -> NewProject {
    NewProject {
        name: name.to_owned(),
        path: None,
        place: Place::Id(group),
        default_branch: "main".to_owned(),
        visibility: Visibility::Internal,
        description: String::new(),
        topics: Vec::new(),
        repository_url: None,
    }
}

fn path_of_project(store: &Store) -> String {
    projects::find_project(&store.read().unwrap(), 1).unwrap().unwrap().full_path
}

#[track_caller]
fn assert_sound(store: &Store) {
    assert_eq!(check::check(&store.read().unwrap()).unwrap().problems, Vec::<String>::new());
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, ChangeError>, text: &str) {
    let error = match answer.unwrap_err() {
        ChangeError::Invalid(fields) => format!("{} {}", fields[0].0, fields[0].1),
        other => other.to_string(),
    };
    assert!(error.contains(text), "{error}");
}

#[test]
fn what_is_below_follows_a_group_that_is_renamed_or_moved() {
    let store = world();
    let named = GroupWish { name: Some("New".to_owned()), path: Some("n".to_owned()), ..GroupWish::default() };
    store.write(|wtx| change_group(wtx, 2, named, &By::default())).unwrap();
    assert_eq!(path_of_project(&store), "a/n/c/p");
    store.write(|wtx| transfer_group(wtx, 2, Some(4), &By::default())).unwrap();
    assert_eq!(path_of_project(&store), "z/n/c/p");
    let rtx = store.read().unwrap();
    let lowest = projects::find_namespace(&rtx, 3).unwrap().unwrap();
    assert_eq!((lowest.full_path.as_str(), lowest.full_name.as_str()), ("z/n/c", "Z / New / C"));
    assert_eq!(find(&rtx, "Z/N/C/P").unwrap().unwrap().id, 1);
    assert!(find(&rtx, "a/b/c/p").unwrap().is_none() && find_group(&rtx, "a/b").unwrap().is_none());
    store.write(|wtx| transfer_group(wtx, 2, None, &By::default())).unwrap();
    assert_eq!(path_of_project(&store), "n/c/p");
    let cased = GroupWish { path: Some("N".to_owned()), ..GroupWish::default() };
    store.write(|wtx| change_group(wtx, 2, cased, &By::default())).unwrap();
    assert_eq!(path_of_project(&store), "N/c/p");
    assert_sound(&store);
}

#[test]
fn a_group_can_not_be_in_itself_nor_too_deep_nor_where_another_is() {
    let store = world();
    let moved = |id, to| store.write(|wtx| transfer_group(wtx, id, to, &By::default()));
    refused(moved(1, Some(1)), "into itself");
    refused(moved(1, Some(3)), "into itself");
    refused(moved(2, Some(1)), "there already");
    refused(moved(2, Some(99)), "namespace not found");
    let renamed = |id, path: &str| {
        store.write(|wtx| change_group(wtx, id, GroupWish { path: Some(path.to_owned()), ..GroupWish::default() }, &BY))
    };
    refused(renamed(4, "A"), "has already been taken");
    refused(renamed(4, "api"), "is a reserved name");
    refused(renamed(4, "а"), "can contain only letters");
    let mut parent = 4;
    for depth in 2..=MOST_LEVELS {
        let new = NewGroup {
            name: "d".to_owned(),
            path: format!("d{depth}"),
            parent_id: Some(parent),
            visibility: Visibility::Private,
            description: String::new(),
        };
        parent = store.write(|wtx| create_group(wtx, new, &user(1), &By::default())).unwrap().id;
    }
    let deeper = NewGroup {
        name: "d".to_owned(),
        path: "d".to_owned(),
        parent_id: Some(parent),
        visibility: Visibility::Private,
        description: String::new(),
    };
    refused(store.write(|wtx| create_group(wtx, deeper, &user(1), &By::default())), "too deep");
    refused(moved(4, Some(1)), "too deep");
    assert_eq!(path_of_project(&store), "a/b/c/p");
    assert_sound(&store);
}

#[test]
fn what_is_in_a_group_is_seen_by_no_more_than_the_group() {
    let store = world();
    let wider = ProjectWish { visibility: Some(Visibility::Public), ..ProjectWish::default() };
    refused(store.write(|wtx| change_project(wtx, 1, wider, &By::default())), "public is not allowed in a internal group");
    let group = |id, visibility| {
        store.write(|wtx| {
            change_group(wtx, id, GroupWish { visibility: Some(visibility), ..GroupWish::default() }, &By::default())
        })
    };
    refused(group(1, Visibility::Private), "sub-groups with higher visibility");
    refused(group(3, Visibility::Private), "projects with higher visibility");
    refused(group(2, Visibility::Public), "not allowed in a internal group");
    group(1, Visibility::Public).unwrap();
    group(2, Visibility::Public).unwrap();
    group(4, Visibility::Private).unwrap();
    refused(store.write(|wtx| transfer_group(wtx, 3, Some(4), &By::default())), "not allowed in a private group");
    let space = projects::find_namespace(&store.read().unwrap(), 4).unwrap().unwrap();
    refused(store.write(|wtx| transfer_project(wtx, 1, &space, &By::default())), "not allowed in a private group");
}

#[test]
fn a_project_changes_by_named_fields_and_moves() {
    let store = world();
    let change = |wish: ProjectWish| store.write(|wtx| change_project(wtx, 1, wish, &BY));
    let all = ProjectWish {
        name: Some("Shop".to_owned()),
        path: Some("shop".to_owned()),
        default_branch: Some("trunk".to_owned()),
        description: Some("d".to_owned()),
        topics: Some(vec!["t".to_owned()]),
        repository_url: Some(Some("https://git.example/x".to_owned())),
        visibility: Some(Visibility::Private),
    };
    let changed = change(all).unwrap();
    assert_eq!((changed.full_path.as_str(), changed.last_activity_at, changed.creator_id), ("a/b/c/shop", 7, 1));
    for (wrong, text) in [
        (ProjectWish { default_branch: Some("a..b".to_owned()), ..ProjectWish::default() }, "default_branch"),
        (ProjectWish { description: Some("x".repeat(2_001)), ..ProjectWish::default() }, "description"),
        (ProjectWish { topics: Some(vec![String::new()]), ..ProjectWish::default() }, "topics"),
        (ProjectWish { repository_url: Some(Some("javascript:x".to_owned())), ..ProjectWish::default() }, "http_url_to_repo"),
        (ProjectWish { name: Some("x".repeat(10_000)), ..ProjectWish::default() }, "name is too long"),
    ] {
        refused(change(wrong), text);
    }
    let space = projects::find_namespace(&store.read().unwrap(), 4).unwrap().unwrap();
    store.write(|wtx| transfer_project(wtx, 1, &space, &By::default())).unwrap();
    assert_eq!(path_of_project(&store), "z/shop");
    refused(store.write(|wtx| transfer_project(wtx, 1, &space, &By::default())), "already");
    assert_sound(&store);
}

fn actor(user_id: u64, level: AccessLevel) -> Actor<'static> {
    Actor { user_id, level, today: TODAY, by: &BY }
}

#[test]
fn nobody_gives_or_takes_more_than_they_have() {
    use AccessLevel::{Developer, Guest, Maintainer, Owner};
    let store = world();
    let source = Source::Project(1);
    let maintainer = actor(2, Maintainer);
    let add = |user, level, by| store.write(|wtx| add(wtx, source, user, level, None, by));
    assert!(matches!(add(3, Owner, maintainer), Err(MemberError::TooHigh { .. })));
    let added = add(3, Maintainer, maintainer).unwrap();
    assert_eq!((added.level, added.invited_by, added.created_at), (Maintainer, Some(2), 7));
    assert!(matches!(add(3, Guest, maintainer), Err(MemberError::Already)));
    assert!(matches!(add(99, Guest, maintainer), Err(MemberError::NoUser)));
    for level in [AccessLevel::None, AccessLevel::Minimal, AccessLevel::Admin] {
        assert!(matches!(add(4, level, actor(1, AccessLevel::Admin)), Err(MemberError::Level)), "{level:?}");
    }
    add(4, Owner, actor(1, Owner)).unwrap();
    let change = |user, level, by| store.write(|wtx| change(wtx, source, user, level, None, by));
    assert!(matches!(change(4, Developer, maintainer), Err(MemberError::TooHigh { .. })), "an owner is above");
    assert!(matches!(change(3, Owner, maintainer), Err(MemberError::TooHigh { .. })));
    assert_eq!(change(3, Developer, maintainer).unwrap().level, Developer);
    let remove = |user, by| store.write(|wtx| remove(wtx, source, user, by));
    assert!(matches!(remove(4, maintainer), Err(MemberError::TooHigh { .. })));
    assert!(matches!(remove(5, maintainer), Err(MemberError::NoMember)));
    remove(3, actor(3, Developer)).unwrap();
    remove(4, actor(4, Owner)).unwrap();
    assert_sound(&store);
}

#[test]
fn somebody_owns_a_group_for_good() {
    use AccessLevel::{Admin, Maintainer, Owner};
    let store = world();
    let source = Source::Group(1);
    let admin = actor(5, Admin);
    let last = |answer: Result<Member, MemberError>| assert!(matches!(answer, Err(MemberError::LastOwner)));
    let soon = Some(Some("2026-12-01".to_owned()));
    last(store.write(|wtx| remove(wtx, source, 1, admin)));
    last(store.write(|wtx| remove(wtx, source, 1, actor(1, Owner))));
    last(store.write(|wtx| change(wtx, source, 1, Maintainer, None, admin)));
    last(store.write(|wtx| change(wtx, source, 1, Owner, soon.clone(), admin)));
    // Neither one who ends nor a bot nor one who is shut out owns it for good.
    store.write(|wtx| add(wtx, source, 2, Owner, Some("2026-12-01".to_owned()), admin)).unwrap();
    store.write(|wtx| add(wtx, source, 3, Owner, None, admin)).unwrap();
    let blocked = User { state: UserState::Blocked, ..user(3) };
    store.write(|wtx| accounts::put_user(wtx, &blocked)).unwrap();
    last(store.write(|wtx| remove(wtx, source, 1, admin)));
    store.write(|wtx| accounts::put_user(wtx, &user(3))).unwrap();
    store.write(|wtx| remove(wtx, source, 1, admin)).unwrap();
    let owners = all(&store.read().unwrap(), Source::Project(1), TODAY).unwrap();
    assert_eq!(owners.iter().map(|member| member.user_id).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn inherited_members_count_once_with_their_highest_level_and_ended_ones_not() {
    use AccessLevel::{Developer, Guest, Owner, Reporter};
    let store = world();
    let owner = actor(1, Owner);
    store
        .write(|wtx| {
            add(wtx, Source::Group(2), 2, Developer, None, owner)?;
            add(wtx, Source::Project(1), 2, Guest, None, owner)?;
            add(wtx, Source::Group(3), 3, Reporter, Some("2026-11-22".to_owned()), owner)
        })
        .unwrap();
    let levels = |source, day: &str| -> Vec<(u64, AccessLevel)> {
        let rtx = store.read().unwrap();
        all(&rtx, source, day).unwrap().into_iter().map(|member| (member.user_id, member.level)).collect()
    };
    assert_eq!(levels(Source::Project(1), TODAY), [(1, Owner), (2, Developer), (3, Reporter)]);
    assert_eq!(levels(Source::Project(1), "2026-11-22"), [(1, Owner), (2, Developer)]);
    assert_eq!(levels(Source::Group(1), TODAY), [(1, Owner)]);
    // The day is over: the member may be added again.
    let later = Actor { today: "2026-11-22", ..owner };
    assert_eq!(store.write(|wtx| add(wtx, Source::Group(3), 3, Guest, None, later)).unwrap().level, Guest);
    let past = store.write(|wtx| add(wtx, Source::Group(3), 4, Guest, Some(TODAY.to_owned()), owner));
    assert!(matches!(past, Err(MemberError::Past)));
}

#[test]
fn the_user_of_a_token_is_added_by_nobody() {
    let store = world();
    let bot = User { kind: UserKind::ProjectBot, ..user(5) };
    store.write(|wtx| accounts::put_user(wtx, &bot)).unwrap();
    let answer = store.write(|wtx| add(wtx, Source::Group(1), 5, AccessLevel::Guest, None, actor(1, AccessLevel::Owner)));
    assert!(matches!(answer, Err(MemberError::Bot)));
}

fn create(store: &Store, name: &str, place: Place) -> Result<Project, ChangeError> {
    let new = NewProject { place, visibility: Visibility::Private, ..wish(name, 0) };
    store.write(|wtx| create_project(wtx, new, &user(1), &By::default()))
}

#[test]
fn missing_groups_are_made_and_paths_are_taken_once() {
    let store = Store::in_memory().unwrap();
    let made = create(&store, "Payments API", Place::Path("acme/platform".to_owned())).unwrap();
    assert_eq!(made.full_path, "acme/platform/payments-api");
    let rtx = store.read().unwrap();
    assert_eq!(find(&rtx, "ACME/platform/Payments-API").unwrap().unwrap().id, made.id);
    assert_eq!(find(&rtx, &made.id.to_string()).unwrap().unwrap().id, made.id);
    assert_eq!(find_group(&rtx, "acme/platform").unwrap().unwrap().full_name, "acme / platform");
    let owned: Vec<_> = stored::memberships(&rtx, 1).unwrap().into_iter().map(|member| (member.source, member.level)).collect();
    assert_eq!(owned, [(Source::Group(1), AccessLevel::Owner)], "the rest is inherited");
    drop(rtx);
    for name in ["payments-api", "PAYMENTS api"] {
        let again = create(&store, name, Place::Path("acme/platform".to_owned()));
        assert!(matches!(again, Err(ChangeError::Invalid(fields)) if fields[0].1.contains("taken")));
    }
}

#[test]
fn what_can_be_no_path_is_refused_and_leaves_nothing() {
    let store = Store::in_memory().unwrap();
    for (place, name) in
        [("a//b", "x"), ("api", "x"), ("g", "..."), ("g", "x.git"), ("../g", "x"), ("g/-", "x"), ("12", "x"), ("g", "42")]
    {
        let answer = create(&store, name, Place::Path(place.to_owned()));
        assert!(matches!(answer, Err(ChangeError::Invalid(_))), "{place} {name}");
    }
    assert!(create(&store, &"x".repeat(256), Place::Path("g".to_owned())).is_err());
    assert!(create(&store, "a\nb", Place::Path("g".to_owned())).is_err());
    assert!(matches!(create(&store, "x", Place::Id(99)), Err(ChangeError::NoNamespace)));
    assert!(projects::namespaces(&store.read().unwrap()).unwrap().is_empty());
}
