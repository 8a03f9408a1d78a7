//! Who is signed in. Must not know views.

use casemate_shared::api::user;
use leptos::prelude::*;

/// What is known about the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionState {
    /// Not asked yet.
    Unknown,
    /// Nobody is signed in.
    Out,
    /// Somebody is.
    In(Box<user::Session>),
}

/// The session of the page.
#[derive(Clone, Copy)]
pub struct Session(RwSignal<SessionState>);

impl Session {
    /// A session that nobody has asked for yet.
    pub fn new() -> Session {
        Session(RwSignal::new(SessionState::Unknown))
    }

    /// What is known now; tracked.
    pub fn get(self) -> SessionState {
        self.0.get()
    }

    /// Sets what is known, quietly when it is known already.
    pub fn set(self, state: SessionState) {
        if self.0.get_untracked() != state {
            self.0.set(state);
        }
    }

    /// Takes over a session that the server confirmed.
    pub fn signed_in(self, session: user::Session) {
        self.set(SessionState::In(Box::new(session)));
    }

    /// Takes over what the person changed about themselves.
    pub fn changed(self, user: user::User) {
        self.0.update(|state| {
            if let SessionState::In(session) = state {
                session.user = user;
            }
        });
    }

    /// Whether the person is an administrator; tracked.
    pub fn is_admin(self) -> bool {
        self.0.with(|state| matches!(state, SessionState::In(session) if session.user.is_admin))
    }

    /// The signed-in person; tracked.
    pub fn user(self) -> Option<user::User> {
        match self.0.get() {
            SessionState::In(session) => Some(session.user),
            _ => None,
        }
    }

    /// The token that writes need; empty when nobody is signed in.
    pub fn csrf_token(self) -> String {
        self.0.with_untracked(|state| match state {
            SessionState::In(session) => session.csrf_token.clone(),
            _ => String::new(),
        })
    }
}
