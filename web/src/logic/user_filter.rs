//! Which users a list shows: the choices, and the parameters of each. Must not know requests.

/// Values of the address with their words.
pub const CHOICES: &[(&str, &str)] = &[
    ("", "People"),
    ("active", "Active people"),
    ("blocked", "Blocked"),
    ("admins", "Administrators"),
    ("no_factor", "People without a second factor"),
    ("external", "External"),
    ("all", "People and bots"),
];

/// The parameters of a choice.
pub fn parameters(choice: &str) -> &'static [(&'static str, &'static str)] {
    match choice {
        "active" => &[("active", "true"), ("humans", "true")],
        "blocked" => &[("blocked", "true")],
        "admins" => &[("admins", "true")],
        "no_factor" => &[("two_factor", "disabled"), ("humans", "true")],
        "external" => &[("external", "true")],
        "all" => &[],
        _ => &[("humans", "true")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_choices_ask_for_the_same() {
        let mut asked: Vec<_> = CHOICES.iter().map(|(choice, _)| parameters(choice)).collect();
        asked.sort();
        asked.dedup();
        assert_eq!(asked.len(), CHOICES.len());
        assert_eq!(parameters("anything else"), parameters(""));
    }
}
