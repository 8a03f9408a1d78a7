//! Signing in, sessions and their end. Must not know: HTTP.

use super::*;

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
