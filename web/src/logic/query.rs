//! Query strings: pairs out of a text and back. Must not know what the keys mean.

/// Undoes percent-encoding. A `%` that is followed by no two hex digits stays as it is; bytes that are no
/// UTF-8 become the replacement character.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, hex_pair(tail)) {
            (b'%', Some(value)) => {
                out.push(value);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex_pair(tail: &[u8]) -> Option<u8> {
    let digit = |at: usize| {
        let byte = *tail.get(at)?;
        char::from(byte).to_digit(16)
    };
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// Reads `a=1&b=2`; a leading `?` is allowed, `+` is a space, keys without a value are empty texts.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let query = query.strip_prefix('?').unwrap_or(query);
    let piece = |text: &str| decode(&text.replace('+', " "));
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| match part.split_once('=') {
            Some((key, value)) => (piece(key), piece(value)),
            None => (piece(part), String::new()),
        })
        .collect()
}

/// Writes pairs as a query string without a leading `?`. Commas, colons and slashes stay readable.
pub fn write(pairs: &[(&str, String)]) -> String {
    let mut out = String::new();
    for (key, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(key);
        out.push('=');
        encode_into(&mut out, value);
    }
    out
}

fn encode_into(out: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~,:/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
}

/// Joins a path and a query, leaving the `?` out where the query is empty.
pub fn join(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The page that an address asks for, from 1.
pub fn page(search: &str) -> u32 {
    let value = pairs(search).into_iter().find(|(key, _)| key == "page").map(|(_, value)| value);
    value.and_then(|value| value.parse().ok()).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_page_is_the_first() {
        let pages = ["?page=3", "", "?page=0", "?page=-1", "?page=x"].map(page);
        assert_eq!(pages, [3, 1, 1, 1, 1]);
    }

    #[test]
    fn pairs_survive_the_round_trip() {
        let text = write(&[("search", "a b&c=d+é%".to_owned()), ("state", "x,y".to_owned())]);
        assert_eq!(text, "search=a%20b%26c%3Dd%2B%C3%A9%25&state=x,y");
        assert_eq!(pairs(&text), [("search".to_owned(), "a b&c=d+é%".to_owned()), ("state".to_owned(), "x,y".to_owned())]);
    }

    #[test]
    fn odd_texts_are_read_without_a_fault() {
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("%ff"), "\u{fffd}");
        assert_eq!(pairs("?&a&=b&c=d=e").len(), 3);
        assert_eq!(pairs("q=a+b"), [("q".to_owned(), "a b".to_owned())]);
    }

    #[test]
    fn an_empty_query_has_no_mark() {
        assert_eq!(join("/a", ""), "/a");
        assert_eq!(join("/a", "b=c"), "/a?b=c");
    }
}
