//! Addresses that come from reports: which of them may become a link. Must not know views.

/// The address when it is safe to link to: `http` or `https`, and no control character in it.
pub fn safe(address: &str) -> Option<String> {
    let trimmed = address.trim();
    let lower = trimmed.get(..8).unwrap_or(trimmed).to_ascii_lowercase();
    let known = lower.starts_with("http://") || lower.starts_with("https://");
    (known && !trimmed.chars().any(char::is_control)).then(|| trimmed.to_owned())
}

/// A `data:` link for a patch that a report carries in base64; `None` when it is no base64.
pub fn patch(base64: &str) -> Option<String> {
    let text: String = base64.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    (!text.is_empty() && text.chars().all(valid)).then(|| format!("data:application/octet-stream;base64,{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(safe(" https://a.test/x "), Some("https://a.test/x".to_owned()));
        assert_eq!(safe("HTTP://a.test"), Some("HTTP://a.test".to_owned()));
        for bad in ["javascript:alert(1)", "data:text/html,x", "//a.test", "/x", "", "https://a\n.test"] {
            assert_eq!(safe(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_patch_has_to_be_base64() {
        assert_eq!(patch("ZGlm\nZg=="), Some("data:application/octet-stream;base64,ZGlmZg==".to_owned()));
        assert_eq!(patch("<script>"), None);
        assert_eq!(patch(""), None);
    }
}
