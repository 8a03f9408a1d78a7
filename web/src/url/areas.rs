//! The parts of what lies beside a project's own pages: settings of a project, groups, the own account, the
//! admin area. Must not know the router.

use super::root::under_root;

macro_rules! parts {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $part:ident $word:literal $label:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$what])* $part),* }

        impl $name {
            /// All of them, in the order of their tabs.
            pub const ALL: [$name; [$($word),*].len()] = [$($name::$part),*];

            /// The word of the address.
            pub const fn word(self) -> &'static str {
                match self { $($name::$part => $word),* }
            }

            /// The word for people.
            pub const fn label(self) -> &'static str {
                match self { $($name::$part => $label),* }
            }

            fn of_word(word: &str) -> Option<$name> {
                $name::ALL.into_iter().find(|part| part.word() == word)
            }
        }
    };
}

parts! {
    /// A part of the settings of a project.
    Section {
        /// Name, visibility, default branch; archive, transfer, delete.
        General "general" "General",
        /// Access tokens of the project.
        Tokens "access_tokens" "Access tokens",
        /// Protected branches.
        Branches "repository" "Protected branches",
        /// How long findings and reports are kept.
        Retention "retention" "Retention",
        /// Who did what in the project.
        Audit "audit_events" "Audit events",
    }
}

parts! {
    /// What belongs to the person who is signed in.
    Own {
        /// Name and address.
        Profile "profile" "Profile",
        /// Change of the password.
        Password "password" "Password",
        /// Second factor.
        SecondFactor "two_factor" "Second factor",
        /// Where one is signed in.
        Sessions "active_sessions" "Sessions",
        /// Personal access tokens.
        Tokens "personal_access_tokens" "Access tokens",
    }
}

parts! {
    /// What administrators do.
    Admin {
        /// Users.
        Users "users" "Users",
        /// Groups.
        Groups "groups" "Groups",
        /// Projects.
        Projects "projects" "Projects",
        /// Facts about the instance.
        Instance "instance" "Instance",
        /// Who did what.
        Audit "audit_events" "Audit events",
        /// What fills the disk.
        Storage "storage" "Storage",
    }
}

/// A place within a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupPlace {
    /// Its subgroups and projects.
    Home,
    /// Who belongs to it.
    Members,
    /// Name, visibility; transfer, delete.
    General,
    /// Access tokens of the group.
    Tokens,
    /// Who did what in the group.
    Audit,
}

impl Section {
    pub(super) fn parse(word: &str) -> Option<Section> {
        Section::of_word(word)
    }
}

impl Own {
    pub(super) fn parse(rest: &str) -> Option<Own> {
        if rest.is_empty() { Some(Own::Profile) } else { Own::of_word(rest) }
    }

    /// Its path.
    pub fn path(self) -> String {
        under_root(&format!("/-/user_settings/{}", self.word()))
    }
}

impl Admin {
    pub(super) fn parse(rest: &str) -> Option<Admin> {
        if rest.is_empty() { Some(Admin::Users) } else { Admin::of_word(rest) }
    }

    /// Its path.
    pub fn path(self) -> String {
        under_root(&format!("/admin/{}", self.word()))
    }
}

impl GroupPlace {
    /// The parts of its settings, in the order of their tabs.
    pub const SETTINGS: [GroupPlace; 3] = [GroupPlace::General, GroupPlace::Tokens, GroupPlace::Audit];

    pub(super) fn parse(rest: &str) -> Option<GroupPlace> {
        Some(match rest {
            "" => GroupPlace::Home,
            "group_members" => GroupPlace::Members,
            "settings" | "settings/general" => GroupPlace::General,
            "settings/access_tokens" => GroupPlace::Tokens,
            "audit_events" => GroupPlace::Audit,
            _ => return None,
        })
    }

    /// Its path in a group.
    pub fn path(self, group: &str) -> String {
        under_root(&match self {
            GroupPlace::Home => format!("/groups/{group}"),
            GroupPlace::Members => format!("/groups/{group}/-/group_members"),
            GroupPlace::General => format!("/groups/{group}/-/settings/general"),
            GroupPlace::Tokens => format!("/groups/{group}/-/settings/access_tokens"),
            GroupPlace::Audit => format!("/groups/{group}/-/audit_events"),
        })
    }

    /// The word for people.
    pub const fn label(self) -> &'static str {
        match self {
            GroupPlace::Home => "Overview",
            GroupPlace::Members => "Members",
            GroupPlace::General => "General",
            GroupPlace::Tokens => "Access tokens",
            GroupPlace::Audit => "Audit events",
        }
    }
}
