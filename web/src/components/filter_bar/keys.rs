//! What keys do in the filter field (combobox pattern). Must not know how it is drawn.

use super::field::Field;
use crate::logic::suggest::step;
use leptos::prelude::*;

impl Field {
    /// Somebody pressed a key in the field.
    pub fn key(self, event: &web_sys::KeyboardEvent) {
        let used = match event.key().as_str() {
            "ArrowDown" => self.walk(true),
            "ArrowUp" => self.walk(false),
            "Enter" => self.enter_key(),
            "Escape" => self.escape(),
            "Backspace" => self.backspace(),
            _ => false,
        };
        if used {
            event.prevent_default();
        }
    }

    fn walk(self, down: bool) -> bool {
        self.show();
        let len = self.choices.with_untracked(Vec::len);
        self.active.update(|active| *active = step(*active, down, len));
        true
    }

    fn enter_key(self) -> bool {
        let at = self.active.get_untracked().filter(|_| self.open.get_untracked());
        let choice = at.and_then(|at| self.choices.with_untracked(|all| all.get(at).cloned()));
        match (choice, self.inside.get_untracked()) {
            (Some(choice), _) => self.choose(&choice),
            (None, Some(_)) => self.leave(),
            (None, None) => self.commit(),
        }
        true
    }

    fn escape(self) -> bool {
        if self.inside.get_untracked().is_some() {
            self.leave();
        } else if self.open.get_untracked() {
            self.close();
        } else {
            return false;
        }
        true
    }

    /// In an empty field: out of a dimension, else first marks the last token, then takes it away.
    fn backspace(self) -> bool {
        if !self.text.with_untracked(String::is_empty) {
            return false;
        }
        if self.inside.get_untracked().is_some() {
            self.leave();
        } else if let Some(last) = self.filters.with_untracked(|f| f.used().pop()) {
            if self.armed.get_untracked() {
                self.remove(last);
            } else {
                self.armed.set(true);
            }
        }
        true
    }
}
