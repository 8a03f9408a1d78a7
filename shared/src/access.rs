//! How much somebody may do in a group or project: GitLab's access levels. Must not know: actions.

/// A level, from nothing to everything. The order is that of GitLab's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// No member.
    None,
    /// Knows that the group is there.
    Minimal,
    /// Guest.
    Guest,
    /// Planner.
    Planner,
    /// Reporter.
    Reporter,
    /// May what a reporter may, reads what scanners found and decides about it. No step on the way to developer.
    SecurityManager,
    /// Developer.
    Developer,
    /// Maintainer.
    Maintainer,
    /// Owner.
    Owner,
    /// Administrator of the instance.
    Admin,
}

impl AccessLevel {
    /// All of them, lowest first.
    pub const ALL: [AccessLevel; 10] = [
        AccessLevel::None,
        AccessLevel::Minimal,
        AccessLevel::Guest,
        AccessLevel::Planner,
        AccessLevel::Reporter,
        AccessLevel::SecurityManager,
        AccessLevel::Developer,
        AccessLevel::Maintainer,
        AccessLevel::Owner,
        AccessLevel::Admin,
    ];

    /// GitLab's number: the one of the API, and part of the storage format.
    pub const fn number(self) -> u8 {
        match self {
            AccessLevel::None => 0,
            AccessLevel::Minimal => 5,
            AccessLevel::Guest => 10,
            AccessLevel::Planner => 15,
            AccessLevel::Reporter => 20,
            AccessLevel::SecurityManager => 25,
            AccessLevel::Developer => 30,
            AccessLevel::Maintainer => 40,
            AccessLevel::Owner => 50,
            AccessLevel::Admin => 60,
        }
    }

    /// The level with that number.
    pub fn from_number(number: u8) -> Option<AccessLevel> {
        AccessLevel::ALL.into_iter().find(|level| level.number() == number)
    }

    /// The word for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            AccessLevel::None => "no member",
            AccessLevel::Minimal => "minimal access",
            AccessLevel::Guest => "guest",
            AccessLevel::Planner => "planner",
            AccessLevel::Reporter => "reporter",
            AccessLevel::SecurityManager => "security manager",
            AccessLevel::Developer => "developer",
            AccessLevel::Maintainer => "maintainer",
            AccessLevel::Owner => "owner",
            AccessLevel::Admin => "administrator",
        }
    }

    /// Whether it can be given to a member.
    pub fn is_grantable(self) -> bool {
        !matches!(self, AccessLevel::None | AccessLevel::Admin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_numbers() {
        let numbers = AccessLevel::ALL.map(AccessLevel::number);
        assert_eq!(numbers, [0, 5, 10, 15, 20, 25, 30, 40, 50, 60]);
        assert!(AccessLevel::ALL.is_sorted());
        for level in AccessLevel::ALL {
            assert_eq!(AccessLevel::from_number(level.number()), Some(level));
        }
        assert_eq!((AccessLevel::from_number(24), AccessLevel::from_number(255)), (None, None));
    }
}
