//! What somebody may do somewhere, as far as the page shows or hides it; the server decides. Must not know
//! requests.

use casemate_shared::AccessLevel;
use casemate_shared::api::project::Permissions;

/// The highest level of a membership and of those inherited; an administrator has them all.
pub fn level(is_admin: bool, permissions: Option<&Permissions>) -> AccessLevel {
    if is_admin {
        return AccessLevel::Admin;
    }
    let Some(permissions) = permissions else { return AccessLevel::None };
    let both = [permissions.project_access, permissions.group_access];
    let levels = both.into_iter().flatten().filter_map(|access| AccessLevel::from_number(access.access_level));
    levels.max().unwrap_or(AccessLevel::None)
}

/// The levels that somebody may give to others, lowest first: up to their own.
pub fn grantable(own: AccessLevel) -> Vec<AccessLevel> {
    AccessLevel::ALL.into_iter().filter(|level| level.is_grantable() && *level <= own).collect()
}

/// A level as a person reads it: `Security manager`.
pub fn label(number: u8) -> String {
    let word = AccessLevel::from_number(number).map_or_else(|| number.to_string(), |level| level.as_str().to_owned());
    capital(&word)
}

/// Whether a user name is one that bots of access tokens get: `project_7_bot_…`, `group_7_bot_…`.
pub fn is_bot(username: &str) -> bool {
    let rest = username.strip_prefix("project_").or_else(|| username.strip_prefix("group_"));
    let parts = rest.and_then(|rest| rest.split_once("_bot_"));
    parts.is_some_and(|(id, _)| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The text with a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use casemate_shared::api::project::Access;

    #[test]
    fn the_highest_membership_counts() {
        let access = |access_level| Some(Access { access_level, notification_level: 3 });
        let both = Permissions { project_access: access(20), group_access: access(40) };
        assert_eq!(level(false, Some(&both)), AccessLevel::Maintainer);
        assert_eq!(level(true, None), AccessLevel::Admin);
        assert_eq!(level(false, None), AccessLevel::None);
    }

    #[test]
    fn bots_are_known_by_their_names() {
        assert!(is_bot("project_2_bot_0fa8") && is_bot("group_31_bot_x"));
        assert!(!is_bot("project_bot_x") && !is_bot("dana") && !is_bot("project_x_bot_y"));
    }

    #[test]
    fn nobody_is_offered_more_than_they_may_give() {
        let words: Vec<_> = grantable(AccessLevel::Developer).into_iter().map(AccessLevel::as_str).collect();
        assert_eq!(words, ["minimal access", "guest", "planner", "reporter", "security manager", "developer"]);
        assert_eq!(grantable(AccessLevel::Admin).last(), Some(&AccessLevel::Owner));
        assert_eq!((label(25).as_str(), label(99).as_str()), ("Security manager", "99"));
    }
}
