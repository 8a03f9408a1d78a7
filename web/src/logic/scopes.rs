//! What a token may do: the scopes with their meaning. Must not know tokens.

/// Scopes with what they allow, the narrowest first.
const ALL: [(&str, &str); 7] = [
    ("write_reports", "hand in reports, and nothing else"),
    ("read_user", "read who you are, and whom you see"),
    ("read_api", "read all that you may read"),
    ("self_rotate", "exchange its own text for another one"),
    ("api", "do all that you may do"),
    ("sudo", "act as any user; administrators only"),
    ("admin_mode", "do what administrators do; administrators only"),
];

/// The scopes for a token of a person.
pub fn of_person(is_admin: bool) -> Vec<(&'static str, &'static str)> {
    let fits = |(scope, _): &&(&'static str, &'static str)| is_admin || !matches!(*scope, "sudo" | "admin_mode");
    ALL.iter().filter(fits).copied().collect()
}

/// The scopes for a token of a project or group.
pub fn of_place() -> Vec<(&'static str, &'static str)> {
    let fits =
        |(scope, _): &&(&'static str, &'static str)| matches!(*scope, "write_reports" | "read_api" | "self_rotate" | "api");
    ALL.iter().filter(fits).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_administrators_are_offered_their_scopes() {
        let has = |scopes: Vec<(&str, &str)>, wanted| scopes.iter().any(|(scope, _)| *scope == wanted);
        assert!(has(of_person(true), "sudo") && !has(of_person(false), "sudo"));
        assert!(has(of_person(false), "read_user") && !has(of_place(), "read_user"));
        assert_eq!(of_place().len(), 4);
    }
}
