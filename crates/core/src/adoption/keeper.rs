//! The process that keeps the adopted commands once the container has exited: the monitor itself must exit, because systemd and
//! others wait for it, and the commands are not due yet.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use conmon_sys::fds::close_from_three;
use conmon_sys::process::{Child, Waited, exit_now, fork_alone, pidfd_open, reap};
use conmon_sys::signals::wait_for_signal;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_name;
use nix::sys::signal::Signal;

use super::pending::PendingCommands;
use crate::diagnostics::report::Reporter;
use crate::error::Reason;
use crate::processes::exit_command::WAITING;
use crate::processes::runtime::InheritedState;
use crate::processes::signals::Signals;

/// Interval at which the commands of the monitor are polled: nothing reports their end.
const PAUSE: Duration = Duration::from_millis(100);
/// Longer than any delay; the wait is repeated.
const LONG: Duration = Duration::from_secs(3600);

impl PendingCommands {
    /// Moves the pending commands to a child process. Returns them if there can be none. `hurry` makes all of them due.
    pub(crate) fn move_to_child(
        mut self,
        hurry: bool,
        inherited: &InheritedState,
        reporter: &Reporter,
    ) -> Option<Self> {
        if hurry {
            self.hurry(Instant::now());
        }
        if !self.has_waiting() {
            return None;
        }
        match fork_alone() {
            Ok(Some(_)) => None,
            Ok(None) => {
                close_from_three();
                let _ = set_name(WAITING);
                let others = self.running().filter_map(|pid| pidfd_open(pid).ok()).collect();
                self.disown_running();
                self.keep(others, inherited, reporter);
                exit_now(0)
            }
            Err(error) => {
                let reason = Reason(&error);
                reporter.warn(format_args!("cannot fork for the exit commands of exec sessions: {reason}"));
                Some(self)
            }
        }
    }

    /// Runs all commands and returns when they have ended. SIGTERM, SIGINT or SIGQUIT makes them due immediately.
    pub(crate) fn keep(&mut self, mut others: Vec<OwnedFd>, inherited: &InheritedState, reporter: &Reporter) {
        while !self.is_empty() {
            others.retain(|other| !has_ended(other));
            self.start_due(others.len(), inherited, reporter);
            let pause = if others.is_empty() { LONG } else { PAUSE };
            let next = self.next_start().map(|next| next.saturating_duration_since(Instant::now()));
            let signal = wait_for_signal(&Signals::set(), next.map_or(pause, |next| next.min(pause)));
            if signal.is_some_and(|signal| signal != Signal::SIGCHLD && signal != Signal::SIGUSR1) {
                self.hurry(Instant::now());
            }
            while let Waited::Ended(pid, ended) = reap(Child::Any, false) {
                self.ended(pid, ended, reporter);
            }
        }
    }
}

fn has_ended(process: &OwnedFd) -> bool {
    let mut process = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
    poll(&mut process, PollTimeout::ZERO).is_ok_and(|count| count > 0)
}
