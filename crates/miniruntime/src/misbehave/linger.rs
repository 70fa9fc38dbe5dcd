//! A leftover child that holds our stdout and stderr open, as hooks and loggers of runtimes do.

use std::thread::sleep;
use std::time::Duration;

use conmon_sys::process::{exit_now, fork_alone};
use nix::unistd::setsid;

use crate::error::{Failure, Step};

/// Forks a process that only sleeps for `duration`.
pub(crate) fn leave_behind(duration: Duration) -> Result<(), Failure> {
    if fork_alone().step("fork")?.is_none() {
        // In its own process group, so that signals to the caller's group do not reach it.
        let _ = setsid();
        sleep(duration);
        exit_now(0);
    }
    Ok(())
}
