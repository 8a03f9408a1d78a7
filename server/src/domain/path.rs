//! What may be a part of a path: names of users, groups and projects in addresses. Must not know: which
//! there are.

/// First parts of a path that the program's own addresses need, and words that look like ours.
const RESERVED: [&str; 19] = [
    "-",
    "api",
    "users",
    "projects",
    "groups",
    "admin",
    "assets",
    "help",
    "search",
    "static",
    "oauth",
    "profile",
    "explore",
    "dashboard",
    "ghost",
    "login",
    "sign_in",
    "public",
    "uploads",
];
/// Longest part of a path, and longest name, in characters.
pub const NAME_CHARS: usize = 255;
/// What is said about a path of another form.
pub const PATH_FORM: &str = "can contain only letters, digits, '_', '-' and '.', cannot start or end with '-' or '.', end in '.git' or '.atom', or be a number";

/// Checks one part of a path; only ASCII, so that no two look alike but for their case.
///
/// # Errors
/// What is wrong with it.
pub fn check_path(path: &str, is_top: bool) -> Result<(), &'static str> {
    let fits = !path.is_empty()
        && path.len() <= NAME_CHARS
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !path.starts_with(['-', '.'])
        && !path.ends_with(['-', '.'])
        && ![".git", ".atom"].iter().any(|end| path.to_ascii_lowercase().ends_with(end))
        && !path.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        return Err(PATH_FORM);
    }
    if is_top && RESERVED.iter().any(|word| word.eq_ignore_ascii_case(path)) {
        return Err("is a reserved name");
    }
    Ok(())
}

/// Checks a name to show.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    if name.trim().is_empty() {
        return Err("can't be blank");
    }
    if name.chars().count() > NAME_CHARS {
        return Err("is too long (maximum is 255 characters)");
    }
    if name.chars().any(|c| c.is_control() || turns_text(c)) {
        return Err("can't contain control characters");
    }
    Ok(())
}

/// Marks that turn the direction of what follows, or are not seen: names written with them pass for others, or for
/// none.
const fn turns_text(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_plain_and_names_say_what_they_are() {
        for right in ["root", "a.b-c_d", "x1", "_under"] {
            assert_eq!(check_path(right, true), Ok(()), "{right}");
        }
        for wrong in ["", "-a", "a-", ".a", "a.", "a b", "ä", "аdmin", "42", "x.git", "X.ATOM", "a/b", "..", &"x".repeat(256)] {
            assert_eq!(check_path(wrong, false), Err(PATH_FORM), "{wrong}");
        }
        assert_eq!(check_path("Admin", true), Err("is a reserved name"));
        assert_eq!(check_path("Admin", false), Ok(()));
        assert_eq!(check_name("Zoë 李"), Ok(()));
        for wrong in [" ", "a\u{202e}b", "a\u{200b}b", "a\u{ad}b", "\u{3164}", "a\u{e0041}", "a\nb", &"x".repeat(10_000)] {
            assert!(check_name(wrong).is_err());
        }
    }
}
