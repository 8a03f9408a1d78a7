//! What is a branch, a tag, a commit id. Pure; must not know uploads or storage.

/// A branch or tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefName {
    /// Name without `refs/heads/` or `refs/tags/`.
    pub name: String,
    /// Whether it is a tag.
    pub is_tag: bool,
}

/// Reads a ref; `refs/heads/x`, `refs/tags/x` and bare branch names are taken.
///
/// # Errors
/// A reason, when git itself would not take the name.
pub fn parse_ref(text: &str) -> Result<RefName, &'static str> {
    let (name, is_tag) = match (text.strip_prefix("refs/heads/"), text.strip_prefix("refs/tags/")) {
        (Some(name), _) => (name, false),
        (_, Some(name)) => (name, true),
        _ if text.starts_with("refs/") => return Err("only refs/heads/ and refs/tags/ are known"),
        _ => (text, false),
    };
    check_name(name)?;
    Ok(RefName { name: name.to_owned(), is_tag })
}

/// The rules of git for ref names.
fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if name.len() > 255 {
        return Err("it is longer than 255 bytes");
    }
    if name.chars().any(|c| c.is_control() || " ~^:?*[\\".contains(c)) {
        return Err("it has a blank, a control character or one of ~ ^ : ? * [ \\");
    }
    if name.contains("..") || name.contains("@{") || name == "@" {
        return Err("it has '..' or '@{'");
    }
    if name.ends_with('.') || name.starts_with('-') {
        return Err("it ends in '.' or begins with '-'");
    }
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    if name.split('/').any(bad_part) {
        return Err("a part of it is empty, begins with '.' or ends in '.lock'");
    }
    Ok(())
}

/// Reads a commit id: 40 or 64 hex digits, answered in lower case.
///
/// # Errors
/// A reason.
pub fn parse_sha(text: &str) -> Result<String, &'static str> {
    if ![40, 64].contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("it is not 40 or 64 hex digits");
    }
    Ok(text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_and_tags() {
        let read = |text: &str| parse_ref(text).map(|found| (found.name, found.is_tag));
        assert_eq!(read("main"), Ok(("main".to_owned(), false)));
        assert_eq!(read("refs/heads/feature/a-b"), Ok(("feature/a-b".to_owned(), false)));
        assert_eq!(read("refs/tags/v1.0"), Ok(("v1.0".to_owned(), true)));
        assert_eq!(read("föö"), Ok(("föö".to_owned(), false)));
    }

    #[test]
    fn what_git_would_not_take() {
        for bad in [
            "",
            "a b",
            "a..b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a\n",
            "a~1",
            "a:b",
            "a?",
            "-a",
            "@",
            "a@{1}",
            "refs/pull/1/head",
            "a.",
            "a\\b",
        ] {
            assert!(parse_ref(bad).is_err(), "{bad:?}");
        }
        assert!(parse_ref(&"a".repeat(256)).is_err());
    }

    #[test]
    fn commit_ids() {
        assert_eq!(parse_sha(&"AB".repeat(20)), Ok("ab".repeat(20)));
        assert!(parse_sha(&"a".repeat(64)).is_ok());
        for bad in ["", "main", &"a".repeat(39), &"g".repeat(40), &"ä".repeat(20)] {
            assert!(parse_sha(bad).is_err(), "{bad:?}");
        }
    }
}
