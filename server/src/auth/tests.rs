//! The auth room on a store in memory, with a stepping clock and counting randomness. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::sessions::{NewSession, SignIn};
use super::tokens::{NewToken, TokenWish};
use super::users::{NewUser, Turn, UserChange};
use super::*;
use crate::clock::{CountingEntropy, DAY, Millis, SteppingClock};
use crate::domain::account::{SecondFactor, UserKind};
use crate::domain::member::Source;
use crate::store::{check, members};
use casemate_shared::AccessLevel;
use std::sync::atomic::{AtomicI64, Ordering};

const BEGIN: Millis = 1_800_000_000_000;

/// A clock that a test moves.
#[derive(Default)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Millis {
        BEGIN + self.0.fetch_add(1, Ordering::SeqCst)
    }
}

struct World {
    door: Door,
    clock: Arc<Moved>,
}

impl World {
    fn new() -> World {
        World::with(Settings::default())
    }

    fn with(settings: Settings) -> World {
        let store = Arc::new(Store::in_memory().unwrap());
        let (clock, entropy) = (Arc::new(Moved::default()), Arc::new(CountingEntropy::default()));
        let given = FirstStart { password: Some("correct horse".to_owned()), token: Some("t".repeat(20)) };
        first_start(&store, given, &*clock, &*entropy).unwrap();
        World { door: Door::new(store, Arc::clone(&clock) as Arc<dyn Clock>, entropy, settings).unwrap(), clock }
    }

    fn pass(&self, time: Millis) {
        self.clock.0.fetch_add(time, Ordering::SeqCst);
    }

    fn caller(&self, text: &str) -> Result<Caller, AuthError> {
        self.door.by_token(&self.door.store.read().unwrap(), text)
    }

    fn sign_in(&self, login: &str, password: &str, code: Option<&str>) -> Result<NewSession, AuthError> {
        let wish = SignIn {
            login: login.to_owned(),
            password: password.to_owned(),
            code: code.map(str::to_owned),
            from: None,
            agent: "a\nb".to_owned(),
            old_cookie: None,
        };
        self.door.sign_in(&By::default(), wish)
    }

    fn is_in(&self, session: &NewSession) -> bool {
        self.door.by_cookie(&self.door.store.read().unwrap(), &session.cookie).is_ok()
    }

    fn user(&self, name: &str) -> User {
        let (username, email) = (name.to_owned(), format!("{name}@example.com"));
        let new =
            NewUser { username, name: name.to_owned(), email, password: Some("pass phrase".to_owned()), ..NewUser::default() };
        self.door.create_user(&By::default(), new).unwrap()
    }

    fn token(&self, user: u64, scopes: &[&str]) -> NewToken {
        self.door.make_user_token(&By::default(), TokenKind::Personal, user, wish(scopes, None)).unwrap()
    }

    fn assert_sound(&self) {
        let found = check::check(&self.door.store.read().unwrap()).unwrap();
        assert_eq!(found.problems, Vec::<String>::new());
    }
}

fn wish(scopes: &[&str], expires_on: Option<&str>) -> TokenWish {
    TokenWish {
        name: "ci".to_owned(),
        description: String::new(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        expires_on: expires_on.map(str::to_owned),
    }
}

#[test]
fn root_signs_in_with_what_was_given() {
    let world = World::new();
    assert!(world.sign_in("ROOT", "correct horse", None).is_ok());
    assert!(world.sign_in("Root@Localhost", "correct horse", None).is_ok(), "by address too");
    let caller = world.caller(&"t".repeat(20)).unwrap();
    assert!(caller.user.is_admin && caller.has_scope(&["sudo"]) && !caller.has_scope(&["write_reports"]));
    assert!(matches!(world.caller(&"t".repeat(21)), Err(AuthError::Unauthorized)));
    world.assert_sound();
}

#[test]
fn a_random_password_is_told_once() {
    let store = Store::in_memory().unwrap();
    let start =
        || first_start(&store, FirstStart::default(), &SteppingClock::starting_at(0), &CountingEntropy::default()).unwrap();
    assert_eq!(start().unwrap().len(), 32);
    assert_eq!(start(), None);
}

#[test]
fn bad_forms_of_the_first_start_are_refused_before_anything_is_made() {
    let start = |given| {
        let store = Store::in_memory().unwrap();
        first_start(&store, given, &SteppingClock::starting_at(0), &CountingEntropy::default())
    };
    for token in ["short", &"t".repeat(256), &"t ".repeat(15), &"ä".repeat(20)] {
        let answer = start(FirstStart { password: None, token: Some((*token).to_owned()) });
        assert!(matches!(answer, Err(FirstStartError::TokenForm)), "{token}");
    }
    let answer = start(FirstStart { password: Some("1234567".to_owned()), token: None });
    assert!(matches!(answer, Err(FirstStartError::PasswordForm)));
}

#[test]
fn an_unknown_name_costs_the_same_work_as_a_wrong_password() {
    let world = World::new();
    let bot_like = world.door.create_user(
        &By::default(),
        NewUser { username: "nopass".to_owned(), name: "n".to_owned(), email: "n@example.com".to_owned(), ..NewUser::default() },
    );
    assert!(bot_like.unwrap().password_hash.is_none());
    let work = |login: &str, password: &str| {
        let before = secret::verifications();
        let answer = world.sign_in(login, password, None);
        assert!(matches!(answer, Err(AuthError::Unauthorized)), "{login}");
        secret::verifications() - before
    };
    for (login, password) in [("root", "wrong"), ("nobody", "wrong"), ("nopass", "wrong"), ("", ""), (&"x".repeat(10_000), "y")] {
        assert_eq!(work(login, password), 1, "{}", login.len());
    }
}

#[test]
fn sessions_end_by_time_by_idleness_and_by_hand() {
    let world = World::new();
    let first = world.sign_in("root", "correct horse", None).unwrap();
    assert_eq!(first.session.agent, "ab");
    world.pass(119 * 60_000);
    assert!(world.is_in(&first), "used in time");
    world.pass(119 * 60_000);
    assert!(world.is_in(&first), "the use before is known though it is not written yet");
    assert_eq!(activity::write_down(&world.door).unwrap(), 2, "the session and its user");
    world.pass(121 * 60_000);
    assert!(!world.is_in(&first));
    let second = world.sign_in("root", "correct horse", None).unwrap();
    for _ in 0..11 {
        world.pass(60 * 60_000);
        assert!(world.is_in(&second));
    }
    world.pass(60 * 60_000);
    assert!(!world.is_in(&second), "twelve hours are over");
    let third = world.sign_in("root", "correct horse", None).unwrap();
    let rtx = world.door.store.read().unwrap();
    let open = world.door.sessions(&rtx, 1).unwrap();
    assert_eq!(open.iter().map(|session| session.id).collect::<Vec<_>>(), [third.session.id]);
    assert!(matches!(world.door.revoke_session(&By::default(), 1, 99), Err(AuthError::Missing("Session"))));
    world.door.revoke_session(&By::default(), 1, third.session.id).unwrap();
    assert!(!world.is_in(&third));
    world.assert_sound();
}

#[test]
fn signing_in_gives_a_new_cookie_and_ends_the_old_session() {
    let world = World::new();
    let first = world.sign_in("root", "correct horse", None).unwrap();
    let again = SignIn {
        login: "root".to_owned(),
        password: "correct horse".to_owned(),
        code: None,
        from: None,
        agent: String::new(),
        old_cookie: Some(first.cookie.clone()),
    };
    let second = world.door.sign_in(&By::default(), again).unwrap();
    assert_ne!(first.cookie, second.cookie);
    assert!(!world.is_in(&first) && world.is_in(&second));
}

#[test]
fn a_user_has_at_most_a_hundred_sessions() {
    let world = World::with(Settings { sign_ins_per_minute: 0, ..Settings::default() });
    // Sessions without the slow check of the password.
    let first = world.sign_in("root", "correct horse", None).unwrap();
    world
        .door
        .store
        .write(|wtx| -> Result<(), StoreError> {
            for n in 0..99u8 {
                let id = crate::store::meta::take_id(wtx, crate::store::meta::Sequence::Session)?;
                accounts::put_session(wtx, &[n; 32], &Session { id, ..first.session.clone() })?;
            }
            Ok(())
        })
        .unwrap();
    world.sign_in("root", "correct horse", None).unwrap();
    assert!(!world.is_in(&first), "the oldest makes room");
    assert_eq!(accounts::sessions_of(&world.door.store.read().unwrap(), 1).unwrap().len(), 100);
}

#[test]
fn tokens_end_on_their_day_and_have_one_within_the_limit() {
    let world = World::new();
    let make = |day: Option<&str>| world.door.make_user_token(&By::default(), TokenKind::Personal, 1, wish(&["api"], day));
    let made = make(None).unwrap();
    let last = today(BEGIN + 400 * DAY);
    assert_eq!(made.token.expires_on.as_deref(), Some(last.as_str()));
    assert!(made.text.starts_with(tokens::PREFIX) && made.text.len() == 38);
    for wrong in [today(BEGIN), "2001-01-01".to_owned(), today(BEGIN + 401 * DAY)] {
        assert!(matches!(make(Some(&wrong)), Err(AuthError::Invalid(_))), "{wrong}");
    }
    world.pass(400 * DAY);
    assert!(world.caller(&made.text).is_ok(), "the last day counts");
    world.pass(DAY);
    assert!(world.caller(&made.text).is_err());
}

#[test]
fn a_rotated_token_is_dead_and_showing_it_again_ends_the_family() {
    let world = World::new();
    let first = world.token(1, &["api", "read_api"]);
    let other = world.token(1, &["api"]);
    let second = world.door.rotate(&By::default(), first.token.id, None).unwrap();
    let third = world.door.rotate(&By::default(), second.token.id, None).unwrap();
    assert_eq!(third.token.scopes, first.token.scopes);
    assert_eq!(third.token.expires_on.as_deref(), Some(today(BEGIN + 7 * DAY).as_str()));
    assert!(world.caller(&first.text).is_err() && world.caller(&second.text).is_err() && world.caller(&third.text).is_ok());
    assert!(matches!(world.door.rotate(&By::default(), first.token.id, None), Err(AuthError::BadRequest(_))));
    assert!(!world.door.caught_reuse(&By::default(), "never seen").unwrap());
    assert!(!world.door.caught_reuse(&By::default(), &third.text).unwrap());
    assert!(world.caller(&third.text).is_ok());
    assert!(world.door.caught_reuse(&By::default(), &first.text).unwrap());
    assert!(world.caller(&third.text).is_err(), "whoever has it may have stolen it");
    assert!(world.caller(&other.text).is_ok(), "another family");
    world.door.revoke(&By::default(), other.token.id).unwrap();
    assert!(world.caller(&other.text).is_err());
    assert!(!world.door.caught_reuse(&By::default(), &other.text).unwrap(), "revoked by hand, not rotated");
    world.assert_sound();
}

#[test]
fn uses_are_noted_once_and_written_together() {
    let world = World::new();
    let made = world.token(1, &["api"]);
    let hash = world.door.secrets.hash(&made.text);
    let stored = || accounts::find_token(&world.door.store.read().unwrap(), &hash).unwrap().unwrap().last_used_at;
    for _ in 0..50 {
        world.caller(&made.text).unwrap();
    }
    assert_eq!(stored(), None, "no write per request");
    let used = world.door.activity.last_use(&hash, None).unwrap();
    assert_eq!(activity::write_down(&world.door).unwrap(), 2);
    assert_eq!(stored(), Some(used));
    world.caller(&made.text).unwrap();
    assert_eq!(activity::write_down(&world.door).unwrap(), 0, "too soon to be news");
    world.pass(6 * 60_000);
    world.caller(&made.text).unwrap();
    assert_eq!(activity::write_down(&world.door).unwrap(), 2);
    assert!(stored() > Some(used));
}

#[test]
fn names_and_addresses_are_unique_in_any_case() {
    let world = World::new();
    world.user("Anna");
    let new = |username: &str, email: &str| {
        let (username, email) = (username.to_owned(), email.to_owned());
        world.door.create_user(&By::default(), NewUser { username, email, name: "N".to_owned(), ..NewUser::default() })
    };
    assert!(matches!(new("aNNA", "x@example.com"), Err(AuthError::Taken(text)) if text == "Username has already been taken"));
    assert!(matches!(new("x", "ANNA@example.com"), Err(AuthError::Taken(text)) if text == "Email has already been taken"));
    for (username, email) in
        [("admin", "a@b"), ("аnna", "a@b"), ("a b", "a@b"), ("42", "a@b"), ("x", "a"), ("x", "a@b@c"), ("x", "")]
    {
        assert!(matches!(new(username, email), Err(AuthError::Invalid(_))), "{username} {email}");
    }
    let all = new("-", "no");
    assert!(matches!(all, Err(AuthError::Invalid(fields)) if fields.len() == 2), "everything that is wrong is told");
    world.assert_sound();
}

#[test]
fn changes_move_names_and_end_sessions_with_the_password() {
    let world = World::new();
    let anna = world.user("anna");
    world.user("bob");
    let session = world.sign_in("anna", "pass phrase", None).unwrap();
    let change = |change| world.door.change_user(&By::default(), anna.id, change);
    let renamed = change(UserChange {
        username: Some("ann".to_owned()),
        email: Some("ann@example.com".to_owned()),
        ..UserChange::default()
    })
    .unwrap();
    assert_eq!(renamed.username, "ann");
    assert!(matches!(change(UserChange { username: Some("BOB".to_owned()), ..UserChange::default() }), Err(AuthError::Taken(_))));
    world.user("anna");
    assert!(world.is_in(&session));
    change(UserChange { password: Some("another one".to_owned()), ..UserChange::default() }).unwrap();
    assert!(!world.is_in(&session));
    let (kept, other) = (world.sign_in("ann", "another one", None).unwrap(), world.sign_in("ann", "another one", None).unwrap());
    let own = |old: &str, new: &str| world.door.change_own_password(&By::default(), anna.id, old, new, Some(kept.session.id));
    assert!(matches!(own("wrong", "third phrase"), Err(AuthError::Unauthorized)));
    assert!(matches!(own("another one", "short"), Err(AuthError::Invalid(_))));
    own("another one", "third phrase").unwrap();
    assert!(world.is_in(&kept) && !world.is_in(&other));
    world.assert_sound();
}

#[test]
fn blocked_and_sleeping_users_do_nothing_and_the_last_administrator_stays() {
    let world = World::new();
    let anna = world.user("anna");
    let (session, token) = (world.sign_in("anna", "pass phrase", None).unwrap(), world.token(anna.id, &["api"]));
    let turn = |id, turn| world.door.turn_user(&By::default(), id, turn);
    turn(anna.id, Turn::Block).unwrap();
    assert!(!world.is_in(&session));
    assert!(matches!(world.caller(&token.text), Err(AuthError::Blocked)));
    assert!(matches!(world.sign_in("anna", "pass phrase", None), Err(AuthError::Blocked)));
    assert!(matches!(world.sign_in("anna", "wrong", None), Err(AuthError::Unauthorized)), "told to who knows the password only");
    assert!(matches!(turn(anna.id, Turn::Deactivate), Err(AuthError::Forbidden(_))));
    assert!(matches!(turn(anna.id, Turn::Activate), Err(AuthError::Forbidden(_))));
    turn(anna.id, Turn::Unblock).unwrap();
    assert!(world.caller(&token.text).is_ok() && !world.is_in(&session), "sessions stay ended");
    turn(anna.id, Turn::Deactivate).unwrap();
    assert!(matches!(world.caller(&token.text), Err(AuthError::Asleep)));
    assert!(matches!(turn(anna.id, Turn::Unblock), Err(AuthError::Forbidden(_))));
    world.sign_in("anna", "pass phrase", None).unwrap();
    assert!(world.caller(&token.text).is_ok(), "signing in wakes");
    for answer in
        [turn(1, Turn::Block).map(|_| ()), turn(1, Turn::Deactivate).map(|_| ()), world.door.delete_user(&By::default(), 1)]
    {
        assert!(matches!(answer, Err(AuthError::Forbidden(_))));
    }
    let demoted = world.door.change_user(&By::default(), 1, UserChange { is_admin: Some(false), ..UserChange::default() });
    assert!(matches!(demoted, Err(AuthError::Forbidden(_))));
    world.door.change_user(&By::default(), anna.id, UserChange { is_admin: Some(true), ..UserChange::default() }).unwrap();
    turn(1, Turn::Block).unwrap();
    world.assert_sound();
}

#[test]
fn who_is_deleted_leaves_a_ghost_and_a_free_name() {
    let world = World::new();
    let anna = world.user("anna");
    let token = world.token(anna.id, &["api"]);
    let session = world.sign_in("anna", "pass phrase", None).unwrap();
    world.door.delete_user(&By::default(), anna.id).unwrap();
    assert!(world.caller(&token.text).is_err() && !world.is_in(&session));
    let ghost = accounts::find_user(&world.door.store.read().unwrap(), anna.id).unwrap().unwrap();
    assert_eq!((ghost.username.as_str(), ghost.email.as_str(), ghost.state), ("ghost", "", UserState::Deleted));
    assert!(matches!(world.door.delete_user(&By::default(), anna.id), Err(AuthError::Missing("User"))));
    assert_ne!(world.user("anna").id, anna.id);
    world.assert_sound();
}

#[test]
fn a_token_of_a_project_has_a_bot_that_is_a_member_while_it_lives() {
    let world = World::new();
    let place = Source::Group(1);
    let by = By { user_id: Some(1), ..By::default() };
    let made = world.door.make_place_token(&by, place, AccessLevel::Developer, wish(&["api"], None)).unwrap();
    let bot = world.caller(&made.text).unwrap().user;
    assert_eq!((bot.kind, bot.external, bot.is_admin), (UserKind::GroupBot, true, false));
    let member = || members::find_member(&world.door.store.read().unwrap(), place, bot.id).unwrap();
    assert_eq!(member().unwrap().level, AccessLevel::Developer);
    assert!(made.token.expires_on.is_some());
    let rotated = world.door.rotate(&by, made.token.id, None).unwrap();
    assert_eq!((rotated.token.user_id, rotated.token.access_level, rotated.token.place_id), (bot.id, 30, Some(1)));
    assert!(member().is_some());
    world.door.revoke(&by, rotated.token.id).unwrap();
    assert!(member().is_none() && world.caller(&rotated.text).is_err());
    assert!(world.door.make_user_token(&by, TokenKind::Personal, bot.id, wish(&["api"], None)).is_err(), "bots get no more");
    world.assert_sound();
    world.door.store.write(|wtx| tokens::end_tokens_of(wtx, place)).unwrap();
    world.assert_sound();
}

#[test]
fn sudo_is_for_administrators_with_the_scope() {
    let world = World::new();
    let anna = world.user("anna");
    let rtx = || world.door.store.read().unwrap();
    let with = |user, scopes: &[&str], whom: &str| {
        let token = world.token(user, scopes);
        let caller = world.caller(&token.text).unwrap();
        world.door.act_as(&rtx(), caller, whom)
    };
    let caller = with(1, &["api", "sudo"], "ANNA").unwrap();
    assert_eq!((caller.user.id, caller.behind, caller.user.is_admin), (anna.id, Some(1), false));
    assert_eq!(with(1, &["api", "sudo"], &anna.id.to_string()).unwrap().user.id, anna.id);
    assert!(matches!(with(1, &["api"], "anna"), Err(AuthError::SudoScope)));
    assert!(matches!(with(anna.id, &["api", "sudo"], "root"), Err(AuthError::NoSudo("Must be admin to use sudo"))));
    assert!(matches!(with(1, &["api", "sudo"], "nobody"), Err(AuthError::NoSuchUser(whom)) if whom == "nobody"));
    world.door.turn_user(&By::default(), anna.id, Turn::Block).unwrap();
    assert!(matches!(with(1, &["api", "sudo"], "anna"), Err(AuthError::Blocked)));
    let session = world.sign_in("root", "correct horse", None).unwrap();
    let (caller, _) = world.door.by_cookie(&rtx(), &session.cookie).unwrap();
    assert!(matches!(world.door.act_as(&rtx(), caller, "root"), Err(AuthError::NoSudo(_))), "a session is no token");
}

#[test]
fn with_admin_mode_a_token_needs_the_scope_to_rule() {
    let world = World::with(Settings { admin_mode: true, ..Settings::default() });
    assert!(!world.caller(&world.token(1, &["api"]).text).unwrap().user.is_admin);
    assert!(world.caller(&world.token(1, &["api", "admin_mode"]).text).unwrap().user.is_admin);
    let anna = world.user("anna");
    assert!(!world.caller(&world.token(anna.id, &["api", "admin_mode"]).text).unwrap().user.is_admin);
}

#[test]
fn job_tokens_are_short_and_cleared_away() {
    let world = World::new();
    let text = world.door.make_job_token(&By::default(), 1, 7, BEGIN + 10 * DAY).unwrap();
    let caller = world.caller(&text).unwrap();
    assert_eq!(caller.means, Means::Job { pipeline_id: 7 });
    assert!(!SCOPES.iter().any(|scope| caller.has_scope(&[scope])), "good for nothing else");
    world.pass(DAY);
    assert!(world.caller(&text).is_err(), "a day at most");
    let next = world.door.make_job_token(&By::default(), 1, 8, BEGIN + 10 * DAY).unwrap();
    assert!(world.caller(&next).is_ok());
    assert_eq!(accounts::tokens_of_place(&world.door.store.read().unwrap(), TokenKind::Job, 7).unwrap().len(), 0);
    assert_eq!(accounts::tokens(&world.door.store.read().unwrap()).unwrap().len(), 1, "never listed");
    world.assert_sound();
}

/// The code that an authenticator shows now.
fn code_now(world: &World, user: u64) -> String {
    let factor: SecondFactor = accounts::find_second_factor(&world.door.store.read().unwrap(), user).unwrap().unwrap();
    let fits = |code: &String| totp::matching_step(&factor.secret, code, 0, world.clock.now()).is_some();
    (0..1_000_000).map(|code| format!("{code:06}")).find(fits).unwrap()
}

#[test]
fn a_second_factor_is_asked_for_and_each_code_is_taken_once() {
    let world = World::with(Settings { sign_ins_per_minute: 20, ..Settings::default() });
    let root = accounts::find_user(&world.door.store.read().unwrap(), 1).unwrap().unwrap();
    let other = world.sign_in("root", "correct horse", None).unwrap();
    assert!(matches!(world.door.begin_second_factor(&By::default(), &root, "wrong"), Err(AuthError::Unauthorized)));
    let setup = world.door.begin_second_factor(&By::default(), &root, "correct horse").unwrap();
    assert!(setup.uri.contains(&setup.secret) && setup.secret.len() == 32);
    assert!(world.sign_in("root", "correct horse", None).is_ok(), "not before it is confirmed");
    assert!(matches!(world.door.confirm_second_factor(&By::default(), 1, "x", None), Err(AuthError::Invalid(_))));
    let code = code_now(&world, 1);
    let recovery = world.door.confirm_second_factor(&By::default(), 1, &code, None).unwrap();
    assert_eq!(recovery.len(), 10);
    assert!(!world.is_in(&other), "other sessions end");
    assert!(matches!(world.sign_in("root", "correct horse", None), Err(AuthError::CodeNeeded)));
    assert!(matches!(world.sign_in("root", "wrong", Some(&code)), Err(AuthError::Unauthorized)));
    assert!(matches!(world.sign_in("root", "correct horse", Some(&code)), Err(AuthError::Unauthorized)), "used to confirm");
    world.pass(60_000);
    let code = code_now(&world, 1);
    world.sign_in("root", "correct horse", Some(&code)).unwrap();
    assert!(matches!(world.sign_in("root", "correct horse", Some(&code)), Err(AuthError::Unauthorized)), "replayed");
    world.sign_in("root", "correct horse", Some(&recovery[3].to_uppercase())).unwrap();
    assert!(matches!(world.sign_in("root", "correct horse", Some(&recovery[3])), Err(AuthError::Unauthorized)), "used up");
    world.assert_sound();
    assert!(matches!(world.door.begin_second_factor(&By::default(), &root, "correct horse"), Err(AuthError::Conflict(_))));
    world.door.end_own_second_factor(&By::default(), 1, "correct horse").unwrap();
    assert!(world.sign_in("root", "correct horse", None).is_ok());
    world.assert_sound();
}

#[test]
fn codes_are_not_to_be_guessed() {
    let world = World::new();
    let root = accounts::find_user(&world.door.store.read().unwrap(), 1).unwrap().unwrap();
    world.door.begin_second_factor(&By::default(), &root, "correct horse").unwrap();
    let tries = (0..20).map(|_| world.door.confirm_second_factor(&By::default(), 1, "nothing", None));
    assert_eq!(tries.filter(|answer| matches!(answer, Err(AuthError::TooMany { .. }))).count(), 10);
}
