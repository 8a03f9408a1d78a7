//! What the fuzzers drive (`make fuzz`): one function for each kind of hostile input. Each takes any bytes,
//! and panics only when something is wrong. What they found once is kept as fixtures and read again here.
//!
//! Must not know: which fuzzer. Not part of the program: only of tests and of the feature `fuzz`.

use crate::ingest::fuzz;
use crate::store::row_fuzz;

/// What takes the bytes.
pub type Target = fn(&[u8]);

/// Kinds of hostile input, by the name of their fuzz target.
pub const TARGETS: [(&str, Target); 5] =
    [("report", report), ("gzip", gzip), ("row", row), ("sarif", sarif), ("cyclonedx", cyclonedx)];

/// A report of the type that the first byte picks; the second says whether it is of a branch.
pub fn report(bytes: &[u8]) {
    let [kind, branch, report @ ..] = bytes else { return };
    fuzz::report(*kind, branch % 2 == 1, report);
}

/// A packed file.
pub fn gzip(bytes: &[u8]) {
    fuzz::gzip(bytes);
}

/// A SARIF file.
pub fn sarif(bytes: &[u8]) {
    fuzz::sarif(bytes);
}

/// A CycloneDX file.
pub fn cyclonedx(bytes: &[u8]) {
    fuzz::cyclonedx(bytes);
}

/// A stored row of the kind that the first byte picks.
pub fn row(bytes: &[u8]) {
    let [kind, row @ ..] = bytes else { return };
    row_fuzz::read(*kind, row);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use std::path::Path;

    #[test]
    fn what_the_fuzzers_found_is_answered() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/fuzz");
        for (name, target) in TARGETS {
            let mut inputs = 0;
            for entry in std::fs::read_dir(root.join(name)).unwrap() {
                target(&std::fs::read(entry.unwrap().path()).unwrap());
                inputs += 1;
            }
            assert!(inputs > 0, "{name} has fixtures");
        }
    }
}
