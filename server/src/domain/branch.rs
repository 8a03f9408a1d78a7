//! Branches without a repository, and which of them are protected for whom. Must not know: storage, HTTP.

use crate::clock::Millis;
use casemate_shared::AccessLevel;

/// A branch: a name and the commit that somebody last told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Project.
    pub project_id: u64,
    /// Name, without `refs/heads/`.
    pub name: String,
    /// Its newest commit, 40 or 64 hex digits, lower case.
    pub sha: String,
    /// Who told of it last.
    pub told_by: u64,
    /// When first heard of.
    pub created_at: Millis,
    /// When last heard of.
    pub updated_at: Millis,
}

/// Whom a rule lets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grantee {
    /// Members from that level on; nobody at the lowest.
    Level(AccessLevel),
    /// One user.
    User(u64),
    /// Members of one group.
    Group(u64),
}

/// Rules of one kind: the id of each, and whom it lets. Who is let by one of them may.
pub type Grants = Vec<(u64, Grantee)>;

/// A protected branch, or all whose names fit a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedBranch {
    /// Id, unique in the instance.
    pub id: u64,
    /// Project.
    pub project_id: u64,
    /// Name; `*` stands for any text.
    pub name: String,
    /// Who may push.
    pub push: Grants,
    /// Who may merge.
    pub merge: Grants,
    /// Who may take the protection away; nobody named: who may change the project's protections.
    pub unprotect: Grants,
    /// Whether those who may push may rewrite it.
    pub allow_force_push: bool,
    /// Whether owners of code have to approve.
    pub code_owner_approval: bool,
    /// When made.
    pub created_at: Millis,
    /// When last changed.
    pub updated_at: Millis,
}

impl ProtectedBranch {
    /// Whether it is about that branch.
    pub fn covers(&self, branch: &str) -> bool {
        fits(&self.name, branch)
    }
}

/// Whether a name fits a pattern in which `*` stands for any text, slashes too. Takes at most the product of
/// both lengths.
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut of, mut star) = (0, 0, None);
    while at < name.len() {
        if pattern.get(of) == Some(&b'*') {
            star = Some((of, at));
            of += 1;
        } else if pattern.get(of) == Some(&name[at]) {
            (at, of) = (at + 1, of + 1);
        } else if let Some((back, from)) = star {
            star = Some((back, from + 1));
            (at, of) = (from + 1, back + 1);
        } else {
            return false;
        }
    }
    pattern[of..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, name) in [
            ("main", "main"),
            ("release/*", "release/1.0"),
            ("release/*", "release/1/2"),
            ("*", "x/y"),
            ("*-stable", "a-b-stable"),
            ("a*b*c", "aXbYbc"),
            ("a**", "a"),
            ("f*", "föö"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("main", "main2"), ("main", "Main"), ("release/*", "release"), ("*-stable", "stable"), ("a*b", "abc")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    /// The same, as one would define it.
    fn plainly(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', more)), None) => plainly(more, name),
            (Some(('*', more)), Some((_, rest))) => plainly(more, name) || plainly(pattern, rest),
            (Some((one, more)), Some((other, rest))) => one == other && plainly(more, rest),
            (Some(_), None) => false,
        }
    }

    proptest! {
        #[test]
        fn it_fits_when_the_definition_says_so(pattern in "[ab*é]{0,8}", name in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(fits(&pattern, &name), plainly(&chars(&pattern), &chars(&name)));
        }
    }

    #[test]
    fn a_long_pattern_of_stars_takes_no_longer() {
        assert!(!fits(&"*a".repeat(120), &"a".repeat(100)) && !fits(&format!("{}b", "*a".repeat(100)), &"a".repeat(255)));
    }
}
