//! [`Process`]: a process we watch, by a pidfd, so that no signal ever goes to another one that got its number.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::unistd::Pid;

use crate::sys::process::{Child, Waited, pidfd_open, pidfd_send_signal, reap};

/// A process that may still run.
pub(crate) struct Process {
    pid: Pid,
    pidfd: OwnedFd,
}

impl Process {
    /// Watches a process that runs or is a child of ours not yet reaped.
    pub(crate) fn new(pid: Pid) -> io::Result<Self> {
        Ok(Self { pid, pidfd: pidfd_open(pid)? })
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Reaps it if it has ended. `NotOurs` if it was never our child or has been reaped.
    pub(crate) fn reap(&self) -> Waited {
        reap(Child::This(self.pid), false)
    }

    /// Whether it runs no more, whoever's child it is.
    pub(crate) fn has_ended(&self) -> bool {
        let mut ended = [PollFd::new(self.pidfd.as_fd(), PollFlags::POLLIN)];
        poll(&mut ended, PollTimeout::ZERO).is_ok_and(|count| count > 0)
    }

    /// Signals it; one that has ended already is no error.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.pidfd, signal) {
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            outcome => outcome,
        }
    }

    /// Kills its whole process group, unless that group is not its own world.
    pub(crate) fn kill_group(&self) {
        let group = nix::unistd::getpgid(Some(self.pid));
        let killed = match group {
            Ok(group) if group.as_raw() > 1 && group != nix::unistd::getpgrp() => {
                nix::sys::signal::killpg(group, Signal::SIGKILL).is_ok()
            }
            _ => false,
        };
        if !killed {
            let _ = self.signal(Signal::SIGKILL);
        }
    }
}

impl AsFd for Process {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }
}
