//! Access tokens: making, using, rotating, revoking; acting as somebody. Must not know: HTTP.

use super::*;

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
