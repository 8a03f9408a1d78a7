//! What somebody may do somewhere, as far as the page shows or hides it; the server decides. Must not know
//! requests.

use crate::url::{GroupPlace, Section};
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

/// Whether somebody reads the audit log of a project or group.
pub fn reads_audit(own: AccessLevel) -> bool {
    own >= AccessLevel::Owner
}

/// Whether somebody reads a part of the settings of a project.
pub fn sees_section(own: AccessLevel, section: Section) -> bool {
    match section {
        Section::General | Section::Branches | Section::Retention => {
            own >= AccessLevel::Developer || own == AccessLevel::SecurityManager
        }
        Section::Tokens => own >= AccessLevel::Maintainer,
        Section::Audit => reads_audit(own),
    }
}

/// Whether somebody reads a part of a group.
pub fn sees_group_place(own: AccessLevel, place: GroupPlace) -> bool {
    match place {
        GroupPlace::Home | GroupPlace::Members => true,
        GroupPlace::General | GroupPlace::Tokens => own >= AccessLevel::Owner,
        GroupPlace::Audit => reads_audit(own),
    }
}

/// A level as a person reads it: `Security manager`.
pub fn label(number: u8) -> String {
    let word = AccessLevel::from_number(number).map_or_else(|| number.to_string(), |level| level.as_str().to_owned());
    capital(&word)
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
    fn settings_are_shown_as_far_as_they_may_be_read() {
        let seen = |own| Section::ALL.into_iter().filter(|section| sees_section(own, *section)).count();
        let levels = [AccessLevel::Reporter, AccessLevel::SecurityManager, AccessLevel::Developer, AccessLevel::Maintainer];
        assert_eq!(levels.map(seen), [0, 3, 3, 4]);
        assert_eq!((seen(AccessLevel::Owner), seen(AccessLevel::Admin)), (Section::ALL.len(), Section::ALL.len()));
        assert!(!sees_group_place(AccessLevel::Maintainer, GroupPlace::Audit));
        assert!(
            sees_group_place(AccessLevel::Owner, GroupPlace::Audit) && sees_group_place(AccessLevel::None, GroupPlace::Members)
        );
    }

    #[test]
    fn nobody_is_offered_more_than_they_may_give() {
        let words: Vec<_> = grantable(AccessLevel::Developer).into_iter().map(AccessLevel::as_str).collect();
        assert_eq!(words, ["minimal access", "guest", "planner", "reporter", "security manager", "developer"]);
        assert_eq!(grantable(AccessLevel::Admin).last(), Some(&AccessLevel::Owner));
        assert_eq!((label(25).as_str(), label(99).as_str()), ("Security manager", "99"));
    }
}
