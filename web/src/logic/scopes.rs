//! What a token may do: the scopes with their meaning. Must not know tokens.

/// Scopes with what they allow oneself, and what they allow to whoever acts as somebody; the narrowest first.
const ALL: [(&str, &str, &str); 7] = [
    ("write_reports", "hand in reports, and nothing else", "hand in reports, and nothing else"),
    ("read_user", "read who you are, and whom you see", "read who they are, and whom they see"),
    ("read_api", "read all that you may read", "read all that they may read"),
    ("self_rotate", "exchange its own text for another one", "exchange its own text for another one"),
    ("api", "do all that you may do", "do all that they may do"),
    ("sudo", "act as any user; administrators only", "act as any user; administrators only"),
    ("admin_mode", "do what administrators do; administrators only", "do what administrators do; administrators only"),
];

/// Scopes with what they allow.
pub type Scopes = Vec<(&'static str, &'static str)>;

fn fits(scope: &str, is_admin: bool) -> bool {
    is_admin || !matches!(scope, "sudo" | "admin_mode")
}

/// The scopes for a token of one's own.
pub fn of_person(is_admin: bool) -> Scopes {
    ALL.into_iter().filter(|(scope, ..)| fits(scope, is_admin)).map(|(scope, own, _)| (scope, own)).collect()
}

/// The scopes for a token that acts as somebody.
pub fn of_other(is_admin: bool) -> Scopes {
    ALL.into_iter().filter(|(scope, ..)| fits(scope, is_admin)).map(|(scope, _, theirs)| (scope, theirs)).collect()
}

/// The scopes for a token of a project or group.
pub fn of_place() -> Scopes {
    let fits = |scope: &str| matches!(scope, "write_reports" | "read_api" | "self_rotate" | "api");
    ALL.into_iter().filter(|(scope, ..)| fits(scope)).map(|(scope, own, _)| (scope, own)).collect()
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
        assert!(has(of_other(true), "sudo") && !has(of_other(false), "sudo"));
        assert!(of_other(false).iter().all(|(_, about)| !about.contains("you")));
    }
}
