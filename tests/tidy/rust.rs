//! As much of Rust's grammar as the rules need: where code is, and where functions begin and end.
//!
//! Must not know: files.

/// A function and how many lines it takes, signature and braces included.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Line of its signature, from 1.
    pub line: usize,
    /// Number of lines.
    pub lines: usize,
}

/// The text with comments, strings and character literals turned into blanks. Lines stay where they
/// are.
pub fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let in_word = at > 0 && is_word(bytes[at - 1]);
    match rest {
        [b'/', b'/', ..] => at + find(rest, b"\n").unwrap_or(rest.len()),
        [b'/', b'*', ..] => at + comment_length(rest),
        [b'"', ..] => at + string_length(rest),
        [b'r', ..] | [b'b', b'r', ..] if !in_word => at + raw_length(rest),
        [b'\'', ..] => at + character_length(rest),
        _ => at,
    }
}

fn comment_length(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of `r"..."`, `r#"..."#`, `br"..."`; 0 when it is just a word that begins with r.
fn raw_length(rest: &[u8]) -> usize {
    let letters = if rest[0] == b'b' { 2 } else { 1 };
    let hashes = rest[letters..].iter().take_while(|&&byte| byte == b'#').count();
    let open = letters + hashes;
    if rest.get(open) != Some(&b'"') {
        return 0;
    }
    let mut close = vec![b'"'];
    close.resize(1 + hashes, b'#');
    let body = &rest[open + 1..];
    open + 1 + find(body, &close).map_or(body.len(), |end| end + close.len())
}

/// Length of `'x'` or `'\n'`; 0 when it is a lifetime.
fn character_length(rest: &[u8]) -> usize {
    match rest {
        [_, b'\\', _, ..] => find(&rest[3..], b"'").map_or(0, |end| end + 4),
        [_, first, ..] => {
            let width = match first {
                0x00..=0x7f => 1,
                0xc0..=0xdf => 2,
                0xe0..=0xef => 3,
                _ => 4,
            };
            if rest.get(1 + width) == Some(&b'\'') { width + 2 } else { 0 }
        }
        _ => 0,
    }
}

/// All functions with a body in blanked code, in order; those inside others too.
pub fn functions(code: &str) -> Vec<Function> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        if at > 0 && is_word(bytes[at - 1]) {
            continue;
        }
        let name: String = code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let Some(open) = body_start(bytes, at) else {
            continue;
        };
        if name.is_empty() {
            continue;
        }
        let end = block_end(bytes, open);
        let line = line_of(bytes, at);
        found.push(Function { name, line, lines: line_of(bytes, end) - line + 1 });
    }
    found
}

/// Lines (from 1, both included) of the modules that exist only for tests.
pub fn test_modules(code: &str) -> Vec<(usize, usize)> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    for (at, mark) in code.match_indices("#[cfg(test)]") {
        let rest = &code[at + mark.len()..];
        let open = rest.find(['{', ';']).map(|open| at + mark.len() + open);
        let is_module = rest.trim_start().trim_start_matches("pub ").starts_with("mod ");
        if let Some(open) = open.filter(|&open| is_module && bytes[open] == b'{') {
            found.push((line_of(bytes, at), line_of(bytes, block_end(bytes, open))));
        }
    }
    found
}

/// Where the body's `{` is; `None` for a declaration without a body.
fn body_start(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b'{' if depth == 0 => return Some(at),
            b';' | b'}' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Where the block that opens at `open` closes.
fn block_end(bytes: &[u8], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    bytes.len() - 1
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_no_code() {
        let code = blank("a // redb\n/* x /* y */ redb */ b \"redb\\\"\" r#\"redb\"# 'r' c<'redb>");
        assert_eq!(code.matches("redb").count(), 1, "{code}");
        assert!(code.contains("<'redb>"), "a lifetime is code: {code}");
        assert_eq!(code.lines().count(), 2);
        assert_eq!(blank("let r = br; x('\\'', \"{\")").matches('{').count(), 0);
    }

    #[test]
    fn functions_are_measured_with_their_signature() {
        let code = "fn a() {}\ntrait T { fn b(); }\nfn c(\n  x: [u8; 2],\n) -> u8 {\n  if x { }\n}\n";
        let named: Vec<_> = functions(code).into_iter().map(|function| (function.name, function.line, function.lines)).collect();
        assert_eq!(named, [("a".to_owned(), 1, 1), ("c".to_owned(), 3, 5)]);
    }

    #[test]
    fn modules_for_tests_are_found() {
        let code = "a\n#[cfg(test)]\nmod tests {\n fn x() {}\n}\n#[cfg(test)]\nmod other;\n";
        assert_eq!(test_modules(code), [(2, 5)]);
    }
}
