//! The table of who may what: every action with what it needs. `server/docs/permissions.md` is written from it.
//!
//! Must not know: routes (`http/routes.rs` names the action of each), who asks.

use super::rule::{ANY_SCOPE, JOB, READ, READ_REPORT, READ_USER, REPORT, Rule, SELF_ROTATE, WRITE};
use casemate_shared::AccessLevel::{Developer, Maintainer, Owner, Planner};

macro_rules! actions {
    ($($name:ident $what:literal => $rule:expr;)*) => {
        /// Everything that one may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $(#[doc = $what] $name),* }

        impl Action {
            /// All of them, in the order of the table.
            pub const ALL: &[Action] = &[$(Action::$name),*];

            /// What it is, in words.
            pub const fn what(self) -> &'static str {
                match self { $(Action::$name => $what),* }
            }

            /// Its name in the code.
            pub const fn name(self) -> &'static str {
                match self { $(Action::$name => stringify!($name)),* }
            }

            /// What it needs.
            pub const fn rule(self) -> Rule {
                match self { $(Action::$name => $rule),* }
            }
        }
    };
}

actions! {
    // The instance and the caller.
    Probe "ask whether the server is well" => Rule::everybody();
    SignIn "sign in" => Rule::everybody();
    ReadSession "look at the own session" => Rule::signed_in(ANY_SCOPE);
    SignOut "sign out" => Rule::signed_in(ANY_SCOPE);
    ReadVersion "read the version" => Rule::signed_in(READ_USER);
    ReadSelf "read the own account" => Rule::signed_in(READ_USER);
    ChangeSelf "change the own account: name, address, password, second factor, sessions" => Rule::signed_in(WRITE);
    ReadSessions "list the own sessions" => Rule::signed_in(READ);
    CreateOwnToken "make a personal access token" => Rule::signed_in(WRITE);
    ReadTokens "list and see the own access tokens" => Rule::signed_in(READ);
    ReadThisToken "see the token that is shown" => Rule::signed_in(ANY_SCOPE);
    RevokeThisToken "revoke the token that is shown" => Rule::signed_in(ANY_SCOPE);
    RotateToken "rotate an own access token" => Rule::signed_in(SELF_ROTATE);
    RevokeToken "revoke an own access token" => Rule::signed_in(WRITE);
    ReadUsers "list and see users, as others see them" => Rule::signed_in(READ_USER);
    ChangeUsers "make, change, block and delete users, and make tokens for them" => Rule::admin(WRITE);
    ReadImpersonation "see tokens made to act as somebody" => Rule::admin(READ);
    ReadStorage "read the sizes on the disk" => Rule::admin(READ);
    ReadAudit "read the audit log of the instance" => Rule::admin(READ);
    ListProjects "list the projects that one sees" => Rule::filtered(READ);
    CreateProject "make a project: in the own namespace, or where one may add projects" => Rule::insider(WRITE);
    ReadNamespaces "list and see the namespaces that one sees, and ask which paths are taken" => Rule::signed_in(READ);
    ListGroups "list the groups that one sees" => Rule::filtered(READ);
    CreateGroup "make a group: at the top, or where one may add subgroups" => Rule::insider(WRITE);

    // Groups.
    ReadGroup "see a group" => Rule::group_viewer(READ);
    ReadGroupLabels "see the labels of a group" => Rule::group_viewer(READ);
    ChangeGroupLabels "make, change and remove labels of a group" => Rule::group(WRITE, Planner);
    AddProject "add projects to a group" => Rule::group(WRITE, Developer);
    AddSubgroup "add subgroups to a group" => Rule::group(WRITE, Maintainer);

    ReadGroupTokens "see the access tokens of a group" => Rule::group(READ, Owner);
    ChangeGroupTokens "make, rotate and revoke access tokens of a group" => Rule::group(WRITE, Owner);
    ReadGroupMembers "see the members of a group" => Rule::group_viewer(READ);
    ManageGroupMembers "add and change members of a group, up to the own level" => Rule::group(WRITE, Owner);
    RemoveGroupMember "remove members of a group; everybody may leave" => Rule::group(WRITE, Owner).or_oneself();
    ReadGroupAudit "read the audit log of a group" => Rule::group(READ, Owner);
    UpdateGroup "change name, path, visibility and description of a group" => Rule::group(WRITE, Owner);
    TransferGroup "move a group" => Rule::group(WRITE, Owner);
    DeleteGroup "remove a group and all that is in it" => Rule::group(WRITE, Owner);

    // Projects.
    ReadProject "see a project" => Rule::project_viewer(READ);
    ReadProjectMembers "see the members of a project" => Rule::project_viewer(READ);
    ManageProjectMembers "add and change members of a project, up to the own level" => Rule::project(WRITE, Maintainer).even_archived();
    RemoveProjectMember "remove members of a project; everybody may leave" => Rule::project(WRITE, Maintainer).or_oneself().even_archived();
    ReadProjectAudit "read the audit log of a project" => Rule::project(READ, Owner);
    UpdateProject "change name, path, branch, description and topics of a project" => Rule::project(WRITE, Maintainer);
    ChangeVisibility "change the visibility of a project" => Rule::project(WRITE, Owner);
    ArchiveProject "archive a project, and open it again" => Rule::project(WRITE, Owner).even_archived();
    TransferProject "move a project to where one may add projects" => Rule::project(WRITE, Owner);
    DeleteProject "remove a project and all that is in it" => Rule::project(WRITE, Owner).even_archived();
    ReadLabels "see the labels of a project" => Rule::project_viewer(READ);
    ChangeLabels "make, change and remove labels of a project" => Rule::project(WRITE, Planner);
    ReadHooks "see the webhooks of a project, without their secrets" => Rule::project(READ, Maintainer);
    ChangeHooks "make, change and remove webhooks" => Rule::project(WRITE, Maintainer);
    ReadProtections "see which branches are protected, and for whom" => Rule::project(READ, Developer).or_security_manager();
    ChangeProtections "protect branches, and take that away" => Rule::project(WRITE, Maintainer);
    ChangeBranches "declare and remove branches" => Rule::project(WRITE, Developer);
    ReadPipelines "read pipelines, jobs, branches and commits" => Rule::project_viewer(READ);
    HandInReports "hand in reports and statuses" => Rule::project(REPORT, Developer);
    UpdateJob "say how a job stands, as a runner does" => Rule::project(JOB, Developer).with_token_in_body();
    AttachFiles "hand in the files of a job, as a runner does" => Rule::project(JOB, Developer);
    ChangePipeline "declare, complete, cancel, retry and name pipelines" => Rule::project(REPORT, Developer);
    KeepArtifacts "keep the files of a job" => Rule::project(REPORT, Developer);
    EraseArtifacts "erase the files of a job" => Rule::project(WRITE, Maintainer);
    ReadProjectTokens "see the access tokens of a project" => Rule::project(READ, Maintainer);
    ChangeProjectTokens "make, rotate and revoke access tokens of a project" => Rule::project(WRITE, Maintainer);
    ReadSettings "read the security settings of a project" => Rule::project(READ, Developer).or_security_manager();
    ChangeSettings "change the security settings of a project" => Rule::project(WRITE, Maintainer).or_security_manager();
    ReadProjectStorage "see how much is kept of a project" => Rule::project(READ, Developer).or_security_manager();
    DeletePipeline "delete a pipeline" => Rule::project(WRITE, Owner);

    // What scanners found: never for everybody, however public the project is.
    ReadReports "read reports as uploaded, logs, scans and imports" => Rule::project(READ, Developer).or_security_manager();
    ReadUpload "ask what became of an upload" => Rule::project(READ_REPORT, Developer).or_security_manager();
    ReadVulnerabilities "read vulnerabilities and findings" => Rule::project(READ, Developer).or_security_manager();
    ReadDependencies "read dependencies" => Rule::project(READ, Developer).or_security_manager();
    ChangeVulnerability "change the state of vulnerabilities, and make one of a finding" => Rule::project(WRITE, Maintainer).or_security_manager();
    UndoImport "take an import back" => Rule::project(WRITE, Maintainer);
}
