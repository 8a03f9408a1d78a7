//! The words for what is noted down: the only place that names them. GitLab's where it has one. Must not know: who
//! does these things.
//!
//! A word that is no longer written stays readable: the log holds texts.

macro_rules! events {
    ($($name:ident $word:literal $what:literal;)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Event { $(#[doc = $what] $name),* }

        impl Event {
            /// All, in the order of the table.
            pub const ALL: &[Event] = &[$(Event::$name),*];

            /// The word for it.
            pub const fn word(self) -> &'static str {
                match self { $(Event::$name => $word),* }
            }

            /// The event of a word; none for one that is written no more.
            pub fn of_word(word: &str) -> Option<Event> {
                Event::ALL.iter().copied().find(|event| event.word() == word)
            }

            /// What it is, as a sentence without its end.
            pub const fn what(self) -> &'static str {
                match self { $(Event::$name => $what),* }
            }
        }
    };
}

events! {
    AuthenticatedWithPassword "authenticated_with_password" "Signed in with a password";
    AuthenticatedWithTwoFactor "authenticated_with_two_factor" "Signed in with a password and a code";
    AuthenticationFailed "authentication_failed" "Failed to sign in";
    PasswordProofFailed "password_confirmation_failed" "Gave a wrong password again while signed in";
    TokenRefused "access_token_refused" "Showed an access token that does not work";
    RecoveryCodeUsed "user_recovery_code_used" "Used up a recovery code";
    SignedOut "user_signed_out" "Signed out";
    SessionRevoked "user_session_revoked" "Ended a session";
    PasswordUpdated "user_password_updated" "Changed a password";
    TwoFactorEnabled "user_enable_two_factor" "Began to ask for codes of a second factor";
    TwoFactorDisabled "user_disable_two_factor" "Took the second factor away";

    UserCreated "user_created" "Made a user";
    UserUpdated "user_updated" "Changed a user";
    UserAdminStatusUpdated "user_admin_status_updated" "Made somebody an administrator, or no longer one";
    UserBlocked "user_blocked" "Blocked a user";
    UserUnblocked "user_unblocked" "Unblocked a user";
    UserDeactivated "user_deactivated" "Deactivated a user";
    UserActivated "user_activated" "Activated a user";
    UserDestroyed "user_destroyed" "Deleted a user";

    PersonalTokenCreated "personal_access_token_created" "Made a personal access token";
    PersonalTokenRotated "personal_access_token_rotated" "Rotated a personal access token";
    PersonalTokenRevoked "personal_access_token_revoked" "Revoked a personal access token";
    ImpersonationTokenCreated "impersonation_token_created" "Made a token to act as somebody";
    ImpersonationTokenRotated "impersonation_token_rotated" "Rotated a token to act as somebody";
    ImpersonationTokenRevoked "impersonation_token_revoked" "Revoked a token to act as somebody";
    ProjectTokenCreated "project_access_token_created" "Made an access token of a project";
    ProjectTokenRotated "project_access_token_rotated" "Rotated an access token of a project";
    ProjectTokenRevoked "project_access_token_deleted" "Revoked an access token of a project";
    GroupTokenCreated "group_access_token_created" "Made an access token of a group";
    GroupTokenRotated "group_access_token_rotated" "Rotated an access token of a group";
    GroupTokenRevoked "group_access_token_deleted" "Revoked an access token of a group";
    JobTokenCreated "job_token_created" "Made the token of a pipeline's jobs";
    TokenReuseDetected "access_token_reuse_detected" "A token that was rotated was used to rotate again: all that came of it is revoked";

    MemberCreated "member_created" "Added a member";
    MemberUpdated "member_updated" "Changed a membership";
    MemberDestroyed "member_destroyed" "Removed a member";

    GroupCreated "group_created" "Made a group";
    GroupUpdated "group_updated" "Changed name or description of a group";
    GroupPathUpdated "group_path_updated" "Changed the path of a group";
    GroupVisibilityUpdated "group_visibility_level_updated" "Changed the visibility of a group";
    GroupTransferred "group_transferred" "Moved a group";
    GroupDestroyed "group_destroyed" "Removed a group and all that is in it";

    ProjectCreated "project_created" "Made a project";
    ProjectUpdated "project_updated" "Changed a project";
    ProjectPathUpdated "project_path_updated" "Changed the path of a project";
    ProjectVisibilityUpdated "project_visibility_level_updated" "Changed the visibility of a project";
    ProjectTransferred "project_transferred" "Moved a project";
    ProjectArchived "project_archived" "Archived a project";
    ProjectUnarchived "project_unarchived" "Opened an archived project again";
    ProjectDestroyed "project_destroyed" "Removed a project and all that is in it";
    HookCreated "project_hook_created" "Made a webhook";
    HookUpdated "project_hook_updated" "Changed a webhook";
    HookDeleted "project_hook_destroyed" "Removed a webhook";
    ProtectedBranchCreated "protected_branch_created" "Protected a branch";
    ProtectedBranchUpdated "protected_branch_updated" "Changed the protection of a branch";
    ProtectedBranchDeleted "protected_branch_removed" "Took the protection of a branch away";
    BranchDeleted "branch_deleted" "Removed a branch";
    InstanceSettingsChanged "instance_settings_changed" "Started with other settings than before";
    SecuritySettingsUpdated "project_security_settings_updated" "Changed the security settings of a project";

    VulnerabilityConfirmed "vulnerability_confirmed" "Confirmed a vulnerability";
    VulnerabilityDismissed "vulnerability_dismissed" "Dismissed a vulnerability";
    VulnerabilityResolved "vulnerability_resolved" "Resolved a vulnerability";
    VulnerabilityReverted "vulnerability_reverted" "Set a vulnerability back to detected";
    VulnerabilityRecorded "vulnerability_recorded" "Recorded a vulnerability before the default branch had it";
    ImportUndone "import_undone" "Took an import back";
    JobErased "job_artifacts_erased" "Erased the files of a job";
    PipelineDestroyed "destroy_pipeline" "Deleted a pipeline with its files and findings";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_stands_once_and_is_one() {
        let words: BTreeSet<&str> = Event::ALL.iter().map(|event| event.word()).collect();
        assert_eq!(words.len(), Event::ALL.len());
        let is_plain = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && word.len() <= 60;
        assert!(words.iter().all(is_plain));
        assert!(Event::ALL.iter().all(|event| !event.what().ends_with('.')));
    }
}
