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

/// Pieces of a path from which on only patterns fit that go to the end.
const MOST_PIECES: usize = 16;

impl Patterns {
    /// Reads patterns.
    pub fn new(paths: &[&'static str]) -> Patterns {
        let read = |path: &&'static str| path.split('/').skip(1).map(Piece::read).collect::<Vec<Piece>>();
        let patterns: Vec<Vec<Piece>> = paths.iter().map(read).collect();
        let may_fit = |pieces: &Vec<Piece>, length: usize| match pieces.last() {
            Some(Piece::Rest(_)) => length >= pieces.len(),
            _ => length == pieces.len() && length < MOST_PIECES,
        };
        let of_length = |length| (0..patterns.len()).filter(|at| may_fit(&patterns[*at], length)).collect();
        let by_length = (0..=MOST_PIECES).map(of_length).collect();
        Patterns { patterns, by_length }
    }

    /// The number of the pattern that a path fits, with the parts that it names. One slash at the end may be there
    /// or not, but where the end is any text.
    pub fn find<'p>(&self, path: &'p str) -> Option<(usize, Parts<'p>)> {
        let without = path.strip_suffix('/').unwrap_or(path);
        let mut pieces = without.strip_prefix('/')?.split('/');
        let mut found = [""; MOST_PIECES];
        let begun = found.iter_mut().zip(&mut pieces).map(|(place, piece)| *place = piece).count();
        let length = begun + pieces.count();
        let found = found.get(..begun)?;
        let candidates = self.by_length.get(length.min(MOST_PIECES))?.iter();
        candidates
            .filter_map(|at| Some((*at, self.patterns.get(*at)?)))
            .find_map(|(at, pattern)| fits(pattern, found).then(|| parts(pattern, found, path))?.map(|parts| (at, parts)))
    }
}

/// Whether pieces of a path fit a pattern. From the end: that is where patterns differ.
fn fits(pattern: &[Piece], pieces: &[&str]) -> bool {
    let fits = |(wanted, piece): (&Piece, &&str)| match wanted {
        Piece::Text(text) => text == piece,
        Piece::Part(_) => !piece.is_empty(),
        Piece::Word(_, words) => words.contains(piece),
        Piece::Rest(_) => true,
    };
    pattern.len() <= pieces.len() && pattern.iter().zip(pieces).rev().all(fits)
}

/// The parts of a path that fits a pattern.
fn parts<'p>(pattern: &[Piece], pieces: &[&'p str], path: &'p str) -> Option<Parts<'p>> {
    let (mut parts, mut behind) = (Vec::new(), 0);
    for (wanted, piece) in pattern.iter().zip(pieces) {
        // A slash, and the piece.
        let begin = behind + 1;
        behind = begin + piece.len();
        match wanted {
            Piece::Text(_) => {}
            Piece::Part(name) | Piece::Word(name, _) => parts.push((*name, *piece)),
            Piece::Rest(name) => parts.push((*name, path.get(begin..).filter(|rest| !rest.is_empty())?)),
        }
    }
    Some(parts)
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
