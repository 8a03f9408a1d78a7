//! The code that somebody's authenticator shows, computed as RFC 6238 has it.
//!
//! Must not know: the server; the time is what it said in an answer.

use sha1::{Digest, Sha1};

/// The six digits for a secret in base32 at a time in seconds since 1970.
pub fn code(secret: &str, seconds: u64) -> String {
    let key = base32(secret);
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(&key);
    let pad = |byte: u8| block.map(|own| own ^ byte);
    let inner = Sha1::new().chain_update(pad(0x36)).chain_update((seconds / 30).to_be_bytes()).finalize();
    let mac = Sha1::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    let at = usize::from(mac[19] & 15);
    let word = u32::from_be_bytes([mac[at] & 0x7f, mac[at + 1], mac[at + 2], mac[at + 3]]);
    format!("{:06}", word % 1_000_000)
}

fn base32(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            _ => letter - b'2' + 26,
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}

/// Seconds since 1970 of a `Date` header: `Sat, 21 Nov 2026 18:10:04 GMT`.
pub fn seconds(date: &str) -> u64 {
    let part: Vec<&str> = date.split([' ', ':']).collect();
    let number = |at: usize| part[at].parse::<u64>().expect("a number in the date");
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|month| *month == part[2]).expect("a month") as u64 + 1;
    let (year, month) = if month > 2 { (number(3), month) } else { (number(3) - 1, month + 12) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + number(1) - 1 - 719_468;
    ((days * 24 + number(4)) * 60 + number(5)) * 60 + number(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_in_the_rfc() {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert_eq!((code(secret, 59).as_str(), code(secret, 1_111_111_109).as_str()), ("287082", "081804"));
        assert_eq!(seconds("Sat, 21 Nov 2026 18:10:04 GMT"), 1_795_284_604);
        assert_eq!(seconds("Thu, 29 Feb 2024 00:00:00 GMT"), 1_709_164_800);
    }
}
