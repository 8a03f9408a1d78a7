//! Going to another address of the page. Must not know which addresses there are.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

type Navigate = Box<dyn Fn(&str, NavigateOptions)>;

/// Goes to addresses.
#[derive(Clone, Copy)]
pub struct Go(StoredValue<Navigate, LocalStorage>);

impl Go {
    /// Takes the router at hand.
    pub fn new() -> Go {
        Go(StoredValue::new_local(Box::new(use_navigate())))
    }

    fn run(self, to: &str, replace: bool, scroll: bool) {
        let options = NavigateOptions { replace, scroll, resolve: false, ..NavigateOptions::default() };
        self.0.with_value(|navigate| navigate(to, options));
    }

    /// To another page.
    pub fn to(self, to: &str) {
        self.run(to, false, true);
    }

    /// To another page in the place of this one: a redirect.
    pub fn instead(self, to: &str) {
        self.run(to, true, true);
    }

    /// To another query of this page, without a jump; `small` steps make no entry in the history.
    pub fn within(self, to: &str, small: bool) {
        self.run(to, small, false);
    }
}

/// The query of the address as long as the page at hand is shown. While the page is left it keeps its last
/// value, so that nothing is asked for on behalf of a page that is going.
pub fn use_own_search() -> Memo<String> {
    let location = use_location();
    let own = location.pathname.get_untracked();
    Memo::new(move |earlier: Option<&String>| match earlier {
        Some(earlier) if location.pathname.get() != own => earlier.clone(),
        _ => location.search.get(),
    })
}
