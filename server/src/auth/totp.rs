//! One-time codes by time (RFC 6238: HMAC-SHA1, six digits, steps of 30 seconds). Must not know: whose.

use crate::clock::Millis;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Length of a step.
const STEP_MILLIS: Millis = 30_000;
/// Codes of that many steps before and behind the current one are taken: clocks differ.
const DRIFT: u64 = 1;

/// Number of the step at that time.
fn step_at(now: Millis) -> u64 {
    u64::try_from(now / STEP_MILLIS).unwrap_or_default()
}

/// The code of a step (RFC 4226, section 5.3).
fn code(secret: &[u8; 20], step: u64) -> u32 {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return u32::MAX };
    mac.update(&step.to_be_bytes());
    let bytes = mac.finalize().into_bytes();
    let at = usize::from(bytes[19] & 15);
    let word = u32::from_be_bytes([bytes[at] & 0x7f, bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    word % 1_000_000
}

/// The step that the code is of, if it is one of those that count now and comes after the last one taken.
pub(super) fn matching_step(secret: &[u8; 20], text: &str, last_step: u64, now: Millis) -> Option<u64> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let given: u32 = digits.parse().ok()?;
    let current = step_at(now);
    let steps = current.saturating_sub(DRIFT)..=current + DRIFT;
    // All of them are computed, whichever fits.
    steps.filter(|step| code(secret, *step) == given).filter(|step| *step > last_step).max()
}

/// RFC 4648 base32 without padding, as authenticator programs read it. 20 bytes need none.
pub(super) fn base32(bytes: &[u8; 20]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let group = |five: &[u8]| {
        let number = five.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        (0..8).map(move |at| char::from(LETTERS[usize::try_from(number >> (35 - 5 * at) & 31).unwrap_or_default()]))
    };
    bytes.chunks(5).flat_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Secret of the tests in the RFC's appendix B; its codes there have eight digits.
    const SECRET: &[u8; 20] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_the_rfc() {
        for (seconds, want) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(code(SECRET, step_at(seconds * 1_000)), want % 1_000_000, "{seconds}");
        }
        assert_eq!(base32(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_counts_for_three_steps_and_never_again() {
        let now = 1_111_111_111_000;
        let step = step_at(now);
        let text = format!("{:06}", code(SECRET, step));
        assert_eq!(matching_step(SECRET, &text, 0, now), Some(step));
        assert_eq!(matching_step(SECRET, &format!("{} {}", &text[..3], &text[3..]), 0, now), Some(step));
        for near in [-STEP_MILLIS, STEP_MILLIS] {
            assert_eq!(matching_step(SECRET, &text, 0, now + near), Some(step));
        }
        for far in [-2 * STEP_MILLIS, 2 * STEP_MILLIS] {
            assert_eq!(matching_step(SECRET, &text, 0, now + far), None);
        }
        assert_eq!(matching_step(SECRET, &text, step, now), None, "taken already");
        for wrong in ["", "12345", "1234567", "abcdef", "+12345", "١٢٣٤٥٦"] {
            assert_eq!(matching_step(SECRET, wrong, 0, now), None, "{wrong}");
        }
    }
}
