//! One-time codes of users: setting them up, taking one, recovery codes. Must not know: how codes are
//! computed.

use super::error::invalid;
use super::{AuthError, Door, sessions, token_text, totp};
use crate::audit::{self, Act, By, Event};
use crate::clock::Entropy;
use crate::domain::account::{SecondFactor, User};
use crate::store::{WriteTx, accounts};

/// Recovery codes that a user is given.
const RECOVERY_CODES: usize = 10;

/// What an authenticator program needs, told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The secret in base32.
    pub secret: String,
    /// The same as an `otpauth:` address.
    pub uri: String,
}

impl Door {
    /// Begins to set up a second factor; nothing is asked for until [`Door::confirm_second_factor`]. Slow on
    /// purpose: the password is checked.
    ///
    /// # Errors
    /// `TooMany`, `Unauthorized` for a wrong password, `Conflict` when there is a confirmed one.
    pub fn begin_second_factor(&self, by: &By, user: &User, password: &str) -> Result<Setup, AuthError> {
        self.check_own_password(by, user.id, password)?;
        let secret = fresh_secret(&*self.entropy);
        self.store.write(|wtx| {
            let old = accounts::find_second_factor(wtx, user.id)?;
            if old.is_some_and(|factor| factor.is_confirmed) {
                return Err(AuthError::Conflict("Two-factor authentication is enabled already".to_owned()));
            }
            let factor = SecondFactor { user_id: user.id, secret, is_confirmed: false, last_step: 0, recovery: Vec::new() };
            Ok(accounts::put_second_factor(wtx, &factor)?)
        })?;
        let secret = totp::base32(&secret);
        // A user name needs no encoding: see domain/path.rs.
        let uri = format!("otpauth://totp/Casemate:{}?secret={secret}&issuer=Casemate", user.username);
        Ok(Setup { secret, uri })
    }

    /// Ends the set-up with a first code; answers the recovery codes, told once. Other sessions end.
    ///
    /// # Errors
    /// `TooMany`, `Invalid` for a wrong code, `Conflict` when there is nothing to confirm.
    pub fn confirm_second_factor(&self, by: &By, user: u64, code: &str, session: Option<u64>) -> Result<Vec<String>, AuthError> {
        let now = self.clock.now();
        let attempt = self.attempts.proof(user, now)?;
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code(&*self.entropy)).collect();
        self.store.write(|wtx| {
            let factor = accounts::find_second_factor(wtx, user)?.filter(|factor| !factor.is_confirmed);
            let mut factor = factor.ok_or_else(|| AuthError::Conflict("There is no second factor to confirm".to_owned()))?;
            let step = totp::matching_step(&factor.secret, code, factor.last_step, now);
            factor.last_step = step.ok_or_else(|| invalid("code", "is wrong"))?;
            factor.is_confirmed = true;
            factor.recovery = codes.iter().map(|code| self.secrets.hash(code)).collect();
            accounts::put_second_factor(wtx, &factor)?;
            set_flag(wtx, user, true)?;
            sessions::end_all(wtx, user, session)?;
            Ok::<(), AuthError>(audit::pass(wtx, by, &Act::on_user(Event::TwoFactorEnabled, user))?)
        })?;
        self.attempts.forgive(attempt);
        Ok(codes)
    }

    /// Takes the second factor away after the password was given again. Slow on purpose.
    ///
    /// # Errors
    /// `TooMany`, `Unauthorized` for a wrong password, `Missing` when there is none.
    pub fn end_own_second_factor(&self, by: &By, user: u64, password: &str) -> Result<(), AuthError> {
        self.check_own_password(by, user, password)?;
        self.end_second_factor(by, user)
    }

    /// Takes the second factor of a user away.
    ///
    /// # Errors
    /// `Missing` when there is none.
    pub fn end_second_factor(&self, by: &By, user: u64) -> Result<(), AuthError> {
        self.store.write(|wtx| {
            accounts::find_second_factor(wtx, user)?.ok_or(AuthError::Missing("Two-factor authentication"))?;
            accounts::delete_second_factor(wtx, user)?;
            set_flag(wtx, user, false)?;
            Ok(audit::pass(wtx, by, &Act::on_user(Event::TwoFactorDisabled, user))?)
        })
    }
}

/// Takes a code, or a recovery code, which then is used up.
pub(super) fn take_code(door: &Door, wtx: &mut WriteTx, by: &By, user: u64, code: &str) -> Result<(), AuthError> {
    let mut factor = accounts::find_second_factor(wtx, user)?.ok_or(AuthError::Unauthorized)?;
    if let Some(step) = totp::matching_step(&factor.secret, code, factor.last_step, door.clock.now()) {
        factor.last_step = step;
        return Ok(accounts::put_second_factor(wtx, &factor)?);
    }
    let hash = door.secrets.hash(&code.trim().to_ascii_lowercase());
    let at = factor.recovery.iter().position(|known| *known == hash).ok_or(AuthError::Unauthorized)?;
    factor.recovery.remove(at);
    let left = factor.recovery.len().to_string();
    accounts::put_second_factor(wtx, &factor)?;
    Ok(audit::pass(wtx, by, &Act::on_user(Event::RecoveryCodeUsed, user).with("left", left))?)
}

fn set_flag(wtx: &mut WriteTx, user: u64, two_factor: bool) -> Result<(), AuthError> {
    let user = accounts::find_user(wtx, user)?.ok_or(AuthError::Missing("User"))?;
    Ok(accounts::put_user(wtx, &User { two_factor, ..user })?)
}

fn fresh_secret(entropy: &dyn Entropy) -> [u8; 20] {
    let mut secret = [0; 20];
    secret[..16].copy_from_slice(&entropy.bytes16());
    secret[16..].copy_from_slice(&entropy.bytes16()[..4]);
    secret
}

/// Sixteen hex digits: 64 random bits.
fn recovery_code(entropy: &dyn Entropy) -> String {
    token_text("", entropy).chars().take(16).collect()
}
