//! One act at a time that changes something on the server: whether it runs, why it failed, what was done.
//! Must not know endpoints or views.

use crate::api::ApiError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;

/// An act and how it stands.
#[derive(Clone, Copy)]
pub struct Act {
    busy: RwSignal<bool>,
    error: RwSignal<Option<ApiError>>,
    done: RwSignal<String>,
}

impl Act {
    /// Nothing was tried yet.
    pub fn new() -> Act {
        Act { busy: RwSignal::new(false), error: RwSignal::new(None), done: RwSignal::new(String::new()) }
    }

    /// Starts the work unless some runs already. `then` is called with the answer while the page still stands.
    pub fn run<T: 'static>(self, work: impl Future<Output = Result<T, ApiError>> + 'static, then: impl FnOnce(T) + 'static) {
        if !self.begin() {
            return;
        }
        spawn_local(async move {
            let answer = work.await;
            if self.busy.try_set(false).is_some() {
                return; // The page is gone.
            }
            match answer {
                Ok(answer) => then(answer),
                Err(why) => self.error.set(Some(why)),
            }
        });
    }

    /// Marks that something runs; false when something does already.
    fn begin(self) -> bool {
        if self.busy.get_untracked() {
            return false;
        }
        self.busy.set(true);
        self.forget();
        true
    }

    /// Tells what was done.
    pub fn say(self, text: impl Into<String>) {
        self.done.set(text.into());
    }

    /// Forgets how the last one ended.
    pub fn forget(self) {
        self.error.set(None);
        self.done.set(String::new());
    }

    /// Whether it runs; tracked.
    pub fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// Why it failed; tracked.
    pub fn error(self) -> Option<ApiError> {
        self.error.get()
    }

    /// What was done; tracked.
    pub fn done(self) -> String {
        self.done.get()
    }
}
