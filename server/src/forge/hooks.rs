//! Webhooks: made, changed, removed. Nothing is sent from here. Must not know: HTTP, who may, delivery.

use super::{ForgeError, check_text, invalid};
use crate::clock::Millis;
use crate::domain::hook::{BranchFilter, Hook, HookEvent, Secret};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, WriteTx, hooks as stored};

/// Most hooks of a project.
pub const MOST: usize = 100;
/// Most characters of an address.
const URL_CHARS: usize = 2_048;
/// Most characters of a token, a header's value.
const SECRET_CHARS: usize = 2_000;
/// Most headers.
const HEADERS: usize = 20;
/// Most characters of other texts.
const TEXT_CHARS: usize = 255;
/// Most characters of a description.
const DESCRIPTION_CHARS: usize = 2_048;

/// What somebody wants a hook to be; what is not told stays.
#[derive(Debug, Clone, Default)]
pub struct HookWish {
    /// Where to.
    pub url: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Text.
    pub description: Option<String>,
    /// What it is told of, and what not.
    pub events: Vec<(HookEvent, bool)>,
    /// Whether certificates are checked.
    pub verifies_tls: Option<bool>,
    /// Sent with every delivery; empty: none any more.
    pub token: Option<Secret>,
    /// Key that deliveries are signed with; empty: none any more.
    pub signing_token: Option<Secret>,
    /// More headers, all of them.
    pub headers: Option<Vec<(String, Secret)>>,
    /// How pushes are narrowed.
    pub branch_filter: Option<BranchFilter>,
    /// To which branches.
    pub branches: Option<String>,
}

impl HookWish {
    fn over(self, mut hook: Hook) -> Result<Hook, ForgeError> {
        if let Some(url) = self.url {
            hook.url = check_url(&url)?.to_owned();
        }
        hook.name = self.name.unwrap_or(hook.name);
        hook.description = self.description.unwrap_or(hook.description);
        let told = |event: HookEvent| self.events.iter().rfind(|(other, _)| *other == event).map(|(_, wanted)| *wanted);
        let wanted = |event: &HookEvent| told(*event).unwrap_or_else(|| hook.events.contains(event));
        hook.events = HookEvent::ALL.iter().copied().filter(wanted).collect();
        hook.verifies_tls = self.verifies_tls.unwrap_or(hook.verifies_tls);
        let secret = |told: Option<Secret>, old: Option<Secret>| match told {
            Some(told) => Some(told).filter(|secret| !secret.0.is_empty()),
            None => old,
        };
        hook.token = secret(self.token, hook.token);
        hook.signing_token = secret(self.signing_token, hook.signing_token);
        hook.headers = self.headers.unwrap_or(hook.headers);
        hook.branch_filter = self.branch_filter.unwrap_or(hook.branch_filter);
        hook.branches = self.branches.unwrap_or(hook.branches);
        check(&hook)?;
        Ok(hook)
    }
}

fn check(hook: &Hook) -> Result<(), ForgeError> {
    check_text("name", &hook.name, TEXT_CHARS, false)?;
    check_text("description", &hook.description, DESCRIPTION_CHARS, true)?;
    check_text("push_events_branch_filter", &hook.branches, TEXT_CHARS, false)?;
    for (name, secret) in [("token", &hook.token), ("signing_token", &hook.signing_token)] {
        check_text(name, secret.as_ref().map_or("", |secret| &secret.0), SECRET_CHARS, false)?;
    }
    if hook.headers.len() > HEADERS {
        return Err(invalid("custom_headers", format!("can be at most {HEADERS}")));
    }
    for (name, value) in &hook.headers {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || name.len() > TEXT_CHARS || !name.bytes().all(is_name) {
            return Err(invalid("custom_headers", "has a key that is no name of a header"));
        }
        // Every delivery has these of its own.
        let lower = name.to_ascii_lowercase();
        if ["host", "content-length", "content-type", "transfer-encoding", "connection"].contains(&lower.as_str()) {
            return Err(invalid("custom_headers", format!("can't replace the header {lower}")));
        }
        check_text("custom_headers", &value.0, SECRET_CHARS, false)?;
    }
    Ok(())
}

/// Checks where something may be sent: an address of the web without credentials, which would be shown to
/// everybody who sees the hook.
///
/// # Errors
/// The reason; the address is not repeated.
fn check_url(url: &str) -> Result<&str, ForgeError> {
    let bad = |reason: &str| ForgeError::Unfit(format!("Invalid url given: {reason}"));
    let url = url.trim();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let rest = rest.ok_or_else(|| bad("only http:// and https:// are allowed"))?;
    if url.len() > URL_CHARS {
        return Err(bad("it is longer than 2048 characters"));
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad("write what is not ASCII, and blanks, in percent-encoded form"));
    }
    if rest.contains('\\') {
        return Err(bad("it has a backslash"));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(bad("it holds credentials: use token, signing_token or custom_headers"));
    }
    if !is_authority(authority) {
        return Err(bad("it has no host, or one that is none"));
    }
    Ok(url)
}

/// A host's name or address with an optional port.
fn is_authority(text: &str) -> bool {
    let (is_host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((ip, port)) => (ip.parse::<std::net::Ipv6Addr>().is_ok(), port),
        None => {
            let (name, port) = text.find(':').map_or((text, ""), |at| text.split_at(at));
            let is_part = |part: &str| {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                !part.is_empty() && part.len() <= 63 && part.bytes().all(fits)
            };
            (name.len() <= 253 && name.strip_suffix('.').unwrap_or(name).split('.').all(is_part), port)
        }
    };
    is_host && (port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0)))
}

/// Makes a hook. Unless told otherwise it hears of pushes, as in GitLab.
///
/// # Errors
/// What is wrong with the wish, or the store's error.
pub fn create(wtx: &mut WriteTx, project: u64, wish: HookWish, by: u64, now: Millis) -> Result<Hook, ForgeError> {
    let blank = Hook {
        id: 0,
        project_id: project,
        url: String::new(),
        name: String::new(),
        description: String::new(),
        events: vec![HookEvent::Push],
        verifies_tls: true,
        token: None,
        signing_token: None,
        headers: Vec::new(),
        branch_filter: BranchFilter::Wildcard,
        branches: String::new(),
        creator_id: by,
        created_at: now,
        updated_at: now,
    };
    let hook = wish.over(blank)?;
    if hook.url.is_empty() {
        return Err(ForgeError::Unfit("Invalid url given: it is empty".to_owned()));
    }
    if stored::hooks(wtx, project)?.len() >= MOST {
        return Err(ForgeError::Unfit(format!("the project has {MOST} webhooks, which is the most")));
    }
    let hook = Hook { id: take_id(wtx, Sequence::Hook)?, ..hook };
    stored::put(wtx, &hook)?;
    Ok(hook)
}

/// Changes a hook.
///
/// # Errors
/// As [`create`], or when there is none.
pub fn change(wtx: &mut WriteTx, project: u64, id: u64, wish: HookWish, now: Millis) -> Result<Hook, ForgeError> {
    let old = find(wtx, project, id)?;
    // Who may not read the secrets must not have them sent elsewhere.
    let moves = wish.url.as_ref().is_some_and(|url| host_of(url.trim()) != host_of(&old.url));
    let kept = |told: bool, old: Option<Secret>| if moves && !told { None } else { old };
    let base = Hook {
        token: kept(wish.token.is_some(), old.token.clone()),
        signing_token: kept(wish.signing_token.is_some(), old.signing_token.clone()),
        headers: if moves && wish.headers.is_none() { Vec::new() } else { old.headers.clone() },
        ..old.clone()
    };
    let new = wish.over(base)?;
    if new == old {
        return Ok(old);
    }
    let new = Hook { updated_at: now, ..new };
    stored::put(wtx, &new)?;
    Ok(new)
}

/// Scheme, host and port.
fn host_of(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/").to_ascii_lowercase()
}

/// Removes a hook; answers what it was.
///
/// # Errors
/// When there is none, or the store fails.
pub fn remove(wtx: &mut WriteTx, project: u64, id: u64) -> Result<Hook, ForgeError> {
    let hook = find(wtx, project, id)?;
    stored::remove(wtx, project, id)?;
    Ok(hook)
}

/// A hook.
///
/// # Errors
/// When there is none, or the store fails.
pub fn find(tx: &impl Reads, project: u64, id: u64) -> Result<Hook, ForgeError> {
    stored::find(tx, project, id)?.ok_or(ForgeError::Missing("Hook"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn addresses() {
        for right in [
            "http://127.0.0.1:9/hook",
            "https://ci.example",
            "https://ci.example./x?y=%20#z",
            "http://[::1]:8080/",
            " https://a_b.example:65535 ",
        ] {
            assert_eq!(check_url(right).unwrap(), right.trim());
        }
        for wrong in [
            "",
            "ci.example",
            "ftp://x",
            "javascript:alert(1)",
            "HTTP//x",
            "http://",
            "http:///x",
            "https://user:secret@host/",
            "https://token@host",
            "http://a\\@b/",
            "http://a b/",
            "http://é.example/",
            "http://host:0/",
            "http://host:99999/",
            "http://[::g]/",
            "http://a..b/",
            "http://x\r\nHost: y/",
            &format!("http://x/{}", "y".repeat(2_100)),
        ] {
            let error = check_url(wrong).unwrap_err().to_string();
            assert!(error.starts_with("Invalid url given") && !error.contains("secret"), "{wrong}: {error}");
        }
    }
}
