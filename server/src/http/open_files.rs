//! What the files that the system lets one process have open are for: connections, what arrives and goes out by
//! them, and the rest. Must not know: requests.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that the process needs beside connections and what goes over them: database, index, reports being read.
const OTHERS: u64 = 512;
/// Connections of one worker where the system sets no limit, and the most of all.
const MOST: u64 = 25_000;
/// Fewest and most files that may be open for uploads and downloads.
const UNDER_WAY: std::ops::RangeInclusive<u64> = 64..=512;
/// Fewer connections than this are worth a warning.
const FEW: usize = 1_000;

/// What the files are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Connections that each worker may hold. More of them wait in the kernel until others end.
    pub connections_per_worker: usize,
    /// Files of uploads and downloads under way.
    pub under_way: usize,
}

/// Asks for as many open files as the system grants, and shares them out among so many workers.
pub fn shares(workers: usize) -> Shares {
    share(granted(), workers as u64)
}

fn granted() -> Option<u64> {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: before.maximum, maximum: before.maximum };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => before.maximum,
        Err(_) => before.current,
    }
}

/// Says at the start how many connections there may be, loudly when they are few.
pub fn tell(shares: Shares, workers: usize) {
    let connections = shares.connections_per_worker * workers;
    let Shares { under_way, .. } = shares;
    if connections < FEW {
        tracing::warn!(
            connections,
            under_way,
            "the system lets this process have few open files: more connections than these wait; raise the limit (ulimit -n, LimitNOFILE)"
        );
    } else {
        tracing::info!(connections, under_way, "connections and files under way that may be open at a time");
    }
}

fn share(files: Option<u64>, workers: u64) -> Shares {
    let under_way = files.map_or(*UNDER_WAY.end(), |files| (files / 16).clamp(*UNDER_WAY.start(), *UNDER_WAY.end()));
    let connections = files.map_or(MOST * workers, |files| files.saturating_sub(OTHERS + under_way).max(files / 2));
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Shares { connections_per_worker: number((connections / workers.max(1)).clamp(1, MOST)), under_way: number(under_way) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_rest() {
        let numbers = |files| {
            let Shares { connections_per_worker, under_way } = share(files, 2);
            (connections_per_worker, under_way)
        };
        assert_eq!(numbers(Some(20_000)), (9_488, 512));
        assert_eq!(numbers(Some(1_024)), (256, 64));
        assert_eq!(numbers(Some(256)), (64, 64));
        assert_eq!(numbers(Some(1)), (1, 64));
        assert_eq!((numbers(None), numbers(Some(u64::MAX))), ((25_000, 512), (25_000, 512)));
    }
}
