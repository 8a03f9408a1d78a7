//! Every form of a search text finds what it should and nothing else.

use super::*;

const SAST: u64 = 10;
const DEPENDENCY: u64 = 20;
const CONTAINER: u64 = 30;
const DAST: u64 = 40;
const UMLAUT: u64 = 50;
const CHINESE: u64 = 60;
const NONE: [u64; 0] = [];

fn corpus() -> SearchIndex {
    let text = str::to_owned;
    in_memory([
        FindingDoc {
            description: text("Bytes from outside are turned back into objects by yaml.load()."),
            solution: text("Call yaml.safe_load instead"),
            path: text("app/src/reports/query.py"),
            scanner: text("Semgrep"),
            identifiers: vec![text("python.lang.security.deserialization.avoid-pyyaml-load"), text("CWE-502")],
            ..doc(SAST, "Deserialization of untrusted data")
        },
        FindingDoc {
            description: text("Versions of lodash before 4.17.20 are affected."),
            path: text("web/package-lock.json"),
            package: text("@scope/lodash-core"),
            scanner: text("Gemnasium"),
            identifiers: vec![text("CVE-2020-8203"), text("CWE-770"), text("GHSA-p6mc-m468-83gw")],
            ..doc(DEPENDENCY, "Prototype pollution in lodash")
        },
        FindingDoc {
            package: text("log4j-core"),
            image: text("registry.example.com/group/app:main"),
            scanner: text("Trivy"),
            identifiers: vec![text("CVE-2021-44228")],
            ..doc(CONTAINER, "Remote code execution")
        },
        FindingDoc {
            url: text("https://shop.example.com:8443/cart/items?id=17"),
            scanner: text("ZAP"),
            identifiers: vec![text("CWE-79"), text("80")],
            ..doc(DAST, "Cross-site scripting: reflected")
        },
        doc(UMLAUT, "Ungeprüfte Größe: Überlauf möglich"),
        doc(CHINESE, "登录接口存在SQL注入漏洞"),
    ])
}

#[track_caller]
fn check(search: &SearchIndex, cases: &[(&str, &[u64])]) {
    for (text, expected) in cases {
        assert_eq!(found(search, text), *expected, "{text:?}");
    }
}

#[test]
fn words_must_all_match_each_in_any_text() {
    check(
        &corpus(),
        &[
            ("lodash", &[DEPENDENCY]),
            ("LODASH gemnasium 2020-8203", &[DEPENDENCY]),
            ("lodash semgrep", &NONE),
            ("untrusted bytes instead", &[SAST]),
            ("cve", &[DEPENDENCY, CONTAINER]),
            ("absent", &NONE),
        ],
    );
}

#[test]
fn a_word_of_three_letters_matches_longer_words() {
    check(
        &corpus(),
        &[
            ("deser", &[SAST]),
            ("des", &[SAST]),
            ("de", &NONE),
            ("re", &NONE),
            ("ref", &[DAST]),
            ("lodash-co", &[DEPENDENCY]),
            ("odash", &NONE),
        ],
    );
}

#[test]
fn phrases_stand_in_one_text_as_they_are() {
    check(
        &corpus(),
        &[
            ("\"untrusted data\"", &[SAST]),
            ("\"Untrusted, DATA!\"", &[SAST]),
            ("\"data untrusted\"", &NONE),
            ("\"untrusted dat\"", &NONE),
            ("\"deser\"", &NONE),
            // The end of one text and the start of the next are no phrase.
            ("\"data bytes\"", &NONE),
            ("cwe-79-80", &NONE),
        ],
    );
}

#[test]
fn identifiers_match_whole_and_in_any_case() {
    check(
        &corpus(),
        &[
            ("cve-2020-8203", &[DEPENDENCY]),
            ("CVE-2020-820", &NONE),
            ("CWE-79", &[DAST]),
            ("cwe-77", &NONE),
            ("cwe-770", &[DEPENDENCY]),
            ("ghsa-P6MC-m468-83gw", &[DEPENDENCY]),
            ("python.lang.security.deserialization.avoid-pyyaml-load", &[SAST]),
            ("python.lang.sec", &[SAST]),
            ("4.17.2", &NONE),
            ("4.17.20", &[DEPENDENCY]),
        ],
    );
}

#[test]
fn paths_packages_images_and_addresses_match_in_part() {
    check(
        &corpus(),
        &[
            ("query.py", &[SAST]),
            ("src/reports/query.py", &[SAST]),
            ("app/src/rep", &[SAST]),
            ("reports/", &[SAST]),
            ("src/query.py", &NONE),
            ("package-lock.json", &[DEPENDENCY]),
            ("@scope/lodash-core", &[DEPENDENCY]),
            ("log4j-core", &[CONTAINER]),
            ("registry.example.com/group/app:main", &[CONTAINER]),
            ("group/app", &[CONTAINER]),
            ("https://shop.example.com:8443/cart/items?id=17", &[DAST]),
            ("example.com", &[CONTAINER, DAST]),
        ],
    );
}

#[test]
fn exclusion_takes_away() {
    check(
        &corpus(),
        &[
            ("cve -log4j", &[DEPENDENCY]),
            ("example.com -\"cross site\"", &[CONTAINER]),
            ("lodash -lodash", &NONE),
            ("-cve -cwe", &[UMLAUT, CHINESE]),
            ("-absent", &[SAST, DEPENDENCY, CONTAINER, DAST, UMLAUT, CHINESE]),
        ],
    );
}

#[test]
fn other_alphabets() {
    check(
        &corpus(),
        &[
            ("größe", &[UMLAUT]),
            ("GRÖSSE uberlauf", &[UMLAUT]),
            ("mo\u{308}glich", &[UMLAUT]),
            ("注入", &[CHINESE]),
            ("sql注入漏洞", &[CHINESE]),
            ("入注", &NONE),
            ("登录 漏洞", &[CHINESE]),
        ],
    );
}

#[test]
fn projects_do_not_see_each_other() {
    let other = |body_id| FindingDoc { project_id: 2, ..doc(body_id, "Stored cross-site scripting") };
    let search = in_memory([doc(1, "Cross-site scripting"), other(2), other(3)]);
    for text in ["scripting", "cross-site", "cross-si", "\"cross site\"", "scri", "-absent"] {
        assert_eq!(found_in(&search, 1, text), [1], "{text:?}");
        assert_eq!(found_in(&search, 2, text), [2, 3], "{text:?}");
        assert_eq!(found_in(&search, 3, text), NONE, "{text:?}");
    }
}

#[test]
fn no_answer_is_cut_off() {
    let n: u64 = 3_000;
    let word = |id: u64| format!("pre fix{id:x}x");
    let search = in_memory((0..n).map(|id| doc(id, &word(id))));
    for text in ["pre", "fix", "pre-fix", "-absent"] {
        let bodies = search.project_bodies(PROJECT, &Query::parse(text).unwrap()).unwrap();
        assert_eq!(bodies.len(), 3_000, "{text:?}");
        assert!(bodies.contains(n - 1) && !bodies.contains(n));
    }
}

#[test]
fn a_removed_body_is_not_found() {
    let search = corpus();
    let mut batch = search.writer().unwrap();
    batch.remove(DEPENDENCY);
    batch.remove(4_711);
    batch.commit(2).unwrap();
    check(&search, &[("cve", &[CONTAINER]), ("lodash", &NONE)]);
}

#[test]
fn within_a_batch_the_last_word_counts() {
    let search = in_memory([doc(1, "one"), doc(2, "two")]);
    let mut batch = search.writer().unwrap();
    batch.add(doc(3, "three"));
    batch.remove(3);
    batch.remove(1);
    batch.add(doc(1, "one again"));
    batch.commit(2).unwrap();
    check(&search, &[("-absent", &[1, 2]), ("again", &[1]), ("three", &NONE)]);
}

#[test]
fn a_body_added_twice_is_found_once_and_removed_whole() {
    let search = in_memory([doc(1, "one"), doc(1, "one"), doc(2, "two")]);
    commit(&search, 2, [doc(1, "one")]);
    check(&search, &[("one", &[1])]);
    let mut batch = search.writer().unwrap();
    batch.remove(1);
    batch.commit(3).unwrap();
    check(&search, &[("-absent", &[2])]);
}

#[test]
fn texts_of_any_size_are_searchable() {
    let long = "lorem ipsum ".repeat(100_000) + "needle";
    let digest = "0123456789abcdef".repeat(20);
    let search = in_memory([FindingDoc { description: long, ..doc(1, "") }, doc(2, &digest), doc(3, "")]);
    check(&search, &[("needle", &[1]), ("-needle", &[2, 3])]);
    check(&search, &[(&digest, &[2]), (&digest[..75], &[2]), (&digest[1..], &NONE)]);
}

/// Bodies 1 to 3 of the project share texts; text 1 has the number of a body.
fn shared() -> SearchIndex {
    let search = SearchIndex::in_memory(DB).unwrap();
    let text = |text_id, project_id, text: &str| TextDoc { text_id, project_id, text: text.to_owned() };
    let mut batch = search.writer().unwrap();
    batch.add_text(text(1, PROJECT, "User input reaches the query"));
    batch.add_text(text(2, PROJECT, "Escape the input"));
    batch.add_text(text(3, 2, "User of another project"));
    batch.add(FindingDoc { text_ids: vec![1, 2], ..doc(1, "Injection in login") });
    batch.add(FindingDoc { text_ids: vec![1], ..doc(2, "Injection in search") });
    batch.commit(1).unwrap();
    let mut batch = search.writer().unwrap();
    batch.add(FindingDoc { text_ids: vec![2], ..doc(3, "Query without limit") });
    batch.add(FindingDoc { text_ids: vec![3], project_id: 2, ..doc(4, "Other") });
    batch.commit(2).unwrap();
    search
}

#[test]
fn shared_texts_count_as_those_of_the_body() {
    let search = shared();
    check(
        &search,
        &[
            ("input", &[1, 2, 3]),
            ("query", &[1, 2, 3]),
            ("login input", &[1]),
            ("reach injec", &[1, 2]),
            ("escape query", &[1, 3]),
            ("\"the query\"", &[1, 2]),
            ("\"escape the input\" search", &NONE),
            // A phrase stands in one text.
            ("\"login user\"", &NONE),
            ("\"query escape\"", &NONE),
            ("injection -escape", &[2]),
            ("-reaches", &[3]),
            ("user", &[1, 2]),
            ("another", &NONE),
        ],
    );
    assert_eq!(found_in(&search, 2, "user"), [4]);
}

#[test]
fn a_removed_text_is_no_body_and_a_removed_body_no_text() {
    let search = shared();
    let mut batch = search.writer().unwrap();
    batch.remove_text(1);
    batch.commit(3).unwrap();
    check(&search, &[("reaches", &NONE), ("injection", &[1, 2]), ("input", &[1, 3])]);
    let mut batch = search.writer().unwrap();
    batch.remove(2);
    batch.remove_text(3);
    batch.add_text(TextDoc { text_id: 3, project_id: 2, text: "again".to_owned() });
    batch.commit(4).unwrap();
    check(&search, &[("injection", &[1]), ("escape", &[1, 3])]);
    assert_eq!(found_in(&search, 2, "again"), [4]);
    assert_eq!(found_in(&search, 2, "user"), NONE);
}
