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

mod access_tokens;
mod codes;
mod people;
mod signing_in;
mod starting;

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
