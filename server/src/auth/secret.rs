//! Hashes of secrets and fresh secret texts. Must not know: who they belong to.

use crate::clock::Entropy;
use crate::store::{Store, StoreError, meta};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Hashes tokens and cookies with the database's own key.
#[derive(Clone)]
pub struct Secrets([u8; 16]);

impl Secrets {
    /// With the key of this database.
    ///
    /// # Errors
    /// When the store fails.
    pub fn of(store: &Store) -> Result<Secrets, StoreError> {
        Ok(Secrets(meta::secret(&store.read()?)?))
    }

    /// HMAC-SHA256. Looking a hash up tells nothing about the text by timing.
    pub fn hash(&self, text: &str) -> [u8; 32] {
        // HMAC takes keys of any length.
        match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mut mac) => {
                mac.update(text.as_bytes());
                mac.finalize().into_bytes().into()
            }
            Err(_) => [0; 32],
        }
    }
}

/// A fresh secret: the prefix and 32 hex digits.
pub fn token_text(prefix: &str, entropy: &dyn Entropy) -> String {
    prefix.to_owned() + &crate::domain::identity::hex(&entropy.bytes16())
}

/// Argon2id in PHC form, with the salt given by the source of randomness.
///
/// # Errors
/// The reason, when the password can't be hashed.
pub fn hash_password(password: &str, entropy: &dyn Entropy) -> Result<String, String> {
    let salt = entropy.bytes16();
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// Runs a check on a thread of its own. The 19 MiB that it takes stay with the allocator's share of the thread that
/// asked for them: of the many threads that serve requests each would keep as much.
fn apart(check: impl FnOnce() -> bool + Send) -> bool {
    std::thread::scope(|scope| match std::thread::Builder::new().name("password".to_owned()).spawn_scoped(scope, check) {
        // A check that panicked is no proof.
        Ok(thread) => thread.join().unwrap_or(false),
        Err(error) => {
            tracing::error!(%error, "a password could not be checked");
            false
        }
    })
}

/// Whether the password fits the hash. Without a hash the same work is done against a fixed one, so that
/// an unknown name takes as long as a wrong password.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    #[cfg(test)]
    VERIFICATIONS.with(|count| count.set(count.get() + 1));
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let fits = || {
        PasswordHash::new(hash.unwrap_or(NOBODY))
            .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    };
    apart(fits) && hash.is_some()
}

#[cfg(test)]
thread_local! {
    static VERIFICATIONS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many passwords this thread has verified: what takes time is counted instead of timed.
#[cfg(test)]
pub(super) fn verifications() -> u64 {
    VERIFICATIONS.with(std::cell::Cell::get)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::clock::CountingEntropy;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("correct horse", &CountingEntropy::default()).unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("correct horse", Some(&hash)));
        assert!(!verify_password("correct hors", Some(&hash)));
        assert!(!verify_password("correct horse", None));
        assert!(!verify_password("correct horse", Some("not a hash")));
    }

    #[test]
    fn token_hashes_depend_on_the_key() {
        assert_ne!(Secrets([1; 16]).hash("t"), Secrets([2; 16]).hash("t"));
        assert_eq!(Secrets([1; 16]).hash("t"), Secrets([1; 16]).hash("t"));
    }
}
