//! The command that the manager wants run when the container has ended (Podman: `podman container cleanup`).
//!
//! Without it the container is never cleaned up, so its start is tried again while the reason of a failure may pass. A
//! limit on processes (`RLIMIT_NPROC`, `pids.max`) counts those of the same user's other containers, too.

use std::io;
use std::time::{Duration, Instant};

use conmon_sys::environment::Environment;
use conmon_sys::fds::close_from_three;
use conmon_sys::process::{Child, EXECUTE_FAILED, Ended, Image, Waited, fork, reap};
use conmon_sys::signals::discard_pending;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::unistd::Pid;

use crate::backoff::{Backoff, for_at_most, in_a_row, may_pass};
use crate::diagnostics::report::Reporter;
use crate::error::Reason;
use crate::plan::{Bytes, ExitCommandPlan};
use crate::processes::runtime::{InheritedState, restore};

/// How long the start is tried: the fork by the monitor, and `execve` by the child.
const PATIENCE: Duration = Duration::from_secs(60);

/// The command, from before its start to its end.
pub(crate) struct ExitCommand {
    plan: ExitCommandPlan,
    /// All children of this process are ours to reap.
    alone: bool,
    state: State,
}

enum State {
    /// Not started yet.
    Pending(Backoff),
    /// Its child sleeps through the delay, or has become the command.
    Running(Pid),
    /// It has ended, or could not be started.
    Over,
}

impl ExitCommand {
    pub(crate) fn new(plan: ExitCommandPlan, alone: bool) -> Self {
        Self { plan, alone, state: State::Pending(Backoff::for_step()) }
    }

    /// Starts it and waits for its end.
    pub(crate) fn run(mut self, inherited: &InheritedState, reporter: &Reporter) {
        while self.is_pending() {
            self.start(inherited, reporter);
            self.sleep();
        }
        self.wait(true, reporter);
    }

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.state, State::Pending(_))
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// When its start is to be tried again, if it has failed.
    pub(crate) fn next_try(&self) -> Option<Instant> {
        match &self.state {
            State::Pending(backoff) => backoff.next_try(),
            State::Running(_) | State::Over => None,
        }
    }

    /// Starts it unless that has been done or must wait.
    pub(crate) fn start(&mut self, inherited: &InheritedState, reporter: &Reporter) {
        let State::Pending(backoff) = &mut self.state else { return };
        let now = Instant::now();
        if !backoff.is_due(now) {
            return;
        }
        match in_a_row(|| spawn(&self.plan, inherited)) {
            Ok(pid) => self.state = State::Running(pid),
            Err(error) => {
                let first = !backoff.is_failing();
                backoff.failed(now);
                let reason = Reason(&error);
                let over = !may_pass(&error) || backoff.failing_for(now) >= PATIENCE;
                if over {
                    reporter.error(format_args!("cannot start the exit command: {reason}"));
                    self.state = State::Over;
                } else if first {
                    reporter.warn(format_args!("cannot start the exit command: {reason}; trying again"));
                }
            }
        }
    }

    fn sleep(&self) {
        if let State::Pending(backoff) = &self.state {
            backoff.sleep();
        }
    }

    /// Reaps it if it has ended; with `block`, waits until it has. Reaps other children meanwhile, if they are ours.
    ///
    /// A failure is a warning and nothing else: the monitor's own status is the container's, because systemd judges a
    /// unit by it and ends a pending `podman container cleanup` with SIGTERM whenever the unit is stopped.
    pub(crate) fn wait(&mut self, block: bool, reporter: &Reporter) {
        let State::Running(own) = self.state else { return };
        let child = if self.alone { Child::Any } else { Child::This(own) };
        let ended = loop {
            match reap(child, block) {
                Waited::Ended(pid, ended) if pid == own => break Some(ended),
                Waited::Ended(..) => {}
                Waited::None => return,
                Waited::NotOurs => break None,
            }
        };
        if let Some(failure) = ended.and_then(describe_failure) {
            let program = self.plan.argv.first().map_or_else(String::new, Bytes::to_string);
            reporter.warn(format_args!("the exit command {program}: {failure}"));
        }
        self.state = State::Over;
    }
}

/// Starts the child that sleeps through the delay and then becomes the command. It keeps no descriptor of ours but the
/// standard streams. Signals do not reach it before it is the command: they are meant for a container that has ended.
fn spawn(plan: &ExitCommandPlan, inherited: &InheritedState) -> io::Result<Pid> {
    let argv: Vec<_> = plan.argv.iter().map(Bytes::as_c_str).collect();
    let image = Image::new(&argv)?;
    let environment = Environment::inherit();
    let (all, mut before) = (SigSet::all(), SigSet::empty());
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&all), Some(&mut before))?;
    let pid = fork(|| {
        // Only system calls on memory prepared above: see `fork`.
        close_from_three();
        sleep(plan.delay_seconds);
        let _ = for_at_most(PATIENCE, || -> io::Result<()> {
            discard_pending();
            restore(inherited);
            let error = image.execute(&environment);
            let _ = all.thread_set_mask();
            Err(error)
        });
    });
    before.thread_set_mask()?;
    pid
}

fn sleep(seconds: u32) {
    let mut left = seconds;
    while left > 0 {
        // Interrupted: says how much was left.
        left = nix::unistd::sleep(left);
    }
}

/// How the command failed, if it did.
fn describe_failure(ended: Ended) -> Option<String> {
    let ended_by = |code: i32| code.checked_sub(128).and_then(|number| Signal::try_from(number).ok());
    match ended {
        Ended::Exited(0) => None,
        Ended::Exited(EXECUTE_FAILED) => {
            Some(format!("cannot be executed, or exited with status {EXECUTE_FAILED}"))
        }
        Ended::Exited(code) => Some(match ended_by(code) {
            Some(signal) => format!("exited with status {code}, probably ended by {signal}"),
            None => format!("exited with status {code}"),
        }),
        Ended::Killed(signal) => Some(format!("killed by signal {signal}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failure_is_described() {
        assert_eq!(describe_failure(Ended::Exited(0)), None);
        for (ended, text) in [
            (Ended::Exited(9), "exited with status 9"),
            (Ended::Exited(143), "exited with status 143, probably ended by SIGTERM"),
            (Ended::Exited(255), "exited with status 255"),
            (Ended::Exited(127), "cannot be executed, or exited with status 127"),
            (Ended::Killed(9), "killed by signal 9"),
        ] {
            assert_eq!(describe_failure(ended).as_deref(), Some(text));
        }
    }
}
