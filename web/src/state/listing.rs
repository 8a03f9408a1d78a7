//! A list whose filters and page stand in the address. Must not know what is listed.

use super::go::{Go, use_own_search};
use crate::logic::query;
use crate::logic::wish::Wish;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The list of the page at hand.
#[derive(Clone, Copy)]
pub struct Listing {
    wish: Memo<Wish>,
    path: StoredValue<String>,
    go: Go,
}

impl Listing {
    /// The list at the address at hand, with the filters that it knows.
    pub fn here(names: &'static [&'static str]) -> Listing {
        let address = use_own_search();
        let path = use_location().pathname.get_untracked();
        let wish = Memo::new(move |_| Wish::read(&address.get(), names));
        Listing { wish, path: StoredValue::new(path), go: expect_context::<Go>() }
    }

    /// What is wanted; tracked.
    pub fn wish(self) -> Wish {
        self.wish.get()
    }

    /// The value of a filter; tracked.
    pub fn get(self, name: &'static str) -> String {
        self.wish.with(|wish| wish.get(name).to_owned())
    }

    /// Sets a filter; `small` steps make no entry in the history.
    pub fn set(self, name: &'static str, value: &str, small: bool) {
        let next = self.wish.with_untracked(|wish| wish.with(name, value));
        if next != self.wish.get_untracked() {
            self.visit(&next, small);
        }
    }

    /// Turns to a page.
    pub fn turn(self, page: u32) {
        self.visit(&self.wish.with_untracked(|wish| wish.at(page)), false);
    }

    /// Takes all filters away.
    pub fn clear(self) {
        self.visit(&Wish::read("", &[]), false);
    }

    fn visit(self, wish: &Wish, small: bool) {
        self.go.within(&query::join(&self.path.get_value(), &wish.query()), small);
    }
}
