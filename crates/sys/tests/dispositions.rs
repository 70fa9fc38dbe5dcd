//! Dispositions belong to the process: one test, in a process of its own.

#![expect(clippy::tests_outside_test_module, clippy::unwrap_used, reason = "the whole file is a test module")]

use conmon_sys::disposition::{DefaultActions, IgnoredSignals, keep_ended_children, reset_all};
use nix::sys::signal::Signal::{self, SIGCHLD, SIGPIPE, SIGXFSZ};

/// Which of SIGPIPE, SIGXFSZ and SIGCHLD this process ignores: proc(5), `SigIgn`.
fn ignored() -> [bool; 3] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:\t")).unwrap();
    let mask = u64::from_str_radix(mask, 16).unwrap();
    [SIGPIPE, SIGXFSZ, SIGCHLD].map(|signal: Signal| mask & (1 << (signal as i32 - 1)) != 0)
}

#[test]
fn what_the_caller_ignored_is_recorded_and_restored() {
    let caller = IgnoredSignals::from_array([true, false, true]);
    caller.restore();
    caller.restore_child();
    assert_eq!(ignored(), [true, false, true]);

    let found = IgnoredSignals::replace();
    assert_eq!(found, caller);
    assert_eq!(found.to_array(), [true, false, true]);
    assert_eq!(ignored(), [true, true, false], "failing writes return errors, and ended children wait");

    found.restore();
    assert_eq!(ignored(), [true, false, false], "the exit command gets SIGCHLD's default action");
    found.restore_child();
    assert_eq!(ignored(), [true, false, true]);

    keep_ended_children();
    assert_eq!(ignored(), [true, false, false]);

    let defaults = DefaultActions::set(&[SIGPIPE, SIGXFSZ]);
    assert_eq!(ignored(), [false; 3]);
    defaults.undo();
    assert_eq!(ignored(), [true, false, false]);

    reset_all();
    assert_eq!(ignored(), [false; 3]);
}
