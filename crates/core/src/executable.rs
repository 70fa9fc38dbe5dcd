//! What the executable does with the planner's answer: the process that a manager starts, and the monitor that it forks.
//!
//! Managers rely on the order: logs are opened first, because the caller still reads our stderr; nothing is forked before the start
//! pipe has been read, so that the manager can move this pid to a cgroup that all others then inherit; the parent exits as soon as
//! it has written the monitor's pid.

mod again;

use std::io::Write;
use std::os::fd::RawFd;
use std::time::Duration;

pub use again::{continue_guarded, rescue, resume};
pub use conmon_sys::disposition::IgnoredSignals;
use conmon_sys::fds::{adopt, open_numbers, wait_for_bytes};
use conmon_sys::process::{exit_now, fork_alone};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::stat::{Mode as FileMode, umask};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, getpid, setsid};

use crate::backoff::retry_for;
use crate::container_io::stdio::null;
use crate::diagnostics::report::{Reporter, send_to_syslog};
use crate::diagnostics::severity;
use crate::error::{Error, Reason, Step};
use crate::files::atomic_file::AtomicFile;
pub use crate::guardian::GuardianCall;
use crate::guardian::{self, Progress, Shelf};
pub use crate::handover::StateDocument;
use crate::log::Background;
use crate::manager::pipe::ManagerPipe;
use crate::manager::sync_pipe::ManagerPipes;
use crate::plan::{MONITOR_FAILED, Plan, Refusal};
use crate::poll::Token;
use crate::processes::exit_command::ExitCommand;
use crate::processes::oom_score::spare_this_process;
use crate::processes::runtime::InheritedState;
use crate::processes::signals::Signals;
pub use crate::rescue::RescueCall;
use crate::session::{Components, Guardian, Host, InitialComponents, Session, Unstarted};

const FAILURE: u8 = 1;
pub(crate) const MONITOR_PIDFILE_MODE: u32 = 0o644;
/// How long the start retries a full file system or a full pipe. The manager waits for the parent's exit meanwhile.
const START_PATIENCE: Duration = Duration::from_secs(1);
/// How long the monitor waits for a manager to read the reason of a failed start.
const PIPE_PATIENCE: Duration = Duration::from_secs(10);

/// Makes this process independent of the signal dispositions of its caller; to be called first. Returns what is restored for the
/// runtime.
#[must_use]
pub fn begin() -> IgnoredSignals {
    IgnoredSignals::replace()
}

/// Reports to the user, syslog and waiting managers why a command line cannot be executed, in a process that has called [`begin`].
/// Returns its exit status.
pub fn refuse(refusal: &Refusal) -> u8 {
    // A failed write to stderr cannot be reported anywhere.
    let _ = std::io::stderr().write_all(refusal.stderr.as_bytes());
    if let Some(message) = &refusal.syslog {
        send_to_syslog(severity::ERROR, &message.to_string());
    }
    for reply in &refusal.replies {
        let mut pipe = ManagerPipe::new(adopt(reply.fd).ok(), Token::SyncPipe);
        pipe.send(reply.line.as_bytes().to_vec());
        pipe.flush_within(START_PATIENCE);
    }
    refusal.status
}

/// Executes a plan in this process, which has called [`begin`] and must have no other thread. Returns its exit status: at the end of
/// the container if the monitor stays the caller's child (`--sync`), otherwise as soon as the monitor has been forked.
pub fn run(plan: Box<Plan>, ignored: IgnoredSignals) -> u8 {
    let reporter = Reporter::new(&plan.diagnostics, plan.cid.as_bytes());
    match InheritedFds::take(&plan) {
        Ok(fds) => Startup { plan, reporter, fds, ignored }.launch(),
        Err(error) => {
            reporter.error(error);
            FAILURE
        }
    }
}

/// The descriptors inherited from the caller.
struct InheritedFds {
    pipes: ManagerPipes,
    /// Inherited descriptors of unknown purpose.
    leaked_fds: Vec<RawFd>,
}

impl InheritedFds {
    #[inline(never)]
    fn take(plan: &Plan) -> Result<Self, Error> {
        let ours = [
            plan.sync_pipe.fd,
            plan.launch.start_pipe,
            plan.runtime.start_pipe,
            plan.attach_pipe.as_ref().map(|pipe| pipe.fd),
        ];
        let mut leaked_fds = open_numbers().step_at("list the inherited descriptors in", "/proc/self/fd")?;
        leaked_fds.retain(|number| !ours.contains(&Some(*number)));
        Ok(Self { pipes: ManagerPipes::adopt(plan)?, leaked_fds })
    }
}

/// The result of [`Startup::prepare`].
struct Prepared {
    opened: InitialComponents,
    pidfile: Option<AtomicFile>,
    inherited: InheritedState,
}

/// The start before the fork.
struct Startup {
    plan: Box<Plan>,
    reporter: Reporter,
    fds: InheritedFds,
    ignored: IgnoredSignals,
}

impl Startup {
    fn launch(mut self) -> u8 {
        match self.prepare() {
            Ok(prepared) => self.daemonize(prepared),
            Err(error) => {
                self.fds.report_failure(&self.reporter, &error);
                FAILURE
            }
        }
    }

    /// Does everything whose failure the caller must see.
    #[inline(never)]
    fn prepare(&mut self) -> Result<Prepared, Error> {
        for warning in &self.plan.diagnostics.warnings {
            self.reporter.warn(warning);
        }
        umask(FileMode::S_IWGRP | FileMode::S_IWOTH);
        let opened = InitialComponents::new(&self.plan.logs, Background::Child)?;
        let pidfile = match self.plan.launch.pidfile.as_ref().filter(|_| self.plan.launch.daemonize) {
            Some(path) => {
                let file =
                    retry_for(START_PATIENCE, || AtomicFile::create(path.as_path(), MONITOR_PIDFILE_MODE));
                Some(file.step_at("create the conmon pidfile", path)?)
            }
            None => None,
        };
        let oom_score = spare_this_process();
        read_start_pipe(&self.plan)?;
        let signals = Signals::block()?;
        let inherited = InheritedState { signals, ignored: self.ignored, oom_score, launcher: getpid() };
        Ok(Prepared { opened, pidfile, inherited })
    }

    /// Forks the monitor, writes its pid and exits; with `--sync` this process becomes the monitor.
    fn daemonize(mut self, mut prepared: Prepared) -> u8 {
        if !self.plan.launch.daemonize {
            return self.monitor(prepared);
        }
        match fork_alone() {
            Ok(Some(child)) => {
                let Some(pidfile) = prepared.pidfile else { exit_now(0) };
                match pidfile.publish_within(START_PATIENCE, child.to_string().as_bytes()) {
                    Ok(()) => exit_now(0),
                    Err(error) => {
                        self.reporter
                            .error(format_args!("cannot write the conmon pidfile: {}", Reason(&error)));
                        // For the manager, our exit status is the answer: a monitor must not remain. The child may have become a
                        // guardian and forked the monitor, both in its process group.
                        let _ = killpg(child, Signal::SIGKILL);
                        let _ = kill(child, Signal::SIGKILL);
                        exit_now(i32::from(FAILURE))
                    }
                }
            }
            Ok(None) => {
                if let Some(pidfile) = prepared.pidfile.take() {
                    pidfile.leave_to_the_other_process();
                }
                let status = self.monitor(prepared);
                exit_now(i32::from(status))
            }
            Err(error) => {
                let failed: Result<(), _> = Err(error);
                if let Err(error) = failed.step("fork the monitor") {
                    self.fds.report_failure(&self.reporter, &error);
                }
                FAILURE
            }
        }
    }

    /// Monitors the container to its end. Returns the exit status of this process.
    fn monitor(self, prepared: Prepared) -> u8 {
        let Self { plan, reporter, fds, ignored: _ } = self;
        let Prepared { opened, pidfile: _, inherited } = prepared;
        // Fails for a process group leader, as with --sync: it then keeps the caller's session.
        let _ = setsid();
        let guarded = plan.launch.guardian.then(|| part_from_guardian(&opened, &reporter)).flatten();
        let passthrough = plan.stdio.passthrough;
        let mut components = Components::new(Host::Standalone, plan, reporter, fds.pipes, inherited, opened);
        components.guardian = guarded.map(|(guardian, shelf, progress)| {
            Guardian::new(guardian, shelf, progress, &fds.leaked_fds, &components.poll)
        });
        // Without it, the exit status of the container, a grandchild, would be lost. The caller still reads our stderr.
        if let Err(error) = set_child_subreaper(true).step("become a child subreaper") {
            return give_up(Unstarted { error, components });
        }
        if !passthrough {
            leave_standard_streams(&components.reporter);
        }
        let session = match Session::start(components, fds.leaked_fds) {
            Ok(session) => session,
            Err(unstarted) => return give_up(unstarted),
        };
        if passthrough {
            leave_standard_streams(&session.components().reporter);
        }
        exit_code(session.run().status)
    }
}

impl InheritedFds {
    fn report_failure(&mut self, reporter: &Reporter, error: &Error) {
        report_failure(&mut self.pipes, START_PATIENCE, reporter, error);
    }
}

fn report_failure(pipes: &mut ManagerPipes, patience: Duration, reporter: &Reporter, error: &Error) {
    reporter.error(error);
    pipes.failed(format!("{MONITOR_FAILED}{error}").as_bytes());
    pipes.conclude(patience, reporter);
}

/// Forks the monitor from this process, which becomes its guardian. Returns in the monitor; `None` if there is no guardian.
#[inline(never)]
fn part_from_guardian(opened: &InitialComponents, reporter: &Reporter) -> Option<(Pid, Shelf, Progress)> {
    if opened.has_inherited_log() {
        reporter.warn("a log is an inherited descriptor, which another monitor would not have: no guardian");
        return None;
    }
    // What the monitor leaves behind becomes the guardian's.
    let parted = set_child_subreaper(true).map_err(std::io::Error::from).and_then(|()| guardian::part());
    if let Err(error) = &parted {
        reporter.warn(format_args!("cannot fork a guardian: {}; the monitor has none", Reason(error)));
    }
    parted.ok()
}

/// Reports a failed set-up after the fork, for which only the pipes are left, and runs the exit command, which cleans up.
#[inline(never)]
fn give_up(unstarted: Unstarted) -> u8 {
    let Unstarted { error, mut components } = unstarted;
    let guardian = components.guardian.take();
    let (mut pipes, reporter, plan, inherited) = components.close();
    report_failure(&mut pipes, PIPE_PATIENCE, &reporter, &error);
    let _ = set_child_subreaper(false);
    if let Some(command) = plan.exit.command {
        let claim = guardian.as_deref().map(Guardian::shelf);
        ExitCommand::new(command, true).run(claim, &inherited, &reporter);
    }
    FAILURE
}

/// A status as the parent of this process receives it: its lowest eight bits (exit(3)), so −1 is 255.
fn exit_code(status: i32) -> u8 {
    status.to_le_bytes()[0]
}

/// Reads the start pipe once, blocking. Any byte, or its end, is the permission to continue. The descriptor stays open if it is read
/// again later.
fn read_start_pipe(plan: &Plan) -> Result<(), Error> {
    const STEP: &str = "read the start pipe";
    let Some(number) = plan.launch.start_pipe else { return Ok(()) };
    let pipe = adopt(number).step(STEP)?;
    wait_for_bytes(&pipe).step(STEP)?;
    if plan.runtime.start_pipe == Some(number) {
        std::mem::forget(pipe);
    }
    Ok(())
}

/// Redirects the standard streams: the caller may wait for the end of its pipes.
fn leave_standard_streams(reporter: &Reporter) {
    let left = null().and_then(|null| {
        dup2_stdin(&null)
            .and_then(|()| dup2_stdout(&null))
            .and_then(|()| dup2_stderr(&null))
            .step("redirect the standard streams to /dev/null")
    });
    if let Err(error) = left {
        reporter.warn(error);
    }
}
