//! The theme at hand: kept on the device and set on the document. Must not know the switch.

use super::browser;
use crate::logic::theme::Theme;
use leptos::prelude::*;

const KEY: &str = "casemate-theme";

/// The theme of the page.
#[derive(Clone, Copy)]
pub struct ThemeState(RwSignal<Theme>);

impl ThemeState {
    /// The theme kept on the device.
    pub fn load() -> ThemeState {
        let word = browser::stored(KEY).unwrap_or_default();
        ThemeState(RwSignal::new(Theme::parse(&word)))
    }

    /// The theme; tracked.
    pub fn get(self) -> Theme {
        self.0.get()
    }

    /// Goes on to the next theme, keeps it and shows it.
    pub fn press(self) {
        let theme = self.0.get_untracked().next(system_is_dark());
        self.0.set(theme);
        browser::store(KEY, theme.word());
        if let Some(root) = document().document_element() {
            let _ = match theme {
                Theme::System => root.remove_attribute("data-theme"),
                _ => root.set_attribute("data-theme", theme.word()),
            };
        }
    }
}

fn system_is_dark() -> bool {
    let query = window().match_media("(prefers-color-scheme: dark)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
