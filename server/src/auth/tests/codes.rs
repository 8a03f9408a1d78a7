//! One-time codes: setting up, taking, guessing. Must not know: HTTP.

use super::*;

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
