//! A child left behind that holds our stdout and stderr open, as hooks and loggers of runtimes do.

use std::thread::sleep;
use std::time::Duration;

use nix::unistd::setsid;

use crate::error::{Failure, Step};
use crate::sys;

/// Forks a process that does nothing but stay for `duration`.
pub(crate) fn leave_behind(duration: Duration) -> Result<(), Failure> {
    if sys::fork().step("fork")?.is_child() {
        // Out of the caller's process group, so that a signal for that group leaves it alone.
        let _ = setsid();
        sleep(duration);
        sys::exit_now(0);
    }
    Ok(())
}
