//! Signal numbers, and signals pending for this thread (signal(7), "Signal mask and pending signals").

use std::time::Duration;

use libc::c_int;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::time::TimeSpec;

/// The number of a signal, for calls that also take signals nix has no name for.
pub fn number_of(signal: Signal) -> c_int {
    // The enum takes its discriminants from the kernel's numbers.
    signal as c_int
}

/// The set as the kernel has it: signal 1 is bit 0.
pub fn to_bits(set: SigSet) -> u64 {
    set.iter().fold(0, |bits, signal| bits | 1 << (number_of(signal) - 1))
}

/// The opposite of [`to_bits`], without real-time signals, which nix has no names for.
pub fn from_bits(bits: u64) -> SigSet {
    Signal::iterator().filter(|signal| bits & 1 << (number_of(*signal) - 1) != 0).collect()
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

/// Waits for one of these signals, which must be blocked; `None` after `limit`, or if the wait was interrupted.
pub fn wait_for_signal(set: &SigSet, limit: Duration) -> Option<Signal> {
    let limit = TimeSpec::from_duration(limit);
    // SAFETY: as above.
    let signal = unsafe { libc::sigtimedwait(set.as_ref(), std::ptr::null_mut(), limit.as_ref()) };
    Signal::try_from(signal).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_signal_ends_the_wait() {
        std::thread::spawn(|| {
            let set: SigSet = [Signal::SIGTERM].into_iter().collect();
            set.thread_block().unwrap();
            assert_eq!(wait_for_signal(&set, Duration::ZERO), None);
            nix::sys::signal::raise(Signal::SIGTERM).unwrap();
            assert_eq!(wait_for_signal(&set, Duration::from_secs(10)), Some(Signal::SIGTERM));
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_set_survives_as_bits() {
        let set: SigSet = [Signal::SIGHUP, Signal::SIGTERM, Signal::SIGSYS].into_iter().collect();
        assert_eq!(to_bits(set), 1 | 1 << 14 | 1 << 30);
        assert_eq!(from_bits(to_bits(set)), set);
        assert_eq!(from_bits(u64::MAX), SigSet::all().iter().collect());
    }

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
