//! How many connections may be open: as many files as the system lets one process have. Must not know: requests.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that the process needs beside connections: database, index, reports being read.
const OTHERS: u64 = 512;
/// Connections of one worker where the system sets no limit, and the most of all.
const MOST: u64 = 25_000;

/// Asks for as many open files as the system grants, and answers how many connections each of so many workers may
/// hold. More of them wait in the kernel until others end.
pub fn connections_per_worker(workers: usize) -> usize {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: before.maximum, maximum: before.maximum };
    let granted = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => before.maximum,
        Err(_) => before.current,
    };
    share(granted, workers as u64)
}

fn share(files: Option<u64>, workers: u64) -> usize {
    let connections = files.map_or(MOST * workers, |files| files.saturating_sub(OTHERS).max(files / 2));
    usize::try_from((connections / workers.max(1)).clamp(1, MOST)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_rest() {
        assert_eq!(share(Some(20_000), 2), 9_744);
        assert_eq!(share(Some(256), 2), 64);
        assert_eq!(share(Some(1), 2), 1);
        assert_eq!((share(None, 2), share(Some(u64::MAX), 2)), (25_000, 25_000));
    }
}
