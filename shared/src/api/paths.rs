//! Paths of the API, written once. All begin below the server's root.

/// Root of the REST API.
pub const ROOT: &str = "/api/v4";

/// Sign-in of the page: POST [`super::user::SignIn`], GET and DELETE for the session at hand [E].
pub const SESSION: &str = "/api/v4/session";
/// The caller.
pub const USER: &str = "/api/v4/user";
/// Tokens of the caller: POST makes one.
pub const USER_TOKENS: &str = "/api/v4/user/personal_access_tokens";
/// Projects: list and create.
pub const PROJECTS: &str = "/api/v4/projects";

/// One project. `key` is the id or the percent-encoded full path.
pub fn project(key: &str) -> String {
    format!("{PROJECTS}/{key}")
}

/// Something below a project, for example `pipelines`.
pub fn below_project(key: &str, rest: &str) -> String {
    format!("{PROJECTS}/{key}/{rest}")
}

/// One vulnerability by id.
pub fn vulnerability(id: u64) -> String {
    format!("{ROOT}/vulnerabilities/{id}")
}

/// Percent-encodes a full path (`group/project`) for use as one segment.
pub fn encode_segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(b"0123456789ABCDEF"[usize::from(byte >> 4)]));
            out.push(char::from(b"0123456789ABCDEF"[usize::from(byte & 15)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_path_is_one_segment() {
        assert_eq!(project(&encode_segment("acme/pay ments")), "/api/v4/projects/acme%2Fpay%20ments");
    }
}
