//! What an index directory goes through: a kill before a commit, another database, damage. It is
//! either as it was committed, or empty and to be rebuilt; never wrong, never an error.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::search::open::whole;
use crate::search::{Opened, RebuildReason};

#[track_caller]
fn ready(dir: &Path) -> (SearchIndex, u64) {
    match SearchIndex::open(dir, DB).unwrap() {
        Opened::Ready(search, seq) => (search, seq),
        Opened::Rebuild(_, reason) => panic!("to be rebuilt: {reason}"),
    }
}

#[track_caller]
fn rebuild(dir: &Path, db_id: [u8; 16]) -> (SearchIndex, RebuildReason) {
    match SearchIndex::open(dir, db_id).unwrap() {
        Opened::Rebuild(search, reason) => (search, reason),
        Opened::Ready(_, seq) => panic!("ready at {seq}"),
    }
}

/// An index of two segments, one with a removed document, committed at 9.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (search, reason) = rebuild(dir.path(), DB);
    assert_eq!(reason, RebuildReason::Missing);
    assert_eq!(search.committed_seq(), 0);
    commit(&search, 8, (1..=5).map(|id| doc(id, "first lot")));
    let mut batch = search.writer().unwrap();
    batch.remove(2);
    batch.add(doc(6, "second lot"));
    batch.commit(9).unwrap();
    dir
}

#[test]
fn a_committed_index_is_ready_at_its_sequence_number() {
    let dir = filled();
    for _ in 0..2 {
        let (search, seq) = ready(dir.path());
        assert_eq!((seq, search.committed_seq()), (9, 9));
        assert_eq!(found(&search, "lot"), [1, 3, 4, 5, 6]);
    }
}

#[test]
fn a_commit_is_searchable_at_once_and_an_open_batch_is_not() {
    let search = in_memory([doc(1, "one")]);
    let mut batch = search.writer().unwrap();
    batch.add(doc(2, "two"));
    batch.remove(1);
    assert_eq!(found(&search, "-absent"), [1]);
    batch.commit(2).unwrap();
    assert_eq!(found(&search, "-absent"), [2]);
    assert_eq!(search.committed_seq(), 2);
}

#[test]
fn a_batch_without_changes_moves_the_sequence_number() {
    let dir = filled();
    let (search, _) = ready(dir.path());
    commit(&search, 12, []);
    drop(search);
    assert_eq!(ready(dir.path()).1, 12);
}

#[test]
fn a_lost_batch_is_gone_and_its_replay_counts_once() {
    let dir = filled();
    for _ in 0..3 {
        let (search, seq) = ready(dir.path());
        assert_eq!(seq, 9);
        let mut batch = search.writer().unwrap();
        // Enough for the indexing threads to be at work.
        (100..400).for_each(|id| batch.add(doc(id, "third lot")));
        batch.remove(1);
        drop(batch);
        // The next batch of the same process must not carry it either.
        commit(&search, 9, []);
        assert_eq!(found(&search, "lot"), [1, 3, 4, 5, 6]);
    }
    let (search, _) = ready(dir.path());
    commit(&search, 10, (100..400).map(|id| doc(id, "third lot")));
    drop(search);
    let (search, seq) = ready(dir.path());
    assert_eq!(seq, 10);
    assert_eq!(found(&search, "third"), (100..400).collect::<Vec<u64>>());
}

#[test]
fn a_commit_cut_off_before_its_last_file_can_be_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let (search, _) = rebuild(dir.path(), DB);
    commit(&search, 9, (1..=3).map(|id| doc(id, "lot")));
    drop(search);
    let remove_one = || {
        let (search, seq) = ready(dir.path());
        assert_eq!(seq, 9);
        let mut batch = search.writer().unwrap();
        batch.remove(2);
        batch.commit(10).unwrap();
        assert_eq!(found(&search, "lot"), [1, 3]);
    };
    // The commit file is written last, so this is how a kill just before it leaves the rest.
    let meta = dir.path().join("meta.json");
    let before = fs::read(&meta).unwrap();
    remove_one();
    fs::write(&meta, before).unwrap();
    remove_one();
    assert_eq!(ready(dir.path()).1, 10);
}

#[test]
fn a_rebuild_cut_off_before_its_commit_starts_again() {
    let dir = tempfile::tempdir().unwrap();
    let (search, _) = rebuild(dir.path(), DB);
    let mut batch = search.writer().unwrap();
    (0..300).for_each(|id| batch.add(doc(id, "lot")));
    drop(batch);
    drop(search);
    let (search, reason) = rebuild(dir.path(), DB);
    assert_eq!(reason, RebuildReason::Missing);
    assert_eq!(found(&search, "lot"), [0; 0]);
}

#[test]
fn another_database_or_schema_wipes_the_index() {
    let dir = filled();
    let (search, reason) = rebuild(dir.path(), [8; 16]);
    assert_eq!(reason, RebuildReason::OtherDatabase);
    assert_eq!(found(&search, "lot"), [0; 0]);
    commit(&search, 1, [doc(1, "new")]);
    drop(search);

    let meta = dir.path().join("meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    let other = text.replace(r#"\"schema\":2"#, r#"\"schema\":1"#);
    assert_ne!(text, other);
    fs::write(&meta, other).unwrap();
    let (_, reason) = rebuild(dir.path(), [8; 16]);
    assert_eq!(reason, RebuildReason::OtherSchema);
}

#[test]
fn recreating_empties_the_index() {
    let dir = filled();
    let search = SearchIndex::recreate(dir.path(), DB).unwrap();
    assert_eq!(found(&search, "lot"), [0; 0]);
    assert_eq!(search.committed_seq(), 0);
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = SearchIndex::open(&file.join("index"), DB).unwrap_err();
    assert!(error.to_string().contains("index"), "{error}");
}

/// Looks at a copy of the filled index after `damage` to each of its files in turn: it is to be
/// rebuilt, or as it was.
fn damage_each_file(damage: impl Fn(&Path, Vec<u8>)) {
    let filled = filled();
    let names = files(filled.path());
    assert!(names.len() > 12, "{names:?}");
    for name in names {
        let dir = tempfile::tempdir().unwrap();
        for file in files(filled.path()) {
            fs::copy(filled.path().join(&file), dir.path().join(&file)).unwrap();
        }
        let file = dir.path().join(&name);
        damage(&file, fs::read(&file).unwrap());
        let as_it_was = is_as_it_was(dir.path());
        assert_eq!(as_it_was, is_lock(&name), "{name:?}");
    }
}

fn is_lock(name: &Path) -> bool {
    name.extension().is_some_and(|it| it == "lock")
}

/// Whether the filled index would be used; what it answers is then right.
fn is_as_it_was(dir: &Path) -> bool {
    let Ok((index, seq)) = whole(dir, DB) else {
        return false;
    };
    assert_eq!(seq, 9);
    let search = SearchIndex::from_index(index, DB, seq).unwrap();
    assert_eq!(found(&search, "lot"), [1, 3, 4, 5, 6]);
    true
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into()).collect();
    names.sort();
    names
}

#[test]
fn a_missing_file_is_noticed() {
    damage_each_file(|file, _| fs::remove_file(file).unwrap());
}

#[test]
fn a_truncated_file_is_noticed() {
    for keep in [0, 5] {
        damage_each_file(|file, bytes| fs::write(file, &bytes[..keep.min(bytes.len())]).unwrap());
    }
    damage_each_file(|file, bytes| fs::write(file, &bytes[..bytes.len() / 2]).unwrap());
    damage_each_file(|file, bytes| fs::write(file, &bytes[..bytes.len().max(2) - 2]).unwrap());
}

#[test]
fn garbage_in_a_file_is_noticed() {
    damage_each_file(|file, bytes| fs::write(file, vec![b'x'; bytes.len().max(1)]).unwrap());
    damage_each_file(|file, bytes| fs::write(file, vec![0; bytes.len() + 9]).unwrap());
}

#[test]
fn one_changed_byte_in_a_segment_is_noticed() {
    damage_each_file(|file, mut bytes| {
        // In the other files a byte may be a blank, which says nothing.
        if file.extension().is_some_and(|it| it != "json") {
            bytes.iter_mut().take(1).for_each(|byte| *byte ^= 0x10);
        } else {
            bytes.clear();
        }
        fs::write(file, bytes).unwrap();
    });
}

#[test]
fn one_changed_byte_in_the_commit_file_is_noticed_or_harmless() {
    let dir = filled();
    let meta = dir.path().join("meta.json");
    let written = fs::read(&meta).unwrap();
    let mut n_noticed = 0;
    for at in (0..written.len()).step_by(3) {
        let mut bytes = written.clone();
        bytes[at] ^= 0x01;
        fs::write(&meta, bytes).unwrap();
        n_noticed += usize::from(!is_as_it_was(dir.path()));
    }
    assert!(n_noticed > 100, "{n_noticed} of {}", written.len());
}

#[test]
fn a_damaged_index_works_after_its_rebuild() {
    let dir = filled();
    let meta = dir.path().join("meta.json");
    fs::write(&meta, "not JSON").unwrap();
    let (search, reason) = rebuild(dir.path(), DB);
    assert!(matches!(reason, RebuildReason::Damaged(_)), "{reason}");
    assert_eq!(found(&search, "lot"), [0; 0]);
    commit(&search, 20, [doc(7, "after")]);
    drop(search);
    let (search, seq) = ready(dir.path());
    assert_eq!((seq, found(&search, "-absent")), (20, vec![7]));
}

#[test]
fn memory_is_released_and_the_writer_comes_back() {
    let search = in_memory([doc(1, "one")]);
    search.release_memory().unwrap();
    search.release_memory().unwrap();
    commit(&search, 2, [doc(2, "two")]);
    assert_eq!(found(&search, "-absent"), [1, 2]);

    let mut batch = search.writer().unwrap();
    batch.add(doc(3, "three"));
    // An open batch keeps its writer.
    search.release_memory().unwrap();
    batch.commit(3).unwrap();
    assert_eq!(found(&search, "-absent"), [1, 2, 3]);
}

#[test]
fn batches_of_several_threads_take_turns() {
    let search = in_memory([]);
    std::thread::scope(|scope| {
        for id in 1..=4 {
            let search = &search;
            scope.spawn(move || commit(search, id, [doc(id, "parallel"), doc(id + 10, "parallel")]));
        }
    });
    assert_eq!(found(&search, "parallel"), [1, 2, 3, 4, 11, 12, 13, 14]);
}

#[test]
fn the_index_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<SearchIndex>();
    shared::<Query>();
    shared::<crate::search::BodySet>();
}
