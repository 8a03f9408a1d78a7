//! Keeps the process small: how the C library's allocator is set up, and when it gives back what is free.
//!
//! Must not know: who used the memory.

/// Bytes from which on a piece of memory is the system's own, given back as soon as it is free. What is smaller is
/// used again: asking the system for the same pages over and over costs more than anything done with them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 32 << 20;

/// Lets threads share as many heaps as there are processors. The C library would make eight times as many,
/// and each keeps for itself what an ingestion left free in it. To be called before threads are started.
pub fn share() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let heaps = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 64);
        #[expect(unsafe_code, reason = "the allocator of the C library has no safe interface")]
        // SAFETY: sets a number inside the allocator, under its own lock.
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, heaps as libc::c_int);
            libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 8 * LARGE);
        }
    }
}

/// Gives freed memory back to the system.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the allocator of the C library has no safe interface")]
    // SAFETY: touches only memory that is free, under the allocator's own locks.
    unsafe {
        libc::malloc_trim(0);
    }
}
