//! Paths that a group or project had before: who asks for one is told where it is now. Must not know: who may see
//! what, how an answer tells it.
//!
//! An old path is free: what takes it anew ends the way on from it, and from every path below it.

use super::catalog::{REDIRECTS, REDIRECTS_BY_TARGET};
use super::key::{folded, id_at};
use super::members::source_key;
use super::meta::{Sequence, take_id};
use super::{Reads, StoreError, WriteTx, prefixed, value};
use crate::domain::member::Source;
use std::ops::ControlFlow;

/// Most old paths of one group or project; the oldest is forgotten beyond.
const MOST: usize = 50;

/// What had a path before, any case.
///
/// # Errors
/// When it can't be read.
pub fn find(tx: &impl Reads, path: &str) -> Result<Option<Source>, StoreError> {
    value(tx, REDIRECTS, folded(path))?.map(|bytes| target(&bytes)).transpose()
}

/// Reads a value: kind, id, number.
pub(super) fn target(bytes: &[u8]) -> Result<Source, StoreError> {
    let kind = bytes.first().copied().filter(|_| bytes.len() == 17);
    let damaged = || StoreError::Damaged { table: REDIRECTS.name, reason: format!("{} bytes that name nothing", bytes.len()) };
    kind.and_then(|kind| Source::of(kind, id_at(bytes, 1))).ok_or_else(damaged)
}

/// From a path on, one finds something that had it before.
pub(super) fn put(wtx: &mut WriteTx, path: &str, to: Source) -> Result<(), StoreError> {
    let number = take_id(wtx, Sequence::Redirect)?;
    let (path, key) = (folded(path), source_key(to).then_id(number).done());
    wtx.put(REDIRECTS_BY_TARGET, key.clone(), &path)?;
    wtx.put(REDIRECTS, path, &key)?;
    let known = of(wtx, to)?;
    known.iter().take(known.len().saturating_sub(MOST)).try_for_each(|(key, path)| remove(wtx, key, path))
}

/// Ends the ways on from a path that something has now, and from all below it.
pub(super) fn free(wtx: &mut WriteTx, path: &str) -> Result<(), StoreError> {
    let mut ended: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let own = folded(path);
    let below = [own.as_slice(), b"/"].concat();
    if let Some(key) = value(wtx, REDIRECTS, own.clone())? {
        ended.push((key, own));
    }
    prefixed(wtx, REDIRECTS, &below, &mut |path, key| {
        ended.push((key.to_vec(), path.to_vec()));
        Ok(ControlFlow::Continue(()))
    })?;
    ended.iter().try_for_each(|(key, path)| remove(wtx, key, path))
}

/// Ends all ways to something that goes.
pub(super) fn forget(wtx: &mut WriteTx, to: Source) -> Result<(), StoreError> {
    of(wtx, to)?.iter().try_for_each(|(key, path)| remove(wtx, key, path))
}

/// Key in the index of old paths, and the path.
type OldPath = (Vec<u8>, Vec<u8>);

/// Old paths of something, the oldest first.
fn of(tx: &impl Reads, to: Source) -> Result<Vec<OldPath>, StoreError> {
    let mut known = Vec::new();
    prefixed(tx, REDIRECTS_BY_TARGET, &source_key(to).done(), &mut |key, path| {
        known.push((key.to_vec(), path.to_vec()));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(known)
}

fn remove(wtx: &mut WriteTx, key: &[u8], path: &[u8]) -> Result<(), StoreError> {
    wtx.remove(REDIRECTS_BY_TARGET, key)?;
    wtx.remove(REDIRECTS, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::domain::project::{Namespace, Project};
    use crate::store::{Store, check, projects, sample};

    fn found(store: &Store, path: &str) -> Option<Source> {
        find(&store.read().unwrap(), path).unwrap()
    }

    /// Group 2 and its project get a path, as a rename of the group gives it to them.
    fn rename(store: &Store, path: &str) {
        let group = projects::find_namespace(&store.read().unwrap(), 2).unwrap().unwrap();
        let project = projects::find_project(&store.read().unwrap(), sample::PROJECT).unwrap().unwrap();
        let full_path = format!("Acme/{path}");
        let in_it = format!("{full_path}/{}", project.path);
        store
            .write(|wtx| {
                projects::put_namespace(wtx, &Namespace { path: path.to_owned(), full_path, ..group })?;
                projects::put_project(wtx, &Project { full_path: in_it, ..project })
            })
            .unwrap();
        assert_eq!(check::check(&store.read().unwrap()).unwrap().problems, Vec::<String>::new());
    }

    #[test]
    fn old_paths_lead_on_until_something_takes_them() {
        let store = sample::store();
        let project = projects::find_project(&store.read().unwrap(), sample::PROJECT).unwrap().unwrap();
        rename(&store, "a");
        rename(&store, "b");
        for path in ["acme/WEB", "Acme/a"] {
            assert_eq!(found(&store, path), Some(Source::Group(2)), "{path}");
        }
        for path in [&project.full_path, &format!("Acme/a/{}", project.path)] {
            assert_eq!(found(&store, path), Some(Source::Project(sample::PROJECT)), "{path}");
        }
        rename(&store, "A");
        assert_eq!(found(&store, "Acme/a"), None, "back again, only the case is another");
        assert_eq!(found(&store, &format!("Acme/a/{}", project.path)), None);
        assert_eq!(found(&store, "Acme/b"), Some(Source::Group(2)));
        let other =
            Namespace { id: 1, parent_id: None, path: "Acme".to_owned(), full_path: "Acme".to_owned(), ..sample::namespace() };
        store.write(|wtx| projects::put_namespace(wtx, &other)).unwrap();
        assert_eq!(found(&store, "Acme/b"), Some(Source::Group(2)), "what has its path already takes none");
        let other = Namespace { id: 3, parent_id: Some(1), path: "web".to_owned(), full_path: "Acme/web".to_owned(), ..other };
        store.write(|wtx| take_id(wtx, Sequence::Namespace).and_then(|_| projects::put_namespace(wtx, &other))).unwrap();
        assert_eq!((found(&store, "Acme/web"), found(&store, &project.full_path)), (None, None), "below a taken path too");
        assert_eq!(check::check(&store.read().unwrap()).unwrap().problems, Vec::<String>::new());
    }

    #[test]
    fn what_goes_is_found_no_more_and_old_paths_are_bounded() {
        let store = sample::store();
        (0..MOST + 5).for_each(|n| rename(&store, &format!("n{n}")));
        assert_eq!(
            (found(&store, "Acme/n3"), found(&store, "Acme/n4")),
            (None, Some(Source::Group(2))),
            "the oldest are forgotten"
        );
        let project = projects::find_project(&store.read().unwrap(), sample::PROJECT).unwrap().unwrap();
        let old = format!("Acme/n9/{}", project.path);
        assert_eq!(found(&store, &old), Some(Source::Project(sample::PROJECT)));
        store.write(|wtx| projects::put_project(wtx, &Project { deleted_at: Some(1), ..project })).unwrap();
        assert_eq!(found(&store, &old), None);
        assert_eq!(check::check(&store.read().unwrap()).unwrap().problems, Vec::<String>::new());
    }
}
