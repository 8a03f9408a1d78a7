//! What a person types into the search box, taken apart. It must not know the index.
//!
//! Words stand between blanks and must all match, each in any text of a finding. A word with
//! punctuation in it (`src/query.py`, `CVE-2020-8203`) matches where its pieces stand in a row. The
//! last piece also stands for longer words that begin with it, unless it is a number: `CWE-7` is
//! not `CWE-79`. `"quotes"` hold a phrase, matched as it is. `-` before either excludes. No other
//! character means anything, so no text can be wrong but an empty one.

use super::error::QueryError;
use super::words;

/// The longest search text, in characters.
pub const MAX_QUERY_CHARS: usize = 1_000;

/// The most words and phrases in a search text.
pub const MAX_QUERY_WORDS: usize = 32;

/// A shorter word stands only for itself: too many words begin with two letters.
const MIN_PREFIX_CHARS: usize = 3;

/// A search text that can be searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    clauses: Vec<Clause>,
}

/// One word or phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// A finding that matches is left out instead of in.
    pub excluded: bool,
    /// What must stand in a row; never empty.
    pub words: Vec<String>,
    /// The last of the words also stands for words that begin with it.
    pub open_ended: bool,
}

impl Query {
    /// Takes a text apart; an error when it is too long or has nothing to search for.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let found = text.chars().count();
        if found > MAX_QUERY_CHARS {
            return Err(QueryError::TooLong { found });
        }
        let clauses: Vec<Clause> = Typed(text).filter_map(Clause::of).collect();
        match clauses.len() {
            0 => Err(QueryError::NothingToSearch),
            found if found > MAX_QUERY_WORDS => Err(QueryError::TooManyWords { found }),
            _ => Ok(Query { clauses }),
        }
    }

    pub(super) fn clauses(&self) -> &[Clause] {
        &self.clauses
    }
}

impl Clause {
    /// The words as they must stand, and the beginning of the word after them.
    pub(super) fn parts(&self) -> (&[String], Option<&str>) {
        match self.words.as_slice() {
            [whole @ .., last] if self.open_ended => (whole, Some(last)),
            whole => (whole, None),
        }
    }

    /// `None` when there is nothing in it to search for.
    fn of(typed: Piece<'_>) -> Option<Clause> {
        let words = words::words(typed.text);
        let last = words.last()?;
        let n_chars: usize = words.iter().map(|word| word.chars().count()).sum();
        let open_ended = !typed.quoted && n_chars >= MIN_PREFIX_CHARS && can_go_on(last);
        Some(Clause { excluded: typed.excluded, open_ended, words })
    }
}

/// Whether other words may begin with this one: not with a number, nor with a character that is
/// a word of its own.
fn can_go_on(word: &str) -> bool {
    !word.chars().all(|c| c.is_ascii_digit()) && !word.chars().any(words::stands_alone)
}

/// A word or phrase as typed.
struct Piece<'a> {
    excluded: bool,
    quoted: bool,
    text: &'a str,
}

/// The rest of the text, cut piece by piece.
struct Typed<'a>(&'a str);

impl<'a> Iterator for Typed<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = self.0.trim_start();
        if rest.is_empty() {
            return None;
        }
        let (excluded, rest) = match rest.strip_prefix('-') {
            Some(after) if after.starts_with(may_be_excluded) => (true, after),
            _ => (false, rest),
        };
        let unquoted = rest.strip_prefix(is_quote);
        let (text, rest) = match unquoted {
            Some(inside) => inside.split_once(is_quote).unwrap_or((inside, "")),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        self.0 = rest;
        Some(Piece { excluded, quoted: unquoted.is_some(), text })
    }
}

/// `-word` and `-"a phrase"` exclude; `--flag` and `- word` are a word with dashes around it.
fn may_be_excluded(c: char) -> bool {
    is_quote(c) || !(c == '-' || c.is_whitespace())
}

/// Word processors and telephones turn the plain quote into the others.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{FF02}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// One clause per entry: `-` excluded, words in a row, `*` open-ended.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let query = Query::parse(text).unwrap();
        let shown: Vec<String> = query
            .clauses
            .iter()
            .map(|clause| {
                let minus = if clause.excluded { "-" } else { "" };
                let star = if clause.open_ended { "*" } else { "" };
                format!("{minus}{}{star}", clause.words.join(" "))
            })
            .collect();
        assert_eq!(shown, expected, "{text:?}");
    }

    #[test]
    fn words_and_their_pieces() {
        check("  SQL\tinjection ", &["sql*", "injection*"]);
        check("src/query.py", &["src query py*"]);
        check("@scope/name", &["scope name*"]);
        check("registry.example.com/group/app:main", &["registry example com group app main*"]);
    }

    #[test]
    fn what_stands_for_longer_words_and_what_does_not() {
        check("de des", &["de", "des*"]);
        check("CWE-79 CVE-2020-8203 2020", &["cwe 79", "cve 2020 8203", "2020"]);
        check("a.b log4j-core 4.6.2", &["a b", "log4j core*", "4 6 2"]);
        check("注入攻撃 注", &["注 入 攻 撃", "注"]);
        check("\"deserialization\"", &["deserialization"]);
    }

    #[test]
    fn phrases() {
        check("\"Stored XSS in\" page", &["stored xss in", "page*"]);
        check("“curly quotes”now", &["curly quotes", "now*"]);
        check("\"never closed", &["never closed"]);
        check("it's \"\" ok", &["it s*", "ok"]);
        check("mid\"word quote", &["mid word*", "quote*"]);
    }

    #[test]
    fn exclusion() {
        check("xss -test", &["xss*", "-test*"]);
        check("-\"test code\"", &["-test code"]);
        check("--no-verify - x", &["no verify*", "x"]);
        check("-/etc/passwd", &["-etc passwd*"]);
        check("a-b", &["a b"]);
    }

    #[test]
    fn nothing_to_search_for() {
        for text in ["", "   ", "-", "--", "\"\"", "-\"\"", "!? & | ( ) * : ~ ^", "\0", "💥"] {
            assert_eq!(Query::parse(text), Err(QueryError::NothingToSearch), "{text:?}");
        }
        check("foo & (bar)", &["foo*", "bar*"]);
    }

    #[test]
    fn limits() {
        let most = "é".repeat(MAX_QUERY_CHARS);
        assert!(Query::parse(&most).is_ok());
        let found = MAX_QUERY_CHARS + 1;
        assert_eq!(Query::parse(&(most + " ")), Err(QueryError::TooLong { found }));
        let words = vec!["ab"; MAX_QUERY_WORDS];
        assert!(Query::parse(&format!("{} & !", words.join(" "))).is_ok());
        let found = MAX_QUERY_WORDS + 1;
        assert_eq!(Query::parse(&(words.join(" ") + " c")), Err(QueryError::TooManyWords { found }));
    }

    #[test]
    fn messages_name_the_limit() {
        let message = QueryError::TooManyWords { found: 40 }.to_string();
        assert_eq!(message, "the search text has 40 words; at most 32 are allowed");
    }
}
