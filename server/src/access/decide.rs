//! The decision, and why not. Must not know: HTTP, how a refusal is answered.

use super::{AccessLevel, Action, Standing, Who};
use crate::domain::account::{User, UserState};

/// Who asks, and by what.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The user; none when not signed in.
    pub user: Option<&'a User>,
    /// Scopes of the token; none for a session, which has all of them.
    pub scopes: Option<&'a [String]>,
}

/// What is asked about: a project or group as the asker stands to it.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// The asker's standing.
    pub standing: Standing,
    /// Whether it is an archived project.
    pub is_archived: bool,
    /// Whether it is about the asker's own membership.
    pub is_about_oneself: bool,
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody is signed in, and it needs somebody.
    #[error("sign in first")]
    SignIn,
    /// The token has none of the scopes.
    #[error("the token has none of the scopes {0:?}")]
    Scope(&'static [&'static str]),
    /// The account is blocked, deactivated or deleted.
    #[error("the account may not act")]
    ShutOut,
    /// Not for external users.
    #[error("external users may not do this")]
    External,
    /// Only for administrators.
    #[error("only for administrators")]
    AdminOnly,
    /// The asker may not know that it is there.
    #[error("not visible")]
    Hidden,
    /// The asker sees it and has too low a level.
    #[error("it needs {}, you are {}", needs.as_str(), has.as_str())]
    Level {
        /// The least level that may.
        needs: AccessLevel,
        /// The asker's.
        has: AccessLevel,
    },
    /// An archived project does not change.
    #[error("the project is archived and read-only")]
    Archived,
}

/// Decides what the target does not matter for. Comes first: who may not anyway, learns nothing of the target.
///
/// # Errors
/// Why not.
pub fn decide_before(action: Action, asker: Asker<'_>) -> Result<(), Refusal> {
    let rule = action.rule();
    let Some(user) = asker.user else {
        return if rule.is_for_strangers() { Ok(()) } else { Err(Refusal::SignIn) };
    };
    if user.state != UserState::Active {
        return Err(Refusal::ShutOut);
    }
    let has_scope = |scopes: &[String]| scopes.iter().any(|scope| rule.scopes.contains(&scope.as_str()));
    if !rule.scopes.is_empty() && asker.scopes.is_some_and(|scopes| !has_scope(scopes)) {
        return Err(Refusal::Scope(rule.scopes));
    }
    match rule.who {
        Who::Admin if !user.is_admin => Err(Refusal::AdminOnly),
        Who::Insider if user.external && !user.is_admin => Err(Refusal::External),
        _ => Ok(()),
    }
}

/// Decides about a project or group, after [`decide_before`].
///
/// # Errors
/// Why not.
pub fn decide(action: Action, asker: Asker<'_>, target: Target) -> Result<(), Refusal> {
    let rule = action.rule();
    let Standing { level, is_visible } = target.standing;
    if !is_visible {
        return Err(if asker.user.is_some() { Refusal::Hidden } else { Refusal::SignIn });
    }
    let may = match rule.who {
        Who::Member(least) => {
            level >= least
                || (rule.security_manager && level == AccessLevel::SecurityManager)
                || (rule.oneself && target.is_about_oneself)
        }
        _ => true,
    };
    match rule.who {
        Who::Member(_) if !may && asker.user.is_none() => Err(Refusal::SignIn),
        Who::Member(needs) if !may => Err(Refusal::Level { needs, has: level }),
        _ if target.is_archived && !rule.even_archived && !rule.only_reads() => Err(Refusal::Archived),
        _ => Ok(()),
    }
}
