//! State of the filter field and what changes it. Must not know how it is drawn, nor keys.

use super::{Change, INPUT};
use crate::logic::filters::{Dimension, Filters};
use crate::logic::suggest::{Choice, Known, ScannerChoice, choices};
use crate::state::browser;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;

/// Pause after the last letter before the text is searched for.
const REST: Duration = Duration::from_millis(600);

/// State of the filter field.
#[derive(Clone, Copy)]
pub struct Field {
    pub(super) filters: Signal<Filters>,
    change: Callback<Change>,
    pub(super) text: RwSignal<String>,
    pub(super) open: RwSignal<bool>,
    pub(super) inside: RwSignal<Option<Dimension>>,
    pub(super) active: RwSignal<Option<usize>>,
    pub(super) armed: RwSignal<bool>,
    pub(super) choices: Memo<Vec<Choice>>,
    /// The search that stood before somebody began to type.
    settled: StoredValue<String>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Field {
    /// A closed field over a filter.
    pub fn new(
        filters: Signal<Filters>,
        dimensions: &'static [Dimension],
        scanners: Signal<Vec<ScannerChoice>>,
        change: Callback<Change>,
    ) -> Field {
        let text = RwSignal::new(String::new());
        let inside = RwSignal::new(None);
        let offered = Memo::new(move |_| {
            let (filters, scanners) = (filters.get(), scanners.get());
            let known = Known { dimensions, filters: &filters, scanners: &scanners };
            let searched = text.get() == filters.search;
            let text = if searched && inside.get().is_none() { String::new() } else { text.get() };
            choices(inside.get(), &text, known)
        });
        let field = Field {
            filters,
            change,
            text,
            open: RwSignal::new(false),
            inside,
            active: RwSignal::new(None),
            armed: RwSignal::new(false),
            choices: offered,
            settled: StoredValue::new(String::new()),
            timer: StoredValue::new(None),
        };
        let search = Memo::new(move |_| filters.with(|filters| filters.search.clone()));
        Effect::new(move |_| {
            let search = search.get();
            if inside.get_untracked().is_none() {
                text.set(search);
            }
        });
        on_cleanup(move || field.stop_timer());
        field
    }

    /// The filter; tracked.
    pub fn filters(self) -> Filters {
        self.filters.get()
    }

    /// The text; tracked.
    pub fn text(self) -> String {
        self.text.get()
    }

    /// Whether the list is shown; tracked.
    pub fn is_open(self) -> bool {
        self.open.get() && !self.choices.with(Vec::is_empty)
    }

    /// The dimension whose values are listed; tracked.
    pub fn inside(self) -> Option<Dimension> {
        self.inside.get()
    }

    /// The entry that the arrows stand on; tracked.
    pub fn active(self) -> Option<usize> {
        self.active.get().filter(|_| self.open.get())
    }

    /// Whether the last token would go with the next Backspace; tracked.
    pub fn armed(self) -> bool {
        self.armed.get()
    }

    /// The entries; tracked.
    pub fn choices(self) -> Vec<Choice> {
        self.choices.get()
    }

    /// Opens the list.
    pub fn show(self) {
        if !self.open.get_untracked() {
            self.settled.set_value(self.filters.with_untracked(|f| f.search.clone()));
            self.active.set(None);
            self.open.set(true);
        }
    }

    /// Lists the values of a dimension, from a token.
    pub fn enter(self, dimension: Dimension) {
        browser::focus(INPUT);
        self.show();
        self.stop_timer();
        self.inside.set(Some(dimension));
        self.text.set(String::new());
        self.active.set(Some(0));
    }

    pub(super) fn leave(self) {
        self.inside.set(None);
        self.active.set(None);
        self.text.set(self.filters.with_untracked(|f| f.search.clone()));
    }

    pub(super) fn close(self) {
        self.open.set(false);
        self.armed.set(false);
        if self.inside.get_untracked().is_some() {
            self.leave();
        }
    }

    /// The focus goes elsewhere: closes, unless it stays within.
    pub fn focus_left(self, event: &web_sys::FocusEvent) {
        let bar = event.current_target().and_then(|t| t.dyn_into::<web_sys::Node>().ok());
        let to = event.related_target().and_then(|t| t.dyn_into::<web_sys::Node>().ok());
        if !bar.is_some_and(|bar| bar.contains(to.as_ref()) && to.is_some()) {
            self.close();
        }
    }

    /// Somebody typed.
    pub fn typed(self, text: String) {
        self.show();
        self.armed.set(false);
        self.active.set(None);
        self.text.set(text);
        self.stop_timer();
        if self.inside.get_untracked().is_none() {
            let handle = set_timeout_with_handle(move || self.search(true), REST);
            self.timer.set_value(handle.ok());
        }
    }

    fn stop_timer(self) {
        if let Some(handle) = self.timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }

    fn search(self, small: bool) {
        let Some(text) = self.text.try_get_untracked() else { return };
        let mut filters = self.filters.get_untracked();
        if filters.search != text.trim() {
            filters.search = text.trim().to_owned();
            self.change.run(Change { filters, small });
        }
    }

    /// Puts another filter in place of this one.
    pub fn replace(self, filters: Filters) {
        self.stop_timer();
        self.change.run(Change { filters, small: false });
        browser::focus(INPUT);
        self.close();
    }

    /// Takes a dimension out of the filter.
    pub fn remove(self, dimension: Dimension) {
        self.armed.set(false);
        let filters = self.filters.with_untracked(|f| f.without(dimension));
        self.change.run(Change { filters, small: false });
        browser::focus(INPUT);
    }

    /// Does what an entry says.
    pub fn choose(self, choice: &Choice) {
        self.stop_timer();
        match choice {
            Choice::Dimension(dimension) => self.enter(*dimension),
            Choice::Search(_) => self.commit(),
            Choice::Value { dimension, word, .. } => {
                let mut filters = self.filters.with_untracked(|f| f.toggled(*dimension, word));
                filters.search = self.settled.get_value();
                if self.inside.get_untracked().is_none() {
                    self.text.set(filters.search.clone());
                    self.active.set(None);
                }
                self.change.run(Change { filters, small: false });
            }
        }
    }

    pub(super) fn commit(self) {
        self.stop_timer();
        self.search(false);
        self.settled.set_value(self.filters.with_untracked(|f| f.search.clone()));
        self.close();
    }
}
