//! Signal numbers, and signals pending for this thread (signal(7), "Signal mask and pending signals").

use libc::c_int;
use nix::sys::signal::{SigSet, Signal};

/// The number of a signal, for calls that also take signals nix has no name for.
pub fn number_of(signal: Signal) -> c_int {
    // The enum takes its discriminants from the kernel's numbers.
    signal as c_int
}

/// Discards all pending signals, so that unblocking delivers none. Safe after a fork: two system calls a signal.
pub fn discard_pending() {
    let all = SigSet::all();
    let immediately = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    loop {
        // SAFETY: sigtimedwait(2) reads the set and the time, which live for the call; with a null pointer it writes
        // no siginfo.
        let signal =
            unsafe { libc::sigtimedwait(all.as_ref(), std::ptr::null_mut(), &raw const immediately) };
        if signal < 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_was_pending_is_not_delivered() {
        // On a thread of its own: no other test shares its mask and pending signals.
        std::thread::spawn(|| {
            let set: SigSet = [Signal::SIGTERM].into_iter().collect();
            set.thread_block().unwrap();
            nix::sys::signal::raise(Signal::SIGTERM).unwrap();
            discard_pending();
            set.thread_unblock().unwrap();
        })
        .join()
        .unwrap();
    }
}
