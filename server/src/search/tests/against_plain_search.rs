//! The index against a plain reading of the rules, and texts that nobody would type. Seeds are
//! fixed: a failure repeats.

use super::*;
use crate::search::query::Clause;
use crate::search::words::words;

/// A small generator, so that a case is known by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn text(&mut self, alphabet: &[&str], longest: usize) -> String {
        let n = self.roll(longest + 1);
        (0..n).map(|_| alphabet[self.roll(alphabet.len())]).collect()
    }
}

/// Few words that begin alike, so that rows and beginnings meet often.
const TEXTS: [&str; 14] = ["abc ", "abcd ", "abce-", "abc.", "ab ", "x ", "x/", "xyz ", "12 ", "123-", "注", "入", "é ", "e "];

const TYPED: [&str; 20] = [
    "abc ", "abcd ", "abc.", "abc-", "ab", "x/", "xyz", "xy", "12", "123", "注", "入", "É", " ", " ", " -", "\"", "\" ", "-", "e",
];

fn texts_of(doc: &FindingDoc, shared: &[TextDoc]) -> Vec<Vec<String>> {
    let single = [&doc.title, &doc.description, &doc.path];
    let named = shared.iter().filter(|text| doc.text_ids.contains(&text.text_id)).map(|text| &text.text);
    let all = single.into_iter().chain(&doc.identifiers).chain(named);
    all.map(|text| words(text)).collect()
}

fn stands_in(clause: &Clause, text: &[String]) -> bool {
    let n = clause.words.len();
    text.windows(n).any(|row| {
        let same = row[..n - 1] == clause.words[..n - 1];
        let (last, wanted) = (&row[n - 1], &clause.words[n - 1]);
        same && (last == wanted || (clause.open_ended && last.starts_with(wanted.as_str())))
    })
}

fn plainly_found(docs: &[(u64, Vec<Vec<String>>)], query: &Query) -> Vec<u64> {
    let matches = |texts: &[Vec<String>]| {
        query.clauses().iter().all(|clause| {
            let stands = texts.iter().any(|text| stands_in(clause, text));
            stands != clause.excluded
        })
    };
    docs.iter().filter(|(_, texts)| matches(texts)).map(|(body_id, _)| *body_id).collect()
}

/// Shared texts: more than a search looks up one by one.
const N_SHARED: usize = 150;

fn random_doc(dice: &mut Dice, body_id: u64) -> FindingDoc {
    FindingDoc {
        project_id: if dice.roll(5) == 0 { 2 } else { PROJECT },
        description: dice.text(&TEXTS, 12),
        path: dice.text(&TEXTS, 5),
        identifiers: vec![dice.text(&TEXTS, 3), dice.text(&TEXTS, 2)],
        text_ids: (0..dice.roll(3)).map(|_| dice.roll(N_SHARED) as u64).collect(),
        ..doc(body_id, &dice.text(&TEXTS, 6))
    }
}

#[test]
fn the_index_finds_what_a_plain_search_finds() {
    let mut dice = Dice(0x5EED);
    let docs: Vec<FindingDoc> = (0..400).map(|id| random_doc(&mut dice, id)).collect();
    let shared: Vec<TextDoc> =
        (0..N_SHARED as u64).map(|text_id| TextDoc { text_id, project_id: PROJECT, text: dice.text(&TEXTS, 9) }).collect();
    let search = SearchIndex::in_memory(DB).unwrap();
    // Several segments, and removed documents in them. Texts before, with and behind their bodies.
    for (seq, lot) in docs.chunks(100).enumerate() {
        let mut batch = search.writer().unwrap();
        lot.iter().cloned().for_each(|doc| batch.add(doc));
        shared.iter().skip(seq * 40).take(40).cloned().for_each(|text| batch.add_text(text));
        batch.commit(seq as u64).unwrap();
    }
    let mut batch = search.writer().unwrap();
    (0..400).step_by(9).for_each(|id| batch.remove(id));
    batch.commit(9).unwrap();
    let left = docs.iter().filter(|doc| doc.body_id % 9 != 0 && doc.project_id == PROJECT);
    let left: Vec<_> = left.map(|doc| (doc.body_id, texts_of(doc, &shared))).collect();

    let (mut n_searched, mut n_found) = (0, 0);
    for _ in 0..2_000 {
        let typed = dice.text(&TYPED, 8);
        let Ok(query) = Query::parse(&typed) else {
            continue;
        };
        let expected = plainly_found(&left, &query);
        assert_eq!(found(&search, &typed), expected, "{typed:?} {query:?}");
        n_searched += 1;
        n_found += usize::from(!expected.is_empty());
    }
    assert!(n_searched > 1_500 && n_found > 400, "{n_searched} {n_found}");
}

/// A character from anywhere in Unicode, ASCII punctuation more often.
fn any_char(dice: &mut Dice) -> char {
    const ODD: &str = "\"\"--*?:~^()[]{}\\/+!&|<>=,;'`@#%$ \t\n\0\u{345}\u{300}\u{AD}\u{200D}\u{FEFF}\u{FFFF}ıİßﬀﷺ";
    let odd: Vec<char> = ODD.chars().collect();
    match dice.roll(3) {
        0 => odd[dice.roll(odd.len())],
        1 => char::from(u8::try_from(dice.roll(128)).unwrap()),
        _ => char::from_u32(u32::try_from(dice.roll(0x11_0000)).unwrap()).unwrap_or(' '),
    }
}

#[test]
fn no_text_is_an_error_to_index_or_to_search() {
    let mut dice = Dice(0xC0FFEE);
    let mut any_text = |longest: usize| -> String {
        let n = dice.roll(longest + 1);
        (0..n).map(|_| any_char(&mut dice)).collect()
    };
    let texts: Vec<String> = (0..500).map(|_| any_text(60)).collect();
    let search = in_memory((0..).zip(&texts).map(|(id, text)| doc(id, text)));
    let mut n_searched = 0;
    for text in &texts {
        let Ok(query) = Query::parse(text) else {
            continue;
        };
        search.project_bodies(PROJECT, &query).unwrap();
        n_searched += 1;
    }
    assert!(n_searched > 400, "{n_searched}");
}

#[test]
fn any_text_is_found_by_itself_in_quotes() {
    let mut dice = Dice(0xFACE);
    let texts: Vec<String> =
        (0..300).map(|_| (0..12).map(|_| any_char(&mut dice)).filter(|c| !"\"“”„＂".contains(*c)).collect()).collect();
    let search = in_memory((0..).zip(&texts).map(|(id, text)| doc(id, text)));
    for (id, text) in (0..).zip(&texts) {
        let quoted = format!("\"{text}\"");
        if Query::parse(&quoted).is_ok() {
            assert!(found(&search, &quoted).contains(&id), "{text:?}");
        }
    }
}
