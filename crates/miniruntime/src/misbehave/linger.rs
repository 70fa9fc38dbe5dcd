//! A child left behind that holds our stdout and stderr open, as hooks and loggers of runtimes do.

use std::thread::sleep;
use std::time::Duration;

use conmon_sys::process::{exit_now, fork_alone};
use nix::unistd::setsid;

use crate::error::{Failure, Step};

/// Forks a process that does nothing but stay for `duration`.
pub(crate) fn leave_behind(duration: Duration) -> Result<(), Failure> {
    if fork_alone().step("fork")?.is_none() {
        // Out of the caller's process group, so that a signal for that group leaves it alone.
        let _ = setsid();
        sleep(duration);
        exit_now(0);
    }
    Ok(())
}
