//! The log in a store in memory: every kind of damage is told with the first event that it broke; lists are
//! filtered and paged. Must not know: HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::verify::{Known, verify};
use super::*;
use crate::domain::account::User;
use crate::domain::audit::{EntityKind, FIRST};
use crate::domain::identity::hex;
use crate::store::audit::{EventPage, Filter, find, head, page, page_behind};
use crate::store::catalog::{AUDIT_BY_NAME, AUDIT_EVENTS, META};
use crate::store::lists::Slice;
use crate::store::{Store, check, damage};

fn at(at: i64) -> By {
    By { user_id: Some(1), means: Some(("session", 4)), address: "10.0.0.1".to_owned(), at, ..By::default() }
}

/// Events 1 to 6 at 100, 200 and so on; users 2 and 3 in turn were blocked.
fn store() -> Store {
    let store = Store::in_memory().unwrap();
    let user = |id: u64| User::new(id, &format!("user-{id}"), "", &format!("{id}@example.test"), 0);
    store
        .write(|wtx| {
            crate::store::meta::take_ids(wtx, crate::store::meta::Sequence::User, 3)?;
            (1..=3).try_for_each(|id| accounts::put_user(wtx, &user(id)))?;
            (1..=6).try_for_each(|n| pass(wtx, &at(n * 100), &Act::on_user(Event::UserBlocked, 2 + n as u64 % 2)))
        })
        .unwrap();
    store
}

fn broken(store: &Store) -> Option<(u64, String)> {
    let found = verify(&store.read().unwrap(), None).unwrap();
    let told = check::check(&store.read().unwrap()).unwrap().problems;
    assert_eq!(found.is_err(), !told.is_empty(), "check-db sees the same: {told:?}");
    found.err().map(|broken| (broken.id, broken.reason))
}

fn key(id: u64) -> Vec<u8> {
    id.to_be_bytes().to_vec()
}

fn swap(store: &Store, id: u64, to: Option<&[u8]>) -> Option<Vec<u8>> {
    store.write(|wtx| damage(wtx, AUDIT_EVENTS, &key(id), to)).unwrap()
}

#[track_caller]
fn assert_broken(store: &Store, id: u64, reason: &str) {
    let found = broken(store).unwrap_or_else(|| panic!("event {id} is broken and nobody sees it"));
    assert!(found.0 == id && found.1.contains(reason), "{found:?}");
}

#[test]
fn what_was_done_is_noted_with_who_and_from_where() {
    let store = store();
    let by = By { behind: Some(3), request_id: "r-1".to_owned(), ..at(700) };
    let act = Act::on_user(Event::UserUpdated, 2)
        .about("Key", 9, "line\nbreak")
        .with("fact", "x".repeat(5_000))
        .with("empty", "")
        .changed("name", "a", "b")
        .changed("email", "same", "same");
    store.write(|wtx| pass(wtx, &by, &act)).unwrap();
    let event = find(&store.read().unwrap(), 7).unwrap().unwrap();
    assert_eq!((event.author_name.as_str(), event.behind_name.as_str(), event.at), ("user-1", "user-3", 700));
    assert_eq!((event.means.as_str(), event.means_id, event.address.as_str()), ("session", 4, "10.0.0.1"));
    assert_eq!((event.entity, event.entity_id, event.entity_path.as_str()), (EntityKind::User, 2, "user-2"));
    assert_eq!(event.target, ("Key".to_owned(), 9, "line break".to_owned()));
    assert_eq!((event.facts.len(), event.facts[0].1.len()), (1, CHARS));
    assert_eq!(event.changes, [("name".to_owned(), "a".to_owned(), "b".to_owned())]);
    store.write(|wtx| pass_changes(wtx, &by, &[Act::on_user(Event::UserUpdated, 2).changed("x", "1", "1")])).unwrap();
    assert_eq!(head(&store.read().unwrap()).unwrap().unwrap().0, 7, "what changed nothing is not noted");
    assert_eq!(broken(&store), None);
}

#[test]
fn an_act_that_fails_leaves_no_note() {
    let store = store();
    let failed: Result<(), StoreError> = store.write(|wtx| {
        pass(wtx, &at(1), &Act::on_user(Event::UserBlocked, 2))?;
        Err(StoreError::Engine("later".to_owned()))
    });
    assert!(failed.is_err());
    assert_eq!(head(&store.read().unwrap()).unwrap().unwrap().0, 6);
}

#[test]
fn times_do_not_go_back_when_the_clock_does() {
    let store = store();
    store.write(|wtx| pass(wtx, &at(5), &Act::on_user(Event::UserBlocked, 2))).unwrap();
    assert_eq!(find(&store.read().unwrap(), 7).unwrap().unwrap().at, 600);
    assert_eq!(broken(&store), None);
}

#[test]
fn a_log_without_events_is_whole() {
    let store = Store::in_memory().unwrap();
    assert_eq!(broken(&store), None);
    assert_eq!(verify(&store.read().unwrap(), None).unwrap(), Ok((0, FIRST)));
}

#[test]
fn what_was_changed_is_named() {
    let store = store();
    let whole = swap(&store, 4, None).unwrap();
    for place in 1..whole.len() {
        let mut other = whole.clone();
        other[place] ^= 1;
        swap(&store, 4, Some(&other));
        let found = verify(&store.read().unwrap(), None).unwrap().unwrap_err();
        assert_eq!(found.id, 4, "byte {place} of {}: {found}", whole.len());
    }
    swap(&store, 4, Some(b"\x01rubbish"));
    assert_broken(&store, 4, "damaged");
    swap(&store, 4, Some(&whole));
    assert_eq!(broken(&store), None);
}

#[test]
fn what_was_removed_is_named() {
    for id in 1..=5 {
        let store = store();
        swap(&store, id, None);
        assert_broken(&store, id, "missing");
    }
}

#[test]
fn an_end_that_was_cut_off_is_seen() {
    let store = store();
    swap(&store, 6, None);
    assert_broken(&store, 6, "there were 6 events");
    swap(&store, 5, None);
    assert_broken(&store, 5, "there were 6 events");
}

#[test]
fn what_was_put_in_or_moved_is_named() {
    let store = store();
    let fourth = swap(&store, 4, None).unwrap();
    let fifth = swap(&store, 5, Some(&fourth)).unwrap();
    swap(&store, 4, Some(&fifth));
    assert_broken(&store, 4, "event 5 stands in its place");
    swap(&store, 4, Some(&fourth));
    swap(&store, 5, Some(&fifth));
    assert_eq!(broken(&store), None);
    swap(&store, 7, Some(&fifth));
    assert_broken(&store, 7, "stands in its place");
    swap(&store, 7, None);
    swap(&store, 0, Some(&fifth));
    assert_broken(&store, 1, "missing");
}

#[test]
fn an_event_that_carries_a_right_hash_of_its_own_breaks_the_next_one() {
    let forge = |id: u64| {
        let store = store();
        let mut event = find(&store.read().unwrap(), id).unwrap().unwrap();
        let before = find(&store.read().unwrap(), id - 1).unwrap().unwrap().hash;
        event.author_id = 2;
        event.hash = event.hash_after(&before);
        store.write(|wtx| crate::store::audit::overwrite(wtx, &event)).unwrap();
        store
    };
    assert_broken(&forge(3), 4, "the hash of the event before it");
    assert_broken(&forge(6), 6, "not the one that was kept");
}

#[test]
fn who_remembers_a_hash_sees_a_log_that_was_written_anew() {
    let store = store();
    let rtx = store.read().unwrap();
    let (count, hash) = verify(&rtx, None).unwrap().unwrap();
    let known = |text: &str| Known::parse(text).unwrap();
    let right = known(&format!("{count}:{}", hex(&hash)));
    assert!(verify(&rtx, Some(&right)).unwrap().is_ok());
    let wrong = verify(&rtx, Some(&known(&format!("3:{}", hex(&hash))))).unwrap().unwrap_err();
    assert_eq!(wrong.to_string(), "event 3: its hash is not the one that you know");
    let short = verify(&rtx, Some(&known(&format!("9:{}", hex(&hash))))).unwrap().unwrap_err();
    assert_eq!(short.id, 7);
    for text in ["", "3", "3:ab", "x:00", &format!("3:{}", "g".repeat(64))] {
        assert!(Known::parse(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_kept_about_the_end_is_needed() {
    let store = store();
    let old = store.write(|wtx| damage(wtx, META, b"audit_head", None)).unwrap();
    assert_broken(&store, 1, "there were 0 events");
    store.write(|wtx| damage(wtx, META, b"audit_head", Some(b"short"))).unwrap();
    assert_broken(&store, 6, "wrong form");
    store.write(|wtx| damage(wtx, META, b"audit_head", old.as_deref())).unwrap();
    assert_eq!(broken(&store), None);
}

#[test]
fn an_index_that_lacks_an_event_is_seen_by_check_db() {
    let store = store();
    let key = [b"user_blocked\0".as_slice(), &key(3)].concat();
    assert!(store.write(|wtx| damage(wtx, AUDIT_BY_NAME, &key, None)).unwrap().is_some());
    let told = check::check(&store.read().unwrap()).unwrap().problems;
    assert_eq!(told, ["audit_events_by_name: 1 rows are not in the index"]);
}

fn ids(page: &EventPage) -> Vec<u64> {
    page.events.iter().map(|event| event.id).collect()
}

#[test]
fn lists_are_narrowed_by_time_author_entity_and_name() {
    let store = store();
    store
        .write(|wtx| {
            pass(wtx, &By::system(700), &Act::on(Event::AuthenticationFailed, Entity::Instance))?;
            pass(wtx, &By { user_id: Some(2), ..at(800) }, &Act::on_user(Event::UserUnblocked, 3))
        })
        .unwrap();
    let rtx = store.read().unwrap();
    let all = Slice { offset: 0, limit: 100, newest_first: false };
    let found = |filter: Filter| {
        let page = page(&rtx, &filter, all).unwrap();
        assert_eq!(page.total, Some(page.events.len() as u64));
        let newest = page_behind(&rtx, &filter, None, true, 100).unwrap();
        assert_eq!(ids(&newest).into_iter().rev().collect::<Vec<_>>(), ids(&page), "both ways of paging say the same");
        ids(&page)
    };
    let blank = Filter::default;
    let name = |word: &str| Some(word.to_owned());
    assert_eq!(found(blank()), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(found(Filter { after: Some(300), before: Some(500), ..blank() }), [3, 4, 5]);
    assert_eq!(found(Filter { after: Some(301), before: Some(499), ..blank() }), [4]);
    assert_eq!(found(Filter { after: Some(801), ..blank() }), Vec::<u64>::new());
    assert_eq!(found(Filter { author: Some(2), ..blank() }), [8]);
    assert_eq!(found(Filter { author: Some(0), ..blank() }), [7]);
    assert_eq!(found(Filter { kind: Some(EntityKind::Instance), ..blank() }), [7]);
    let third = Filter { kind: Some(EntityKind::User), entity: Some(3), ..blank() };
    assert_eq!(found(third.clone()), [1, 3, 5, 8]);
    assert_eq!(found(Filter { name: name("user_unblocked"), ..third.clone() }), [8]);
    assert_eq!(found(Filter { author: Some(1), before: Some(300), ..third }), [1, 3]);
    assert_eq!(found(Filter { name: name("user_blocked"), after: Some(500), ..blank() }), [5, 6]);
    assert_eq!(found(Filter { name: name("user_block"), ..blank() }), Vec::<u64>::new(), "a beginning is no name");
}

#[test]
fn a_walk_by_ids_meets_every_event_once() {
    let store = store();
    let rtx = store.read().unwrap();
    let filter = Filter { kind: Some(EntityKind::User), entity: Some(2), ..Filter::default() };
    let walk = |newest_first| {
        let (mut from, mut seen) = (None, Vec::new());
        loop {
            let page = page_behind(&rtx, &filter, from, newest_first, 1).unwrap();
            assert_eq!(page.total, None);
            seen.extend(ids(&page));
            from = seen.last().copied();
            if !page.more {
                return seen;
            }
        }
    };
    assert_eq!(walk(true), [6, 4, 2]);
    assert_eq!(walk(false), [2, 4, 6]);
    let second = page(&rtx, &filter, Slice { offset: 1, limit: 1, newest_first: true }).unwrap();
    assert_eq!((second.total, ids(&second), second.more), (Some(3), vec![4], true));
}
