//! Looks many things up at a time, in the pool. Must not know: what is looked up.

use crate::store::StoreError;
use rayon::prelude::*;

/// How many one thread looks up at a time.
const LENGTH: usize = 4_096;

/// What `of` answers for the keys, in their order.
///
/// # Errors
/// The first one that `of` answers.
pub fn in_parts<K: Sync, T: Send>(
    keys: &[K],
    of: impl Fn(&[K]) -> Result<Vec<T>, StoreError> + Sync,
) -> Result<Vec<T>, StoreError> {
    let parts: Vec<Vec<T>> = keys.par_chunks(LENGTH).map(&of).collect::<Result<_, _>>()?;
    Ok(parts.into_iter().flatten().collect())
}
