//! What an action needs. Must not know: which actions there are, who asks.

use casemate_shared::AccessLevel;

/// Scopes that may read.
pub const READ: &[&str] = &["api", "read_api"];
/// Scopes that may write.
pub const WRITE: &[&str] = &["api"];
/// Scopes that may hand in reports.
pub const REPORT: &[&str] = &["api", "write_reports"];
/// Scopes that may speak for a job: tokens of pipelines have the last one.
pub const JOB: &[&str] = &["api", "write_reports", "job"];
/// Scopes that may ask what became of what was handed in.
pub const READ_REPORT: &[&str] = &["api", "read_api", "write_reports"];
/// Scopes that may read the caller's own data.
pub const READ_USER: &[&str] = &["api", "read_api", "read_user"];
/// Scopes that may rotate a token; with the last one alone only the one that is shown.
pub const SELF_ROTATE: &[&str] = &["api", "self_rotate"];
/// Nothing is asked of the token.
pub const ANY_SCOPE: &[&str] = &[];

/// What an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The instance, or the caller.
    Instance,
    /// A project, or something in it.
    Project,
    /// A group.
    Group,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, whoever it is. What the answer holds depends on the caller where it says so.
    Everybody,
    /// Who is signed in.
    SignedIn,
    /// Who is signed in and not external.
    Insider,
    /// Administrators.
    Admin,
    /// Who sees the project or group: members, and others as its visibility says.
    Viewer(AccessLevel),
    /// Members from that level on.
    Member(AccessLevel),
}

/// What an action needs: one line of the table in `action.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What it is about.
    pub subject: Subject,
    /// Scopes, one of which the token has to have; a session has all. None asked for when empty.
    pub scopes: &'static [&'static str],
    /// Who may.
    pub who: Who,
    /// Whether security managers may too, although their number is lower.
    pub security_manager: bool,
    /// Whether everybody may who sees it and does it to themselves, as leaving.
    pub oneself: bool,
    /// Whether it may be done to an archived project although it changes something.
    pub even_archived: bool,
    /// Whether the token may stand in the body, as the runner's protocol has it.
    pub token_in_body: bool,
}

impl Rule {
    const fn new(subject: Subject, scopes: &'static [&'static str], who: Who) -> Rule {
        Rule { subject, scopes, who, security_manager: false, oneself: false, even_archived: false, token_in_body: false }
    }

    /// Open to everybody, nobody asks who calls.
    pub const fn everybody() -> Rule {
        Rule::new(Subject::Instance, ANY_SCOPE, Who::Everybody)
    }

    /// A list that everybody may ask for: it holds what the caller may see.
    pub const fn filtered(scopes: &'static [&'static str]) -> Rule {
        Rule::new(Subject::Instance, scopes, Who::Everybody)
    }

    /// For who is signed in.
    pub const fn signed_in(scopes: &'static [&'static str]) -> Rule {
        Rule::new(Subject::Instance, scopes, Who::SignedIn)
    }

    /// For who is signed in and not external.
    pub const fn insider(scopes: &'static [&'static str]) -> Rule {
        Rule::new(Subject::Instance, scopes, Who::Insider)
    }

    /// For administrators.
    pub const fn admin(scopes: &'static [&'static str]) -> Rule {
        Rule::new(Subject::Instance, scopes, Who::Admin)
    }

    /// About a project, for members from a level on.
    pub const fn project(scopes: &'static [&'static str], least: AccessLevel) -> Rule {
        Rule::new(Subject::Project, scopes, Who::Member(least))
    }

    /// About a project, for who sees it.
    pub const fn project_viewer(scopes: &'static [&'static str]) -> Rule {
        Rule::new(Subject::Project, scopes, Who::Viewer(AccessLevel::Guest))
    }

    /// About a group, for members from a level on.
    pub const fn group(scopes: &'static [&'static str], least: AccessLevel) -> Rule {
        Rule::new(Subject::Group, scopes, Who::Member(least))
    }

    /// About a group, for who sees it.
    pub const fn group_viewer(scopes: &'static [&'static str]) -> Rule {
        Rule::new(Subject::Group, scopes, Who::Viewer(AccessLevel::Minimal))
    }

    /// Security managers may too.
    pub const fn or_security_manager(mut self) -> Rule {
        self.security_manager = true;
        self
    }

    /// Everybody may to themselves.
    pub const fn or_oneself(mut self) -> Rule {
        self.oneself = true;
        self
    }

    /// An archived project is no hindrance.
    pub const fn even_archived(mut self) -> Rule {
        self.even_archived = true;
        self
    }

    /// The token may stand in the body.
    pub const fn with_token_in_body(mut self) -> Rule {
        self.token_in_body = true;
        self
    }

    /// Whether it changes nothing: a token that may only read may do it.
    pub fn only_reads(&self) -> bool {
        self.scopes.is_empty() || self.scopes.contains(&"read_api")
    }

    /// Whether nobody needs to know who calls.
    pub fn is_open(&self) -> bool {
        self.who == Who::Everybody && self.scopes.is_empty()
    }

    /// Whether somebody who is not signed in may do it, were it about something public.
    pub fn is_for_strangers(&self) -> bool {
        matches!(self.who, Who::Everybody | Who::Viewer(_))
    }
}
