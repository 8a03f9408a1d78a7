//! Finds where the members of a report and its findings stand, by brackets and quotes alone: a third of the
//! cost of reading the JSON between them, which is read anyway when each is judged.
//!
//! Must not know: what the members mean. What it finds need not be JSON; if all of it is, the whole is. In
//! doubt it finds nothing.

/// Where the parts of an object at the top of a text stand.
pub struct Slices<'a> {
    /// Members other than the list: key and text.
    pub members: Vec<(&'a str, &'a str)>,
    /// Texts of the entries of the list.
    pub entries: Vec<&'a str>,
}

/// Slices a text whose top is an object with one array under `list`. `most` are the most members and entries.
/// None if it is something else, or not sure to be that.
pub fn slice<'a>(text: &'a str, list: &str, most: (usize, usize)) -> Option<Slices<'a>> {
    let mut walk = Walk { text, at: 0 };
    let mut slices = Slices { members: Vec::new(), entries: Vec::new() };
    let mut has_list = false;
    walk.take(b'{')?;
    if walk.next()? == b'}' {
        return None;
    }
    loop {
        let key = walk.key()?;
        walk.take(b':')?;
        if key == list {
            if std::mem::replace(&mut has_list, true) {
                return None;
            }
            walk.entries(&mut slices.entries, most.1)?;
        } else {
            slices.members.push((key, walk.value()?));
        }
        if slices.members.len() > most.0 {
            return None;
        }
        match walk.next()? {
            b',' => walk.at += 1,
            b'}' => break,
            _ => return None,
        }
    }
    walk.at += 1;
    walk.skip_space();
    (has_list && walk.at == text.len()).then_some(slices)
}

struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Walk<'a> {
    fn skip_space(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += rest.iter().position(|byte| !is_space(byte)).unwrap_or(rest.len());
    }

    /// The next byte that is no space; stays on it.
    fn next(&mut self) -> Option<u8> {
        self.skip_space();
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let found = self.next()? == byte;
        self.at += usize::from(found);
        found.then_some(())
    }

    /// A key without escapes.
    fn key(&mut self) -> Option<&'a str> {
        let text = if self.next()? == b'"' { self.value()? } else { return None };
        let key = text.get(1..text.len() - 1)?;
        key.bytes().all(|byte| byte != b'\\' && byte >= b' ').then_some(key)
    }

    /// The text of the value that stands next.
    fn value(&mut self) -> Option<&'a str> {
        let first = self.next()?;
        let begin = self.at;
        let bytes = self.text.as_bytes();
        self.at = match first {
            b'"' => end_of_text(bytes, begin + 1)?,
            b'{' | b'[' => end_of_brackets(bytes, begin)?,
            _ => begin + bytes.get(begin..)?.iter().position(|byte| b",]} \n\r\t".contains(byte))?,
        };
        self.text.get(begin..self.at).filter(|text| !text.is_empty())
    }

    fn entries(&mut self, entries: &mut Vec<&'a str>, most: usize) -> Option<()> {
        self.take(b'[')?;
        if self.next()? == b']' {
            return self.take(b']');
        }
        loop {
            entries.push(self.value()?);
            if entries.len() > most {
                return None;
            }
            match self.next()? {
                b',' => self.at += 1,
                _ => return self.take(b']'),
            }
        }
    }
}

/// Place behind the closing quote of a text that begins at `at`.
fn end_of_text(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

const QUOTE: u8 = 1;
const OPEN: u8 = 2;
const CLOSE: u8 = 3;

/// What a byte means between brackets.
const MEANING: [u8; 256] = {
    let mut meaning = [0; 256];
    meaning[b'"' as usize] = QUOTE;
    (meaning[b'{' as usize], meaning[b'[' as usize]) = (OPEN, OPEN);
    (meaning[b'}' as usize], meaning[b']' as usize]) = (CLOSE, CLOSE);
    meaning
};

/// Place behind the bracket that closes the one at `at`.
fn end_of_brackets(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0usize;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| MEANING[usize::from(*byte)] != 0)?;
        match MEANING[usize::from(*bytes.get(at)?)] {
            QUOTE => at = end_of_text(bytes, at + 1)?,
            OPEN => (depth, at) = (depth + 1, at + 1),
            _ => {
                (depth, at) = (depth.checked_sub(1)?, at + 1);
                if depth == 0 {
                    return Some(at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn parts_are_found_whatever_is_in_them() {
        let text = r#" {"a":"]\"}" , "v" : [ {"x" : "\\", "y":[{}]},7,"]", null ],"b" : {"v":[1]}, "c":-1.5e3 } "#;
        let slices = slice(text, "v", (9, 9)).unwrap();
        assert_eq!(slices.members, [("a", r#""]\"}""#), ("b", r#"{"v":[1]}"#), ("c", "-1.5e3")]);
        assert_eq!(slices.entries, [r#"{"x" : "\\", "y":[{}]}"#, "7", r#""]""#, "null"]);
        assert!(slice(r#"{"v":[]}"#, "v", (9, 9)).unwrap().entries.is_empty());
    }

    #[test]
    fn in_doubt_nothing_is_found() {
        let doubtful = [
            "",
            "{",
            "{}",
            "[]",
            "{\"v\":[}",
            "{\"v\":[1,]}",
            "{\"v\":[,1]}",
            "{\"v\":[1 2]}",
            "{\"v\":[1]} x",
            "{\"v\":[1],}",
            "{\"v\":{}}",
            "{\"w\":[]}",
            "{\"v\":[],\"v\":[]}",
            "{\"\\u0076\":[]}",
            "{\"v\" []}",
            "{v:[]}",
            "{\"v\":[\"a]}",
            "{\"v\":[{]}",
            "{\"v\":[\"\\\"]}",
            "{\"a\":1 2,\"v\":[]}",
            "{\"v\":[1,2,3]}",
            "{\"a\":1,\"b\":2,\"v\":[1]}",
        ];
        for text in doubtful {
            assert!(slice(text, "v", (1, 2)).is_none(), "{text}");
        }
    }
}
