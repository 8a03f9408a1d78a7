//! A value that comes from the server: asked for when its key changes, and again on wish. A late answer to
//! an earlier question is thrown away. Must not know endpoints or views.

use crate::api::ApiError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;

/// What may be held: plain data.
pub trait Data: Clone + PartialEq + Send + Sync + 'static {}
impl<T: Clone + PartialEq + Send + Sync + 'static> Data for T {}

/// A value from the server with its state.
#[derive(Debug)]
pub struct Remote<T: Data> {
    value: RwSignal<Option<T>>,
    error: RwSignal<Option<ApiError>>,
    loading: RwSignal<bool>,
    again: RwSignal<u32>,
    turn: StoredValue<u32>,
}

impl<T: Data> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Data> Copy for Remote<T> {}

/// A value on its way. Boxed: waiting for it is compiled once for every type of value.
type Work<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// Whether the old value stays visible while the answer for a new key is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// It stays, the view may grey it.
    Keep,
    /// It goes: it belongs to something else.
    Clear,
}

impl<T: Data> Remote<T> {
    /// A value that `fetch` gets for each key; no key, no question.
    pub fn new<K, F>(meanwhile: Meanwhile, key: impl Fn() -> Option<K> + 'static, fetch: impl Fn(K) -> F + 'static) -> Remote<T>
    where
        K: Clone + PartialEq + 'static,
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        let remote = Remote {
            value: RwSignal::new(None),
            error: RwSignal::new(None),
            loading: RwSignal::new(true),
            again: RwSignal::new(0),
            turn: StoredValue::new(0),
        };
        Effect::new(move |earlier: Option<Option<K>>| {
            remote.again.track();
            let Some(key) = key() else {
                remote.rest(meanwhile);
                return None;
            };
            let other = earlier.flatten().is_some_and(|earlier| earlier != key);
            remote.ask(other && meanwhile == Meanwhile::Clear, Box::pin(fetch(key.clone())));
            Some(key)
        });
        remote
    }

    /// Nothing is asked: what belongs to something else goes.
    fn rest(self, meanwhile: Meanwhile) {
        if meanwhile == Meanwhile::Clear && self.value.with_untracked(Option::is_some) {
            self.value.set(None);
        }
        if meanwhile == Meanwhile::Clear && self.error.with_untracked(Option::is_some) {
            self.error.set(None);
        }
    }

    fn ask(self, clear: bool, work: Work<T>) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        self.loading.set(true);
        if clear {
            self.value.set(None);
            self.error.set(None);
        }
        spawn_local(async move {
            let answer = work.await;
            if self.turn.try_get_value() == Some(turn) {
                self.take(answer);
            }
        });
    }

    fn take(self, answer: Result<T, ApiError>) {
        let error = match answer {
            Ok(value) => {
                if self.value.with_untracked(|old| old.as_ref() != Some(&value)) {
                    self.value.set(Some(value));
                }
                None
            }
            Err(error) => Some(error),
        };
        if self.error.get_untracked() != error {
            self.error.set(error);
        }
        self.loading.set(false);
    }

    /// Shows a value that is at hand already while the server is asked.
    pub fn seed(self, value: T) {
        self.value.set(Some(value));
    }

    /// Asks once more for the same key.
    pub fn reload(self) {
        self.again.update(|again| *again += 1);
    }

    /// The value; tracked.
    pub fn get(self) -> Option<T> {
        self.value.get()
    }

    /// Looks at the value without taking a copy; tracked.
    pub fn with<R>(self, look: impl FnOnce(Option<&T>) -> R) -> R {
        self.value.with(|value| look(value.as_ref()))
    }

    /// Looks at the value, not tracked.
    pub fn with_untracked<R>(self, look: impl FnOnce(Option<&T>) -> R) -> R {
        self.value.with_untracked(|value| look(value.as_ref()))
    }

    /// Why the last question failed; tracked.
    pub fn error(self) -> Option<ApiError> {
        self.error.get()
    }

    /// Whether an answer is awaited; tracked.
    pub fn loading(self) -> bool {
        self.loading.get()
    }
}
