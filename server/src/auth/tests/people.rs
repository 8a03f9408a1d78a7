//! Users: making, changing, blocking, deleting. Must not know: HTTP.

use super::*;

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
