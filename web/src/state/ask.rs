//! The question before something that is not lightly undone: what will happen, and where it can't be undone
//! the name typed. Must not know what the act is.

use super::act::Act;
use super::browser;
use crate::api::ApiError;
use leptos::prelude::*;
use std::future::Future;

/// Id of the dialog.
pub const DIALOG: &str = "ask";

/// A question.
#[derive(Clone)]
pub struct Question {
    /// "Delete the project payments?"
    pub title: String,
    /// What will happen, a sentence each.
    pub lines: Vec<String>,
    /// Word of the button that does it.
    pub button: String,
    /// What has to be typed first.
    pub typed: Option<String>,
    /// Said when it failed: "The project could not be deleted".
    pub failed: &'static str,
    /// Does it, by [`Ask::run`].
    pub act: Callback<()>,
}

/// The question at hand and the act behind it.
#[derive(Clone, Copy)]
pub struct Ask {
    question: RwSignal<Option<Question>>,
    typed: RwSignal<String>,
    act: Act,
}

impl Ask {
    /// Nothing is asked.
    pub fn new() -> Ask {
        Ask { question: RwSignal::new(None), typed: RwSignal::new(String::new()), act: Act::new() }
    }

    /// Asks.
    pub fn open(self, question: Question) {
        self.act.forget();
        self.typed.set(String::new());
        self.question.set(Some(question));
        // Once the question is drawn: the field or button that asks for the focus then gets it.
        request_animation_frame(|| {
            if let Some(dialog) = browser::dialog(DIALOG).filter(|dialog| !dialog.open()) {
                let _ = dialog.show_modal();
            }
        });
    }

    /// Closes without doing anything.
    pub fn close(self) {
        if let Some(dialog) = browser::dialog(DIALOG) {
            dialog.close();
        }
    }

    /// Does the work; the dialog closes when it is done, and says why when it failed.
    pub fn run<T: 'static>(self, work: impl Future<Output = Result<T, ApiError>> + 'static, then: impl FnOnce(T) + 'static) {
        self.act.run(work, move |answer| {
            self.close();
            then(answer);
        });
    }

    /// Confirms: calls the act when what has to be typed was typed.
    pub fn confirm(self) {
        if let Some(question) = self.question.get_untracked().filter(|_| self.may_confirm_now()) {
            question.act.run(());
        }
    }

    fn may_confirm_now(self) -> bool {
        untrack(|| self.may_confirm())
    }

    /// Whether what has to be typed was typed; tracked.
    pub fn may_confirm(self) -> bool {
        let typed = self.typed.get();
        self.question.with(|question| match question.as_ref().and_then(|question| question.typed.as_ref()) {
            Some(wanted) => typed.trim() == wanted,
            None => true,
        })
    }

    /// The question; tracked.
    pub fn question(self) -> Option<Question> {
        self.question.get()
    }

    /// What was typed.
    pub fn typed(self) -> RwSignal<String> {
        self.typed
    }

    /// The act behind it.
    pub fn act(self) -> Act {
        self.act
    }
}
