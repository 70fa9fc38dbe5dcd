//! Signals: their numbers, and those that wait for this thread (signal(7), "Signal mask and pending signals").

use libc::c_int;
use nix::sys::signal::{SigSet, Signal};

/// The number of a signal, for calls that also take those that nix has no name for.
pub fn number_of(signal: Signal) -> c_int {
    // The enum takes its discriminants from the kernel's numbers.
    signal as c_int
}

/// Throws away what is pending, so that unblocking delivers none of it. Safe after a fork: two system calls a signal.
pub fn discard_pending() {
    let all = SigSet::all();
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    loop {
        // SAFETY: sigtimedwait(2) reads the set and the time, which live for the call; it writes no information where
        // the pointer is null.
        let signal = unsafe { libc::sigtimedwait(all.as_ref(), std::ptr::null_mut(), &raw const at_once) };
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
        // On a thread of its own, whose mask and pending signals nobody else has.
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
