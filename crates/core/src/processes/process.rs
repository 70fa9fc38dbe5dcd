//! [`Process`]: a process that may still run; how its exit is detected and how it is signalled.
//!
//! A pidfd (pidfd_open(2), Linux 5.3) does both: epoll reports the end, and a signal cannot reach a later process with
//! the same number. Without a pidfd (an older kernel, a seccomp filter, no free descriptor) the number is used. A child
//! keeps its number until it is reaped, and SIGCHLD reports its end. Any other process is distinguished from a later one
//! by its start time (proc_pid_stat(5)), and its end is polled for.

use std::io;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use conmon_sys::process::{Child, Ended, Waited, is_child, pidfd_ended, pidfd_open, pidfd_send_signal, reap};
use conmon_sys::signals::number_of;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, getpgid, getpgrp, getpid};

use crate::handover::{Descriptors, adopt};
use crate::poll::{Interest, Poll, Token, Watched};
use crate::processes::proc_stat::ProcStat;

/// Most generations between this process and a container.
const MAX_ANCESTORS: usize = 64;

/// How long the parent of a process that has ended may take to reap it, and the interval at which that is checked.
const REAP_PATIENCE: Duration = Duration::from_millis(200);
const REAP_PAUSE: Duration = Duration::from_millis(5);

/// Reported for a container whose exit status nobody knows, because it was not our child: it must not look like success.
pub(crate) const UNKNOWN_STATUS: i32 = 255;

/// A process that may still run.
pub(crate) struct Process {
    pid: Pid,
    handle: Handle,
    token: Token,
    poll: Rc<Poll>,
}

/// What identifies it.
enum Handle {
    /// A pidfd that epoll watches.
    Watched(Watched<OwnedFd>),
    /// Its number, and when it started, if `/proc` could be read: in clock ticks after the start of the system.
    Number(Option<u64>),
}

impl Process {
    /// Watches a process: by a pidfd, or else by its number. One that no longer exists has ended.
    pub(crate) fn watch(pid: Pid, token: Token, poll: &Rc<Poll>) -> Self {
        let handle = match watched_pidfd(pid, token, poll) {
            Some(pidfd) => Handle::Watched(pidfd),
            None => Handle::Number(ProcStat::of(pid).ok().map(|stat| stat.started)),
        };
        Self { pid, handle, token, poll: Rc::clone(poll) }
    }

    /// Watches the process with this number and start time, not a later one with the same number.
    pub(crate) fn watch_started(pid: Pid, started: u64, token: Token, poll: &Rc<Poll>) -> Self {
        let pidfd = watched_pidfd(pid, token, poll);
        // The pidfd refers to the process that has the number now.
        let handle = match pidfd.filter(|_| started_at(pid) == Some(started)) {
            Some(pidfd) => Handle::Watched(pidfd),
            None => Handle::Number(Some(started)),
        };
        Self { pid, handle, token, poll: Rc::clone(poll) }
    }

    /// The descriptor that names it, for a hand-over.
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> Option<RawFd> {
        match &self.handle {
            Handle::Watched(pidfd) => Some(descriptors.add(pidfd)),
            Handle::Number(_) => None,
        }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(pid: Pid, pidfd: Option<RawFd>, token: Token, poll: &Rc<Poll>) -> Self {
        let Some(pidfd) = pidfd.and_then(adopt) else { return Self::watch(pid, token, poll) };
        let mut pidfd = Watched::new(pidfd, token, poll);
        match pidfd.set(Some(Interest::Read)) {
            Ok(()) => Self { pid, handle: Handle::Watched(pidfd), token, poll: Rc::clone(poll) },
            Err(_) => Self::watch(pid, token, poll),
        }
    }

    /// Tries again to open a pidfd, if that failed before.
    pub(crate) fn watch_again(&mut self) {
        let Handle::Number(started) = self.handle else { return };
        let Some(pidfd) = watched_pidfd(self.pid, self.token, &self.poll) else { return };
        // The pidfd refers to the process that has the number now.
        if is_child(self.pid) || started.is_some() && started_at(self.pid) == started {
            self.handle = Handle::Watched(pidfd);
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Whether neither epoll nor SIGCHLD, if that is received, reports its end.
    pub(crate) fn ends_unreported(&self, sigchld: bool) -> bool {
        match &self.handle {
            Handle::Watched(_) => false,
            Handle::Number(_) => !(sigchld && is_child(self.pid)),
        }
    }

    /// Reaps it if it has ended. `NotOurs` if it was never our child or has been reaped.
    pub(crate) fn reap(&self) -> Waited {
        match reap(Child::This(self.pid), false) {
            // A failure of waitpid(2) for another reason must not cost the status.
            Waited::NotOurs if is_child(self.pid) => reap(Child::This(self.pid), false),
            waited => waited,
        }
    }

    /// Whether it has ended, also if it is a child of another process.
    pub(crate) fn has_ended(&self) -> bool {
        match &self.handle {
            Handle::Watched(pidfd) => {
                let mut ended = [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)];
                poll(&mut ended, PollTimeout::ZERO).is_ok_and(|count| count > 0)
            }
            Handle::Number(started) => match ProcStat::of(self.pid) {
                Ok(now) => now.has_ended() || started.is_some_and(|started| started != now.started),
                Err(_) => kill(self.pid, None) == Err(Errno::ESRCH),
            },
        }
    }

    /// How a process ended that is another one's child, if that can be known: from `/proc` while it is a zombie, and from its pidfd once it
    /// has been reaped (Linux 6.15). Blocks for up to [`REAP_PATIENCE`].
    pub(crate) fn ended_elsewhere(&self) -> Option<Ended> {
        let end = Instant::now() + REAP_PATIENCE;
        loop {
            let zombie = ProcStat::of(self.pid).ok();
            let found = zombie.and_then(|stat| stat.ended(self.pid)).or_else(|| match &self.handle {
                Handle::Watched(pidfd) => pidfd_ended(pidfd),
                Handle::Number(_) => None,
            });
            if found.is_some() || zombie.is_none() || Instant::now() >= end {
                return found;
            }
            std::thread::sleep(REAP_PAUSE);
        }
    }

    /// Signals it; not an error if it has exited already.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        let sent = match &self.handle {
            Handle::Watched(pidfd) => pidfd_send_signal(pidfd, number_of(signal)).is_ok(),
            Handle::Number(_) => false,
        };
        // Refused or missing: by number, which is its own for as long as it has not been reaped.
        if sent || !is_child(self.pid) && self.has_ended() {
            return Ok(());
        }
        match kill(self.pid, signal) {
            Err(Errno::ESRCH) => Ok(()),
            sent => sent.map_err(io::Error::from),
        }
    }

    /// Kills it and, if it leads a process group and is our descendant, that group. A wrong number in a pid file must not kill the group of
    /// another process.
    pub(crate) fn kill_group(&self) {
        let leads = getpgid(Some(self.pid)) == Ok(self.pid) && self.pid != getpgrp();
        // If the process still has the number after these checks, they were about this process.
        let killed = leads && is_below_us(self.pid) && self.has_number() && {
            killpg(self.pid, Signal::SIGKILL).is_ok()
        };
        if !killed {
            let _ = self.signal(Signal::SIGKILL);
        }
    }

    fn has_number(&self) -> bool {
        is_child(self.pid) || !self.has_ended()
    }
}

fn watched_pidfd(pid: Pid, token: Token, poll: &Rc<Poll>) -> Option<Watched<OwnedFd>> {
    Watched::reading(pidfd_open(pid).ok()?, token, poll).ok()
}

fn started_at(pid: Pid) -> Option<u64> {
    ProcStat::of(pid).ok().map(|stat| stat.started)
}

/// Whether it is a descendant of this process.
pub(crate) fn is_below_us(pid: Pid) -> bool {
    is_child(pid) || is_below(pid, getpid())
}

/// Whether a process is a descendant of another one.
pub(crate) fn is_below(pid: Pid, ancestor: Pid) -> bool {
    let parent = |pid: &Pid| ProcStat::of(*pid).ok().map(|stat| Pid::from_raw(stat.parent));
    std::iter::successors(Some(pid), parent).skip(1).take(MAX_ANCESTORS).any(|pid| pid == ancestor)
}

#[cfg(test)]
mod tests;
