//! The command that the manager wants run when the container has ended (Podman: `podman container cleanup`).
//!
//! Without it the container is never cleaned up, so its start is retried after transient failures. A limit on processes
//! (`RLIMIT_NPROC`, `pids.max`) may be reached because of the same user's other containers.

use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::time::{Duration, Instant};

use conmon_sys::environment::Environment;
use conmon_sys::fds::close_from_three;
use conmon_sys::hibernate::{Sleeper, Until, hibernate};
use conmon_sys::process::{Child, EXECUTE_FAILED, Ended, Image, Waited, exit_now, fork, fork_alone, reap};
use conmon_sys::signals::discard_pending;
use nix::sys::prctl::set_name;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};
use nix::unistd::{Pid, chdir};

use crate::adoption::Document;
use crate::backoff::{Backoff, in_a_row, is_transient, retry_for};
use crate::diagnostics::report::Reporter;
use crate::error::Reason;
use crate::guardian::Shelf;
use crate::plan::{Bytes, ExitCommandPlan};
use crate::private_socket::{ADOPTION_PATIENCE, Failure, adopt_exit_command};
use crate::processes::runtime::{InheritedState, restore, restore_all_but_mask};

/// How long each step of the start is retried: the fork by the monitor, and execve(2) by the child.
const PATIENCE: Duration = Duration::from_secs(60);
/// Before a command is offered again; doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Name (`PR_SET_NAME`) of a process that has finished monitoring and only waits to run exit commands.
pub(crate) const WAITING: &CStr = c"conmon-exit";

/// The command, from before its start to its end.
pub(crate) struct ExitCommand {
    plan: ExitCommandPlan,
    /// Whether this process may reap all its children.
    alone: bool,
    state: State,
}

enum State {
    /// Not started yet.
    Pending(Backoff),
    /// Its child sleeps through the delay, or has become the command.
    Running(Pid),
    /// Nobody waits for it: it is given to an adopter once everything else is done.
    Last { due: Instant },
    /// It has ended, or could not be started.
    Over,
}

impl ExitCommand {
    pub(crate) fn new(plan: ExitCommandPlan, alone: bool) -> Self {
        Self { plan, alone, state: State::Pending(Backoff::for_step()) }
    }

    /// Starts it and waits for its end.
    pub(crate) fn run(mut self, claim: Option<&Shelf>, inherited: &InheritedState, reporter: &Reporter) {
        while self.is_pending() {
            self.start(claim, inherited, reporter);
            self.sleep();
        }
        self.finish(inherited, reporter);
    }

    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.state, State::Pending(_))
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// Whether there is something to wait for.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.state, State::Pending(_) | State::Running(_))
    }

    /// When its start is to be tried again, if it has failed.
    pub(crate) fn next_try(&self) -> Option<Instant> {
        match &self.state {
            State::Pending(backoff) => backoff.next_try(),
            State::Running(_) | State::Last { .. } | State::Over => None,
        }
    }

    /// Starts it, unless it has been started or a pause is not over. With a claim (see [`crate::guardian`]), only the process that gets the
    /// claim executes it.
    pub(crate) fn start(&mut self, claim: Option<&Shelf>, inherited: &InheritedState, reporter: &Reporter) {
        let State::Pending(backoff) = &mut self.state else { return };
        let now = Instant::now();
        if self.plan.adopter.is_some() {
            let delay = Duration::from_secs(u64::from(self.plan.delay_seconds));
            self.state = State::Last { due: now + delay };
        } else if backoff.is_due(now) {
            let argv: Vec<_> = self.plan.argv.iter().map(Bytes::as_c_str).collect();
            let environment = &Environment::inherit();
            let delay = self.plan.delay_seconds;
            let command = ChildCommand { argv: &argv, environment, directory: None, delay, claim };
            match start(&command, backoff, inherited, reporter) {
                Started::Running(pid) => self.state = State::Running(pid),
                Started::Later => {}
                Started::Never => self.state = State::Over,
            }
        }
    }

    /// Waits for its end. With an adopter it gives the command away or, if that is not possible, leaves it to a
    /// child, and does not wait.
    pub(crate) fn finish(&mut self, inherited: &InheritedState, reporter: &Reporter) {
        if let State::Last { due } = self.state {
            match self.give_away(due, ADOPTION_PATIENCE) {
                Ok(()) => self.state = State::Over,
                Err(failure) => {
                    reporter.debug(format_args!(
                        "the container's monitor does not run the exit command: {failure}"
                    ));
                    self.leave_to_child(&failure, due, inherited, reporter);
                }
            }
        }
        self.wait(true, reporter);
    }

    fn give_away(&self, due: Instant, patience: Duration) -> Result<(), Failure> {
        let adopter = self.plan.adopter.as_ref().ok_or_else(|| Failure::Final("there is none".to_owned()))?;
        let environment = Environment::inherit();
        let directory = working_directory().map_err(|error| Failure::Final(error.to_string()))?;
        let document = Document {
            environment: environment.strings().collect(),
            argv: self.plan.argv.iter().map(Bytes::as_c_str).collect(),
            directory: &directory,
        };
        let delay = due.saturating_duration_since(Instant::now());
        adopt_exit_command(&document, delay, adopter.as_path(), patience)
    }

    /// Offers the command again until it is adopted, refused or due. On a machine without time for the container's monitor there would
    /// otherwise be more commands at a time than that one allows. Does not return if it is adopted.
    fn keep_offering(&self, due: Instant) {
        let left = || due.saturating_duration_since(Instant::now());
        let mut pause = FIRST_PAUSE;
        while pause < left() {
            std::thread::sleep(pause);
            match self.give_away(due, ADOPTION_PATIENCE.min(left())) {
                Ok(()) => exit_now(0),
                Err(Failure::Final(_)) => return,
                Err(Failure::NoAnswer(_)) => pause *= 2,
            }
        }
    }

    /// Leaves the command to a child, which sleeps with as little memory as possible. If there can be no child, this process
    /// does that itself.
    fn leave_to_child(
        &mut self,
        failure: &Failure,
        due: Instant,
        inherited: &InheritedState,
        reporter: &Reporter,
    ) {
        match in_a_row(fork_alone) {
            Ok(Some(_)) => self.state = State::Over,
            Ok(None) => self.become_command(failure, due, inherited),
            Err(error) => {
                let reason = Reason(&error);
                reporter.warn(format_args!(
                    "cannot fork for the exit command: {reason}; it runs in this process"
                ));
                self.become_command(failure, due, inherited);
            }
        }
    }

    fn become_command(&self, failure: &Failure, due: Instant, inherited: &InheritedState) -> ! {
        let argv: Vec<_> = self.plan.argv.iter().map(Bytes::as_c_str).collect();
        let environment = Environment::inherit();
        let _ = SigSet::all().thread_set_mask();
        restore_all_but_mask(inherited);
        close_from_three();
        let _ = set_name(WAITING);
        if matches!(failure, Failure::NoAnswer(_)) {
            self.keep_offering(due);
        }
        let left = || due.saturating_duration_since(Instant::now());
        if let Some(program) = argv.first() {
            let (until, mask) = (Until::Delay(left()), inherited.signals);
            // It returns if the memory cannot be released, as without /proc.
            let _ = hibernate(&Sleeper {
                program,
                argv: &argv,
                environment: &environment,
                until,
                mask,
                shows_arguments: false,
            });
        }
        std::thread::sleep(left());
        if let Ok(image) = Image::new(&argv) {
            execute(&image, &environment, inherited);
        }
        exit_now(EXECUTE_FAILED)
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

fn working_directory() -> io::Result<CString> {
    Ok(CString::new(std::env::current_dir()?.into_os_string().into_vec())?)
}

/// What a child executes.
pub(crate) struct ChildCommand<'a> {
    /// The argument vector; the first element is the path of the program.
    pub(crate) argv: &'a [&'a CStr],
    pub(crate) environment: &'a Environment<'a>,
    /// Working directory; if it is gone, or `None`: that of this process.
    pub(crate) directory: Option<&'a CStr>,
    /// Seconds to wait before.
    pub(crate) delay: u32,
    /// Nothing is executed if another process has claimed that.
    pub(crate) claim: Option<&'a Shelf>,
}

/// The result of an attempt to start an exit command.
pub(crate) enum Started {
    Running(Pid),
    /// It failed, and is to be retried when the pause of `backoff` is over.
    Later,
    /// It cannot be started.
    Never,
}

/// Tries to start an exit command. Failures are noted in `backoff`.
pub(crate) fn start(
    command: &ChildCommand<'_>,
    backoff: &mut Backoff,
    inherited: &InheritedState,
    reporter: &Reporter,
) -> Started {
    let error = match in_a_row(|| spawn(command, inherited)) {
        Ok(pid) => return Started::Running(pid),
        Err(error) => error,
    };
    let (first, now, reason) = (!backoff.is_failing(), Instant::now(), Reason(&error));
    backoff.failed(now);
    if !is_transient(&error) || backoff.failing_for(now) >= PATIENCE {
        reporter.error(format_args!("cannot start the exit command: {reason}"));
        return Started::Never;
    }
    if first {
        reporter.warn(format_args!("cannot start the exit command: {reason}; trying again"));
    }
    Started::Later
}

/// Starts the child that sleeps through the delay and then becomes the command. It keeps no descriptor of the monitor
/// but the standard streams. Signals do not reach it before it is the command: they are meant for a container that has
/// ended.
fn spawn(command: &ChildCommand<'_>, inherited: &InheritedState) -> io::Result<Pid> {
    let image = Image::new(command.argv)?;
    let (all, mut before) = (SigSet::all(), SigSet::empty());
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&all), Some(&mut before))?;
    let pid = fork(|| {
        // Only system calls on memory prepared above: see `fork`.
        if command.claim.is_some_and(|shelf| !shelf.claim()) {
            exit_now(0);
        }
        close_from_three();
        if let Some(directory) = command.directory {
            let _ = chdir(directory);
        }
        sleep(command.delay);
        execute(&image, command.environment, inherited);
    });
    before.thread_set_mask()?;
    pid
}

/// Becomes the command; returns if that fails for a minute. Makes only system calls, for a child after a fork.
fn execute(image: &Image<'_>, environment: &Environment<'_>, inherited: &InheritedState) {
    let _ = retry_for(PATIENCE, || -> io::Result<()> {
        discard_pending();
        restore(inherited);
        let error = image.execute(environment);
        let _ = SigSet::all().thread_set_mask();
        Err(error)
    });
}

fn sleep(seconds: u32) {
    let mut left = seconds;
    while left > 0 {
        // Returns the seconds left if it was interrupted (sleep(3)).
        left = nix::unistd::sleep(left);
    }
}

/// How the command failed, if it did.
pub(crate) fn describe_failure(ended: Ended) -> Option<String> {
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
