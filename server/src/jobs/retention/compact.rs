//! Makes the database file smaller at the start, when retention left most of it free. Must not know: what was in
//! it.

use crate::store::{Store, StoreError, purge as stored};
use std::time::Instant;

/// A file of at least this size is made smaller when more than half of it is free. In bytes.
const WORTH_COMPACTING: u64 = if cfg!(test) { 2 << 20 } else { 64 << 20 };

/// Makes the database file smaller if the last run of retention left most of it free. Takes about a second
/// per 100 MB that are in use; pages that stay free are used again without it.
///
/// # Errors
/// When the store fails.
pub fn compact(store: &mut Store) -> Result<(), StoreError> {
    let used = stored::runs(&store.read()?)?.iter().find_map(|run| run.database_used_bytes);
    let before = store.file_bytes()?;
    if before < WORTH_COMPACTING || used.is_none_or(|used| used > before / 2) {
        return Ok(());
    }
    tracing::info!(bytes = before, used, "most of the database file is free, it is made smaller before the start goes on");
    let begin = Instant::now();
    store.compact()?;
    tracing::info!(bytes = store.file_bytes()?, seconds = begin.elapsed().as_secs(), "the database file was made smaller");
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

    use super::*;
    use crate::domain::finding::Remediation;
    use crate::domain::retention::RetentionRun;
    use crate::store::{check, records};
    use std::path::Path;

    /// Texts of 20 kB each.
    const TEXTS: u64 = 400;

    fn fix(number: u64) -> Remediation {
        let mut checksum = [0; 32];
        checksum[..8].copy_from_slice(&number.to_be_bytes());
        let diff = format!("{number:08}").repeat(2_500);
        Remediation { id: 0, project_id: 0, summary: format!("fix {number}"), diff, checksum }
    }

    /// Writes the texts and removes all but the first of them; with a run of retention that says what is left.
    pub fn mostly_free(dir: &Path, says: Option<fn(u64) -> u64>) -> Store {
        let store = Store::open(dir, [1; 16], [2; 16]).unwrap();
        store
            .write(|wtx| (1..=TEXTS).try_for_each(|number| records::upsert_remediation(wtx, 7, &fix(number)).map(drop)))
            .unwrap();
        store.write(|wtx| stored::remove_remediations(wtx, &(2..=TEXTS).collect::<Vec<u64>>())).unwrap();
        let used = says.map(|says| says(store.sizes().unwrap().used_bytes));
        let run = RetentionRun { started_at: 8, database_used_bytes: used, ..RetentionRun::default() };
        store.write(|wtx| stored::put_run(wtx, &run)).unwrap();
        store
    }

    #[test]
    fn a_file_that_is_mostly_free_becomes_small_and_keeps_everything() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = mostly_free(dir.path(), Some(|used| used));
        let before = store.file_bytes().unwrap();
        assert!(before > TEXTS * 20_000, "{before}");
        compact(&mut store).unwrap();
        let after = store.file_bytes().unwrap();
        assert!(after < before / 2, "{after} of {before}");
        drop(store);
        let store = Store::open(dir.path(), [1; 16], [2; 16]).unwrap();
        let rtx = store.read().unwrap();
        let kept = records::find_remediation(&rtx, 1).unwrap().expect("what was kept");
        assert_eq!(kept.diff, fix(1).diff);
        assert_eq!((records::find_remediation(&rtx, 2).unwrap(), stored::runs(&rtx).unwrap().len()), (None, 1));
        assert_eq!(check::check(&rtx).unwrap().problems, Vec::<String>::new());
    }

    #[test]
    fn it_stays_as_it_is_unless_retention_said_that_most_is_free() {
        for says in [None, Some((|used| used + (40 << 20)) as fn(u64) -> u64)] {
            let dir = tempfile::tempdir().unwrap();
            let mut store = mostly_free(dir.path(), says);
            let before = store.file_bytes().unwrap();
            compact(&mut store).unwrap();
            assert_eq!(store.file_bytes().unwrap(), before);
        }
        let dir = tempfile::tempdir().unwrap();
        let mut small = Store::open(dir.path(), [1; 16], [2; 16]).unwrap();
        let run = RetentionRun { started_at: 8, database_used_bytes: Some(1), ..RetentionRun::default() };
        small.write(|wtx| stored::put_run(wtx, &run)).unwrap();
        let before = small.file_bytes().unwrap();
        assert!(before < WORTH_COMPACTING, "{before}");
        compact(&mut small).unwrap();
        assert_eq!(small.file_bytes().unwrap(), before, "not worth it");
    }
}
