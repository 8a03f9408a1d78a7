//! Standings and decisions, on an in-memory store.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::rule::READ;
use super::*;
use crate::domain::account::{User, UserState};
use crate::domain::member::{Member, Source};
use crate::domain::project::{Namespace, Project, Visibility};
use crate::store::{Store, members, projects};

const TODAY: &str = "2026-11-21";

fn user(id: u64) -> User {
    User { is_admin: id == 1, ..User::new(id, &format!("user-{id}"), "", "", 0) }
}

fn group(id: u64, parent_id: Option<u64>, visibility: Visibility) -> Namespace {
    Namespace {
        id,
        parent_id,
        is_user: false,
        name: format!("g{id}"),
        path: format!("g{id}"),
        full_path: format!("g{id}"),
        full_name: format!("g{id}"),
        visibility,
        description: String::new(),
        creator_id: 1,
        created_at: 0,
        deleted_at: None,
    }
}

fn project(id: u64, namespace_id: u64, visibility: Visibility) -> Project {
    Project {
        id,
        namespace_id,
        name: format!("p{id}"),
        path: format!("p{id}"),
        full_path: format!("g{namespace_id}/p{id}"),
        default_branch: "main".to_owned(),
        visibility,
        description: String::new(),
        topics: Vec::new(),
        repository_url: None,
        archived: false,
        creator_id: 1,
        created_at: 0,
        last_activity_at: 0,
        deleted_at: None,
    }
}

/// Groups 1 > 2 > 3, each in the one before and private; project 1 in group 3.
fn world(given: &[(Source, u64, AccessLevel, Option<&str>)]) -> Store {
    let store = Store::in_memory().unwrap();
    let written = store.write(|wtx| {
        for (id, parent) in [(1, None), (2, Some(1)), (3, Some(2))] {
            projects::put_namespace(wtx, &group(id, parent, Visibility::Private))?;
        }
        projects::put_project(wtx, &project(1, 3, Visibility::Private))?;
        for (source, user_id, level, expires_on) in given {
            let expires_on = expires_on.map(str::to_owned);
            let member =
                Member { source: *source, user_id: *user_id, level: *level, expires_on, invited_by: None, created_at: 0 };
            members::put_member(wtx, &member)?;
        }
        Ok::<_, crate::store::StoreError>(())
    });
    written.unwrap();
    store
}

/// Level and visibility of project 1, asked alone and among others.
fn standing(store: &Store, who: Option<u64>) -> (AccessLevel, bool) {
    let rtx = store.read().unwrap();
    let user = who.map(user);
    let project = projects::find_project(&rtx, 1).unwrap().unwrap();
    let alone = Standings::new(&rtx, user.as_ref(), TODAY).of_project(&project).unwrap();
    let among = Standings::new(&rtx, user.as_ref(), TODAY).with_all().unwrap().of_project(&project).unwrap();
    assert_eq!(alone, among);
    (alone.level, alone.is_visible)
}

#[test]
fn the_highest_of_own_and_inherited_memberships_counts() {
    use AccessLevel::{Admin, Developer, Guest, Maintainer, Minimal, None as Nothing, Owner};
    let (top, middle, own) = (Source::Group(1), Source::Group(2), Source::Project(1));
    let given = [
        (top, 2, Maintainer, None),
        (own, 2, Guest, None),
        (middle, 3, Guest, None),
        (own, 3, Developer, None),
        (top, 4, Minimal, None),
        (middle, 5, Owner, Some("2026-11-21")),
        (own, 5, Guest, Some("2026-11-22")),
        (Source::Project(7), 6, Owner, None),
    ];
    let store = world(&given);
    let cases = [
        (1, Admin, true),
        (2, Maintainer, true),
        (3, Developer, true),
        (4, Minimal, false),
        (5, Guest, true),
        (6, Nothing, false),
    ];
    for (who, level, is_visible) in cases {
        assert_eq!(standing(&store, Some(who)), (level, is_visible), "user {who}");
    }
    assert_eq!(standing(&store, None), (Nothing, false));
}

#[test]
fn visibility_opens_to_those_signed_in_or_to_everybody_and_deletion_closes() {
    let store = world(&[(Source::Project(1), 2, AccessLevel::Owner, None)]);
    for (visibility, deleted_at, expected) in [
        (Visibility::Private, None, [true, false, false]),
        (Visibility::Internal, None, [true, true, false]),
        (Visibility::Public, None, [true, true, true]),
        (Visibility::Public, Some(1), [false, false, false]),
    ] {
        let changed = Project { deleted_at, ..project(1, 3, visibility) };
        store.write(|wtx| projects::put_project(wtx, &changed)).unwrap();
        let seen = [Some(2), Some(3), None].map(|who| standing(&store, who).1);
        assert_eq!(seen, expected, "{visibility:?} {deleted_at:?}");
    }
}

#[test]
fn a_group_is_seen_by_the_members_of_what_is_in_it() {
    let store = world(&[(Source::Project(1), 2, AccessLevel::Guest, None), (Source::Group(2), 3, AccessLevel::Minimal, None)]);
    let rtx = store.read().unwrap();
    let seen = |who: u64| {
        let user = user(who);
        let mut standings = Standings::new(&rtx, Some(&user), TODAY);
        [1, 2, 3].map(|id| {
            let group = projects::find_namespace(&rtx, id).unwrap().unwrap();
            standings.of_group(&group).unwrap().is_visible
        })
    };
    assert_eq!(seen(2), [true, true, true]);
    assert_eq!(seen(3), [false, true, true]);
    assert_eq!(seen(4), [false, false, false]);
}

#[test]
fn a_namespace_of_a_user_is_theirs() {
    let store = world(&[]);
    let own = Namespace { is_user: true, creator_id: 2, ..group(9, None, Visibility::Private) };
    store.write(|wtx| projects::put_namespace(wtx, &own)).unwrap();
    let rtx = store.read().unwrap();
    let level = |who| Standings::new(&rtx, Some(&user(who)), TODAY).of_namespace(9).unwrap();
    assert_eq!((level(2), level(3)), (AccessLevel::Owner, AccessLevel::None));
}

fn at(level: AccessLevel, is_visible: bool) -> Target {
    Target { standing: Standing { level, is_visible }, is_archived: false, is_about_oneself: false }
}

/// The whole decision.
fn ask(action: Action, user: Option<&User>, scopes: Option<&[String]>, target: Target) -> Result<(), Refusal> {
    let asker = Asker { user, scopes };
    decide_before(action, asker)?;
    decide(action, asker, target)
}

#[test]
fn what_is_hidden_is_not_there_and_what_is_seen_says_what_it_needs() {
    let (someone, nobody) = (user(2), AccessLevel::None);
    let hidden = at(nobody, false);
    assert_eq!(ask(Action::UndoImport, Some(&someone), None, hidden), Err(Refusal::Hidden));
    assert_eq!(ask(Action::ReadProject, Some(&someone), None, hidden), Err(Refusal::Hidden));
    assert_eq!(ask(Action::ReadProject, None, None, hidden), Err(Refusal::SignIn));
    assert_eq!(ask(Action::ReadProject, None, None, at(nobody, true)), Ok(()));
    assert_eq!(ask(Action::ReadVulnerabilities, None, None, at(nobody, true)), Err(Refusal::SignIn));
    let refusal = ask(Action::UndoImport, Some(&someone), None, at(AccessLevel::Developer, true)).unwrap_err();
    assert_eq!(refusal, Refusal::Level { needs: AccessLevel::Maintainer, has: AccessLevel::Developer });
    assert_eq!(refusal.to_string(), "it needs maintainer, you are developer");
    assert_eq!(ask(Action::UndoImport, Some(&someone), None, at(AccessLevel::Maintainer, true)), Ok(()));
}

#[test]
fn security_managers_decide_about_vulnerabilities_and_hand_in_nothing() {
    let someone = user(2);
    let may = |action, level| ask(action, Some(&someone), None, at(level, true)).is_ok();
    let manager = AccessLevel::SecurityManager;
    assert!(may(Action::ReadVulnerabilities, manager) && may(Action::ChangeVulnerability, manager));
    assert!(!may(Action::HandInReports, manager) && !may(Action::UndoImport, manager));
    assert!(may(Action::ReadVulnerabilities, AccessLevel::Developer) && may(Action::HandInReports, AccessLevel::Developer));
    assert!(!may(Action::ChangeVulnerability, AccessLevel::Developer));
    assert!(!may(Action::ReadVulnerabilities, AccessLevel::Reporter));
}

#[test]
fn scopes_and_offices_are_asked_for_before_anything_is_looked_at() {
    let (someone, root) = (user(2), user(1));
    let scopes = ["write_reports".to_owned()];
    let hidden = at(AccessLevel::None, false);
    assert_eq!(ask(Action::ReadProject, Some(&someone), Some(&scopes), hidden), Err(Refusal::Scope(READ)));
    assert_eq!(ask(Action::HandInReports, Some(&someone), Some(&scopes), at(AccessLevel::Owner, true)), Ok(()));
    assert_eq!(ask(Action::ReadStorage, Some(&someone), None, hidden), Err(Refusal::AdminOnly));
    let decided = decide_before(Action::ReadStorage, Asker { user: Some(&root), scopes: None });
    assert_eq!(decided, Ok(()));
    assert_eq!(decide_before(Action::Probe, Asker { user: None, scopes: None }), Ok(()));
    assert_eq!(decide_before(Action::ReadSelf, Asker { user: None, scopes: None }), Err(Refusal::SignIn));
}

#[test]
fn who_is_external_sees_nothing_internal_and_who_is_shut_out_may_nothing() {
    let store = world(&[]);
    store.write(|wtx| projects::put_project(wtx, &project(1, 3, Visibility::Internal))).unwrap();
    let rtx = store.read().unwrap();
    let external = User { external: true, ..user(2) };
    let found = projects::find_project(&rtx, 1).unwrap().unwrap();
    assert!(!Standings::new(&rtx, Some(&external), TODAY).of_project(&found).unwrap().is_visible);
    let before = |action, user: &User| decide_before(action, Asker { user: Some(user), scopes: None });
    assert_eq!(before(Action::CreateProject, &external), Err(Refusal::External));
    assert_eq!(before(Action::CreateProject, &user(2)), Ok(()));
    for state in [UserState::Blocked, UserState::Deactivated, UserState::Deleted] {
        let shut_out = User { state, ..user(1) };
        assert_eq!(before(Action::ListProjects, &shut_out), Err(Refusal::ShutOut), "{state:?}");
        let level = Standings::new(&rtx, Some(&shut_out), TODAY).of_project(&found).unwrap().level;
        assert_eq!(level, AccessLevel::None);
    }
}

#[test]
fn an_archived_project_is_read_only() {
    let owner = user(2);
    let archived = Target { is_archived: true, ..at(AccessLevel::Owner, true) };
    assert_eq!(ask(Action::HandInReports, Some(&owner), None, archived), Err(Refusal::Archived));
    assert_eq!(ask(Action::ReadVulnerabilities, Some(&owner), None, archived), Ok(()));
    for action in Action::ALL.iter().filter(|action| action.rule().subject == Subject::Project) {
        let rule = action.rule();
        let is_refused = ask(*action, Some(&owner), None, archived) == Err(Refusal::Archived);
        assert_eq!(is_refused, !rule.only_reads() && !rule.even_archived, "{}", action.name());
    }
}
