//! The first administrator. Must not know: HTTP.

use super::*;

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
