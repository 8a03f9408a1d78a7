//! A path made from a name. Must not know the server's rules beyond the letters.

/// Lower case; what fits into no path becomes one dash.
pub fn of(name: &str) -> String {
    let mut out = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' | '_' | '.' => out.push(letter),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    out.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn names_become_paths() {
        assert_eq!(of("Payments & Ledger"), "payments-ledger");
        assert_eq!(of("  .Über Team. "), "ber-team");
        assert_eq!(of("日本"), "");
    }
}
