//! Patterns of paths as they stand in `routes.rs`, and which of them a path fits: a few comparisons of texts, where
//! actix would try one regular expression after the other.
//!
//! Must not know: routes, requests. What percent signs mean: a path comes here as actix hands it on.

/// What stands between two slashes of a pattern.
#[derive(Debug)]
enum Piece {
    /// This text: `projects`.
    Text(&'static str),
    /// Any text: `{id}`.
    Part(&'static str),
    /// One of some words: `{turn:block|unblock}`.
    Word(&'static str, Vec<&'static str>),
    /// Everything to the end, at least one character: `{path:.+}`. Stands last.
    Rest(&'static str),
}

/// Named parts of a path in the order of the path.
pub type Parts<'p> = Vec<(&'static str, &'p str)>;

impl Piece {
    fn read(text: &'static str) -> Piece {
        let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else { return Piece::Text(text) };
        match inner.split_once(':') {
            None => Piece::Part(inner),
            Some((name, ".+")) => Piece::Rest(name),
            Some((name, words)) => Piece::Word(name, words.split('|').collect()),
        }
    }
}

/// Several patterns. Where a path fits more than one, the first counts.
#[derive(Debug)]
pub struct Patterns {
    patterns: Vec<Vec<Piece>>,
    /// Those that a path of so many pieces may fit.
    by_length: Vec<Vec<usize>>,
}

/// Most pieces of a path that any pattern has, but for what goes to the end.
const MOST_PIECES: usize = 16;

impl Patterns {
    /// Reads patterns.
    pub fn new(paths: &[&'static str]) -> Patterns {
        let read = |path: &&'static str| path.split('/').skip(1).map(Piece::read).collect::<Vec<Piece>>();
        let patterns: Vec<Vec<Piece>> = paths.iter().map(read).collect();
        let may_fit = |pieces: &Vec<Piece>, length: usize| match pieces.last() {
            Some(Piece::Rest(_)) => length >= pieces.len(),
            _ => length == pieces.len(),
        };
        let of_length = |length| (0..patterns.len()).filter(|at| may_fit(&patterns[*at], length)).collect();
        let by_length = (0..=MOST_PIECES).map(of_length).collect();
        Patterns { patterns, by_length }
    }

    /// The number of the pattern that a path fits, with the parts that it names. One slash at the end may be there
    /// or not, but where the end is any text.
    pub fn find<'p>(&self, path: &'p str) -> Option<(usize, Parts<'p>)> {
        let without = path.strip_suffix('/').unwrap_or(path);
        let length = without.bytes().filter(|byte| *byte == b'/').count();
        let candidates = self.by_length.get(length.min(MOST_PIECES)).into_iter().flatten();
        candidates.filter_map(|at| Some((*at, self.patterns.get(*at)?))).find_map(|(at, pieces)| Some((at, parts(pieces, path)?)))
    }
}

/// The parts of a path that fits a pattern.
fn parts<'p>(pieces: &[Piece], path: &'p str) -> Option<Parts<'p>> {
    let (mut rest, mut parts) = (path, Vec::new());
    for piece in pieces {
        rest = rest.strip_prefix('/')?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (text, behind) = rest.split_at(end);
        rest = behind;
        match piece {
            Piece::Text(wanted) if text == *wanted => {}
            Piece::Part(name) if !text.is_empty() => parts.push((*name, text)),
            Piece::Word(name, words) if words.contains(&text) => parts.push((*name, text)),
            Piece::Rest(name) => {
                let all = path.get(path.len() - text.len() - behind.len()..).filter(|all| !all.is_empty())?;
                parts.push((*name, all));
                rest = "";
            }
            _ => return None,
        }
    }
    (rest.is_empty() || rest == "/").then_some(parts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::http::routes::ROUTES;
    use actix_web::dev::{Path, ResourceDef};
    use proptest::prelude::*;

    /// What actix finds, trying one pattern after the other.
    fn by_actix(paths: &[&'static str], path: &str) -> Option<(usize, Vec<(String, String)>)> {
        let patterns =
            |path: &str| if path.ends_with(":.+}") { vec![path.to_owned()] } else { vec![path.to_owned(), format!("{path}/")] };
        paths.iter().enumerate().find_map(|(at, pattern)| {
            let mut found = Path::new(path.to_owned());
            let fits = ResourceDef::new(patterns(pattern)).capture_match_info(&mut found);
            fits.then(|| (at, found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
        })
    }

    fn by_us(paths: &[&'static str], path: &str) -> Option<(usize, Vec<(String, String)>)> {
        let (at, parts) = Patterns::new(paths).find(path)?;
        Some((at, parts.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }

    fn all() -> Vec<&'static str> {
        ROUTES.iter().map(|entry| entry.path).collect()
    }

    #[test]
    fn every_route_is_found_as_actix_finds_it() {
        let all = all();
        let filled = |pattern: &str| pattern.replace(":.+}", "}").replace(['{', '}'], "").replace([':', '|'], "/");
        for pattern in &all {
            for path in
                [pattern.replace(['{', '}'], ""), filled(pattern), pattern.replace("{id}", "a%2Fb"), pattern.replace("{id}", "")]
            {
                for path in [format!("{path}/"), format!("{path}//"), format!("/{path}"), path.to_uppercase(), path] {
                    assert_eq!(by_us(&all, &path), by_actix(&all, &path), "{path}");
                }
            }
        }
    }

    #[test]
    fn words_and_rests() {
        let paths = ["/a/{turn:up|down}", "/a/{id}", "/b/{id}/{path:.+}"];
        let found = |path: &'static str| Patterns::new(&paths).find(path);
        assert_eq!(found("/a/up"), Some((0, vec![("turn", "up")])));
        assert_eq!(found("/a/upper/"), Some((1, vec![("id", "upper")])));
        assert_eq!(found("/b/1/x/y/"), Some((2, vec![("id", "1"), ("path", "x/y/")])));
        assert_eq!((found("/b/1/"), found("/b/1"), found("/a//"), found("a/up"), found("")), (None, None, None, None, None));
        let deep = format!("/b/1{}", "/x".repeat(99));
        assert_eq!(Patterns::new(&paths).find(&deep).unwrap().1[1].1.len(), 197);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_path_is_answered_as_by_actix(at in 0..ROUTES.len(), more in "[a-z0-9/%.{}:é-]{0,12}", cut in 0..80_usize) {
            let (all, pattern) = (all(), ROUTES[at].path);
            let begin: String = pattern.chars().take(cut).collect();
            let path = format!("{begin}{more}");
            prop_assert_eq!(by_us(&all, &path), by_actix(&all, &path));
        }
    }
}
