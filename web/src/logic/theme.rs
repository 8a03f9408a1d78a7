//! Light, dark, or as the system wishes. Must not know documents or storage.

/// The three choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system wishes.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The word kept in storage and in `data-theme`.
    pub const fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Reads a stored word; anything else is the system's wish.
    pub fn parse(word: &str) -> Theme {
        match word {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// The next one when the switch is pressed: first the one that looks different, then the other, then
    /// the system's wish again.
    pub const fn next(self, system_is_dark: bool) -> Theme {
        match (self, system_is_dark) {
            (Theme::System, false) | (Theme::Light, true) => Theme::Dark,
            (Theme::System, true) | (Theme::Dark, false) => Theme::Light,
            (Theme::Light, false) | (Theme::Dark, true) => Theme::System,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_press_is_visible_and_three_presses_are_a_circle() {
        for dark in [false, true] {
            let first = Theme::System.next(dark);
            assert_eq!(first, if dark { Theme::Light } else { Theme::Dark });
            assert_eq!(first.next(dark).next(dark), Theme::System);
        }
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::parse(theme.word()), theme);
        }
    }
}
