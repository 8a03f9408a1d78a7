//! How texts are cut into words: the same way when indexing and when searching. It must not know
//! which text it cuts.
//!
//! A word is a run of letters and digits; everything else separates. So `src/query.py`,
//! `CVE-2020-8203` and `@scope/name` are words in a row, and are found again as that row. Scripts
//! that write without blanks have one word per character, so any part of a run is found. Case,
//! accents and combining marks don't count.

use tantivy::tokenizer::{AsciiFoldingFilter, LowerCaser, TextAnalyzer, Token, TokenStream, Tokenizer};

/// The name under which an index knows the analyzer.
pub(super) const ANALYZER: &str = "casemate_words";

/// A longer run is cut into words of this many characters, so a digest of any length is found.
const MAX_WORD_CHARS: usize = 64;

/// The analyzer for indexing and searching.
pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(Words::default()).filter(AsciiFoldingFilter).filter(LowerCaser).build()
}

/// The words of a text, as they stand in the index.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(text);
    let mut words = Vec::new();
    stream.process(&mut |token| words.push(token.text.clone()));
    words
}

/// Whether a character is a word of its own: Thai to Burmese, Khmer, Chinese and Japanese.
pub(super) fn stands_alone(c: char) -> bool {
    // The first test answers for nearly every text.
    c >= '\u{0E00}'
        && matches!(c,
            '\u{0E00}'..='\u{0EFF}'
            | '\u{1000}'..='\u{109F}'
            | '\u{1780}'..='\u{17FF}'
            | '\u{2E80}'..='\u{2FDF}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{312F}'
            | '\u{31F0}'..='\u{31FF}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FF66}'..='\u{FF9F}'
            | '\u{20000}'..='\u{3FFFF}')
}

/// Characters inside a word that nobody types: combining accents, soft hyphen, joiners.
fn is_silent(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{0300}'..='\u{036F}' | '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

#[derive(Clone, Default)]
struct Words {
    token: Token,
}

struct WordStream<'a> {
    text: &'a str,
    /// Everything before this byte is done; always at a character's start.
    at: usize,
    token: &'a mut Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        WordStream { text, at: 0, token: &mut self.token }
    }
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(start) = self.next_start() else {
            self.at = self.text.len();
            return false;
        };
        self.token.text.clear();
        self.at = self.take_ascii(start).unwrap_or_else(|| self.take(start));
        self.token.offset_from = start;
        self.token.offset_to = self.at;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

impl WordStream<'_> {
    fn next_start(&self) -> Option<usize> {
        let begins = |c: char| c.is_alphanumeric() && !is_silent(c);
        let skipped = self.text.get(self.at..)?.find(begins)?;
        Some(self.at + skipped)
    }

    /// Takes a word that is ASCII to its end; `None` when it is not, or is too long.
    fn take_ascii(&mut self, start: usize) -> Option<usize> {
        let rest = self.text.get(start..)?;
        let bytes = rest.as_bytes();
        // Not further than matters: a run of a megabyte would be walked again for each of its pieces.
        let looked_at = bytes.get(..=MAX_WORD_CHARS).unwrap_or(bytes);
        let len = looked_at.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(looked_at.len());
        let ends = bytes.get(len).is_none_or(u8::is_ascii);
        if !ends || len > MAX_WORD_CHARS {
            return None;
        }
        self.token.text.push_str(rest.get(..len)?);
        self.token.text.make_ascii_lowercase();
        Some(start + len)
    }

    /// Takes any word and gives its end.
    fn take(&mut self, start: usize) -> usize {
        let mut end = start;
        let mut n_chars = 0;
        for c in self.text.get(start..).unwrap_or_default().chars() {
            if is_silent(c) {
                end += c.len_utf8();
                continue;
            }
            let alone = stands_alone(c);
            let full = n_chars == MAX_WORD_CHARS || (alone && n_chars > 0);
            if full || !c.is_alphanumeric() {
                break;
            }
            self.token.text.push(c);
            n_chars += 1;
            end += c.len_utf8();
            if alone {
                break;
            }
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text), expected, "{text:?}");
    }

    #[test]
    fn punctuation_separates() {
        check("src/query.py", &["src", "query", "py"]);
        check("CVE-2020-8203", &["cve", "2020", "8203"]);
        check("@scope/log4j_core", &["scope", "log4j", "core"]);
        check("https://a.example:80/?q=1#x", &["https", "a", "example", "80", "q", "1", "x"]);
        check(" \t\0-\u{345} ", &[]);
        check("", &[]);
    }

    #[test]
    fn case_accents_and_marks_do_not_count() {
        check("Größe ÜBER Straße", &["grosse", "uber", "strasse"]);
        check("U\u{0308}ber re\u{00AD}set", &["uber", "reset"]);
        check("ПРИВЕТ İstanbul", &["привет", "istanbul"]);
        check("ＡＢＣ１", &["abc1"]);
    }

    #[test]
    fn scripts_without_blanks_have_a_word_per_character() {
        check("SQL注入攻撃x", &["sql", "注", "入", "攻", "撃", "x"]);
        check("データ", &["デ", "ー", "タ"]);
        check("보안 취약점", &["보안", "취약점"]);
    }

    #[test]
    fn a_long_run_is_cut_into_pieces() {
        let cut: Vec<usize> = words(&"a".repeat(150)).iter().map(String::len).collect();
        assert_eq!(cut, [64, 64, 22]);
        let cut = words(&"ж".repeat(65));
        assert_eq!(cut, ["ж".repeat(64), "ж".to_owned()]);
    }

    #[test]
    fn positions_and_offsets_follow_the_text() {
        let mut analyzer = analyzer();
        let mut stream = analyzer.token_stream("--Ab é..C");
        let mut seen = Vec::new();
        stream.process(&mut |token| {
            seen.push((token.position, token.offset_from, token.offset_to));
        });
        assert_eq!(seen, [(0, 2, 4), (1, 5, 7), (2, 9, 10)]);
    }
}
