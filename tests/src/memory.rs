//! Memory of a process, as Linux tells it.
//!
//! Must not know: what the process does.

/// Highest resident memory of a process so far, in KiB (`VmHWM`); `None` when it is gone or the
/// system does not tell.
pub fn peak_kib(pid: u32) -> Option<u64> {
    field(pid, "VmHWM:")
}

/// Resident memory of a process now, in KiB (`VmRSS`).
pub fn resident_kib(pid: u32) -> Option<u64> {
    field(pid, "VmRSS:")
}

/// Makes the memory that a process has now its highest so far; `None` when the system does not let us.
pub fn forget_peak(pid: u32) -> Option<()> {
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").ok()
}

fn field(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_running_process_has_memory() {
        let me = std::process::id();
        assert!(super::peak_kib(me).unwrap() >= super::resident_kib(me).unwrap() / 2);
        assert_eq!(super::peak_kib(0), None);
    }
}
