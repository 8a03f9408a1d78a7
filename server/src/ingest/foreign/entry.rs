//! Pieces of a finding in our own form, made from texts that anybody may have written. Must not know: which
//! format they come from.

use crate::domain::identity::hex;
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};

/// Longest text that is taken over, in characters (ingestion design, section 9.7).
pub const TEXT_CHARS: usize = 1_024;
/// Longest name of a finding or an identifier.
pub const NAME_CHARS: usize = 255;
/// Longest address.
pub const URL_CHARS: usize = 2_048;
/// Most identifiers of a finding.
pub const IDENTIFIERS: usize = 20;

/// A text of at most so many characters; the last three of a longer one become dots. Answers whether it was cut.
pub fn cut(text: &str, most: usize) -> (String, bool) {
    match text.char_indices().nth(most) {
        None => (text.to_owned(), false),
        Some(_) => (text.chars().take(most.saturating_sub(3)).chain("...".chars()).collect(), true),
    }
}

/// An address that a link may have: http, https or ftp, not too long.
pub fn address(text: &str) -> Option<&str> {
    let rest = ["https://", "http://", "ftp://"].iter().find_map(|scheme| text.strip_prefix(scheme))?;
    let fits = !rest.is_empty() && text.chars().nth(URL_CHARS).is_none() && !text.chars().any(|c| c.is_control() || c == ' ');
    fits.then_some(text)
}

/// An identifier; none when its value is empty.
pub fn identifier(kind: &str, name: &str, value: &str, url: Option<&str>) -> Option<Value> {
    if kind.is_empty() || value.is_empty() {
        return None;
    }
    let name = if name.is_empty() { value } else { name };
    let mut made = json!({"type": kind, "name": cut(name, NAME_CHARS).0, "value": value});
    if let Some(url) = url.and_then(address) {
        made["url"] = json!(url);
    }
    Some(made)
}

/// A CVE.
pub fn cve(id: &str) -> Value {
    json!({"type": "cve", "name": id, "value": id, "url": format!("https://www.cve.org/CVERecord?id={id}")})
}

/// A CWE by its number.
pub fn cwe(number: u64) -> Value {
    json!({
        "type": "cwe", "name": format!("CWE-{number}"), "value": number.to_string(),
        "url": format!("https://cwe.mitre.org/data/definitions/{number}.html"),
    })
}

/// Adds an identifier unless it is there already or there are enough.
pub fn add(identifiers: &mut Vec<Value>, new: Value) {
    let is_same = |old: &Value| old.get("type") == new.get("type") && old.get("value") == new.get("value");
    if identifiers.len() < IDENTIFIERS && !identifiers.iter().any(is_same) {
        identifiers.push(new);
    }
}

/// The CVE ids in a text, in upper case.
pub fn cves(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(piece) = bytes.get(at..).filter(|piece| piece.len() >= 13) {
        let digits = |from: usize| piece.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
        let begins = at == 0 || !bytes.get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
        let is_cve = begins && piece[..4].eq_ignore_ascii_case(b"cve-") && digits(4) == 4 && piece.get(8) == Some(&b'-');
        let number = if is_cve { digits(9) } else { 0 };
        if (4..=19).contains(&number) {
            found.push(String::from_utf8_lossy(&piece[..9 + number]).to_ascii_uppercase());
            at += 9 + number;
        } else {
            at += 1;
        }
    }
    found
}

/// The number of a CWE in a text such as `CWE-79: Cross-site Scripting`, `external/cwe/cwe-079` or `cwe:79`.
pub fn cwe_number(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("cwe").find_map(|(at, word)| {
        let rest = lower[at + word.len()..].trim_start_matches(['-', '_', ':', '/', ' ']);
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok().filter(|number| *number > 0)
    })
}

/// An id that stays the same from scan to scan: a hash of what makes the entry distinct.
pub fn stable_id(parts: &[&str]) -> String {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// Takes away what a finding can do without; answers whether anything was there.
pub fn without_extras(entry: &mut Value) -> bool {
    let Some(members) = entry.as_object_mut() else { return false };
    ["cvss_vectors", "links", "details", "flags", "tracking"]
        .iter()
        .fold(false, |any, name| members.remove(*name).is_some() | any)
}

/// Sets a member unless the text is empty.
pub fn set_text(entry: &mut Map<String, Value>, name: &str, text: &str) {
    if !text.is_empty() {
        entry.insert(name.to_owned(), json!(text));
    }
}

/// A name fit for a scanner's id: lower case, digits, single hyphens.
pub fn slug(name: &str) -> String {
    let mut made = String::with_capacity(name.len());
    for c in name.chars().take(NAME_CHARS) {
        if c.is_alphanumeric() || c == '.' || c == '_' {
            made.extend(c.to_lowercase());
        } else if !made.is_empty() && !made.ends_with('-') {
            made.push('-');
        }
    }
    made.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cves_are_found_wherever_they_stand() {
        assert_eq!(cves("CVE-2021-44228-log4j-core, cve-2020-1234567"), ["CVE-2021-44228", "CVE-2020-1234567"]);
        assert!(cves("CVE-21-44228 XCVE-2021-44228 CVE-2021-123 CVE-2021-").is_empty());
        assert!(cves("ä€𐍈CVE-").is_empty());
    }

    #[test]
    fn cwe_numbers_are_read_in_every_spelling() {
        for text in ["CWE-79: Cross-site", "external/cwe/cwe-079", "cwe:79", "79 is CWE 79"] {
            assert_eq!(cwe_number(text), Some(79), "{text}");
        }
        for text in ["", "CWE", "CWE-", "cwe-0", "security", "CWE-99999999999999999999999"] {
            assert_eq!(cwe_number(text), None, "{text}");
        }
    }

    #[test]
    fn texts_are_cut_at_characters() {
        assert_eq!(cut("äöü", 3), ("äöü".to_owned(), false));
        assert_eq!(cut("äöüß€", 4), ("ä...".to_owned(), true));
    }

    #[test]
    fn only_addresses_that_a_browser_may_follow_are_taken() {
        assert_eq!(address("https://example.com/a"), Some("https://example.com/a"));
        for bad in ["javascript:alert(1)", "https://", "https://a b", "file:///etc/passwd", "https://a\nb"] {
            assert_eq!(address(bad), None, "{bad}");
        }
        assert_eq!(address(&format!("https://{}", "a".repeat(URL_CHARS))), None);
    }

    #[test]
    fn slugs_are_tame() {
        assert_eq!(slug("Semgrep OSS"), "semgrep-oss");
        assert_eq!(slug("  / KICS: "), "kics");
        assert_eq!(slug("?"), "");
    }
}
