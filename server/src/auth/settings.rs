//! What an operator may set about signing in. Must not know: where it is written down.

use serde::Deserialize;

/// Section `[auth]` of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Most attempts to sign in per minute, from one address with one name; three times as many from one
    /// address. 0 sets no limit.
    pub sign_ins_per_minute: u32,
    /// Hours after which a session ends in any case.
    pub session_hours: u32,
    /// Minutes without a request after which a session ends.
    pub session_idle_minutes: u32,
    /// Most days that an access token may live; 0 sets no limit.
    pub token_days: u32,
    /// Whether a token of an administrator needs the scope `admin_mode` to use an administrator's rights.
    pub admin_mode: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { sign_ins_per_minute: 10, session_hours: 12, session_idle_minutes: 120, token_days: 400, admin_mode: false }
    }
}
