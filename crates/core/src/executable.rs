//! What the executable does with the planner's answer: the process that a manager starts, and the one that stays.
//!
//! The order is the contract's: logs are opened first, because the caller still reads our stderr; nothing is forked before
//! the start pipe has been read, so that the manager can place this pid in a cgroup that all others then inherit; the
//! parent leaves as soon as it has written the monitor's pid.

mod again;

use std::io::Write;
use std::os::fd::RawFd;
use std::time::Duration;

pub use again::{continue_guarded, rescue, resume};
pub use conmon_sys::disposition::Ignored;
use conmon_sys::fds::{adopt, open_numbers, wait_for_bytes};
use conmon_sys::process::{exit_now, fork_alone};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::{Mode as FileMode, umask};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, getpid, setsid};

use crate::backoff::for_at_most;
use crate::container_io::stdio::null;
use crate::diagnostics::report::{Reporter, send_to_syslog};
use crate::diagnostics::severity;
use crate::error::{Error, Reason, Step};
use crate::files::atomic_file::AtomicFile;
pub use crate::guardian::GuardianCall;
use crate::guardian::{self, Shelf};
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
use crate::session::{Components, Guardian, Host, Opened, Session, Unstarted};

const FAILURE: u8 = 1;
pub(crate) const MONITOR_PIDFILE_MODE: u32 = 0o644;
/// How long the start waits for a full file system or a full pipe: the manager waits for the parent's exit.
const START_PATIENCE: Duration = Duration::from_secs(1);
/// How long the monitor waits for a manager to read why it gives up.
const PIPE_PATIENCE: Duration = Duration::from_secs(10);

/// The first thing this process does: it makes itself independent of what its caller did to signals. Returns what the
/// runtime gets back.
#[must_use]
pub fn begin() -> Ignored {
    Ignored::replace()
}

/// Reports to all who wait why a command line cannot be carried out, in a process that has called [`begin`]. Returns
/// its exit status.
pub fn refuse(refusal: &Refusal) -> u8 {
    // A failed write to stderr cannot be reported anywhere.
    let _ = std::io::stderr().write_all(refusal.stderr.as_bytes());
    if let Some(message) = &refusal.syslog {
        send_to_syslog(severity::ERROR, &message.to_string());
    }
    for reply in &refusal.replies {
        let mut pipe = ManagerPipe::new(adopt(reply.fd).ok(), Token::SyncPipe);
        pipe.send(reply.line.as_bytes().to_vec());
        pipe.settle(START_PATIENCE);
    }
    refusal.status
}

/// Carries a plan out in this process, which has called [`begin`] and must have no other thread. Returns its exit
/// status: soon, unless the plan says that the monitor stays the caller's child.
pub fn run(plan: Box<Plan>, ignored: Ignored) -> u8 {
    let reporter = Reporter::new(&plan.diagnostics, plan.cid.as_bytes());
    match InheritedFds::take(&plan) {
        Ok(fds) => Launch { plan, reporter, fds, ignored }.launch(),
        Err(error) => {
            reporter.error(error);
            FAILURE
        }
    }
}

/// What the caller handed over.
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

/// What [`Launch::prepare`] makes.
struct Prepared {
    opened: Opened,
    pidfile: Option<AtomicFile>,
    inherited: InheritedState,
}

/// The time before the fork.
struct Launch {
    plan: Box<Plan>,
    reporter: Reporter,
    fds: InheritedFds,
    ignored: Ignored,
}

impl Launch {
    fn launch(mut self) -> u8 {
        match self.prepare() {
            Ok(prepared) => self.part(prepared),
            Err(error) => {
                self.fds.report_failure(&self.reporter, &error);
                FAILURE
            }
        }
    }

    /// Everything whose failure the caller must see.
    #[inline(never)]
    fn prepare(&mut self) -> Result<Prepared, Error> {
        for warning in &self.plan.diagnostics.warnings {
            self.reporter.warn(warning);
        }
        umask(FileMode::S_IWGRP | FileMode::S_IWOTH);
        let opened = Opened::new(&self.plan.logs, Background::Child)?;
        let pidfile = match self.plan.launch.pidfile.as_ref().filter(|_| self.plan.launch.daemonize) {
            Some(path) => {
                let file =
                    for_at_most(START_PATIENCE, || AtomicFile::create(path.as_path(), MONITOR_PIDFILE_MODE));
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

    /// The parent leaves, the child stays; without a fork this process stays.
    fn part(mut self, mut prepared: Prepared) -> u8 {
        if !self.plan.launch.daemonize {
            return self.stay(prepared);
        }
        match fork_alone() {
            Ok(Some(child)) => {
                let Some(pidfile) = prepared.pidfile else { exit_now(0) };
                match pidfile.publish_within(START_PATIENCE, child.to_string().as_bytes()) {
                    Ok(()) => exit_now(0),
                    Err(error) => {
                        self.reporter
                            .error(format_args!("cannot write the conmon pidfile: {}", Reason(&error)));
                        // The manager takes our status for the answer and waits for nobody.
                        let _ = kill(child, Signal::SIGKILL);
                        exit_now(i32::from(FAILURE))
                    }
                }
            }
            Ok(None) => {
                if let Some(pidfile) = prepared.pidfile.take() {
                    pidfile.leave_to_the_other_process();
                }
                let status = self.stay(prepared);
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

    /// The monitor.
    fn stay(self, prepared: Prepared) -> u8 {
        let Self { plan, reporter, fds, ignored: _ } = self;
        let Prepared { opened, pidfile: _, inherited } = prepared;
        // Fails for a process group leader, as with --sync: it then keeps the caller's session.
        let _ = setsid();
        let guarded = plan.launch.guardian.then(|| part_from_guardian(&reporter)).flatten();
        let passthrough = plan.stdio.passthrough;
        let mut components = Components::new(Host::Standalone, plan, reporter, fds.pipes, inherited, opened);
        components.guardian = guarded
            .map(|(guardian, shelf)| Guardian::new(guardian, shelf, &fds.leaked_fds, &components.poll));
        // Otherwise nobody would ever know how the container, a grandchild, ends. The caller still reads our stderr.
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

/// Becomes a child of a guardian. `None` if there can be none.
#[inline(never)]
fn part_from_guardian(reporter: &Reporter) -> Option<(Pid, Shelf)> {
    // What the monitor leaves behind becomes the guardian's.
    let parted = set_child_subreaper(true).map_err(std::io::Error::from).and_then(|()| guardian::part());
    if let Err(error) = &parted {
        reporter.warn(format_args!("cannot fork a guardian: {}; the monitor has none", Reason(error)));
    }
    parted.ok()
}

/// Setting up failed after the fork: only the pipes can report that, and the exit command still cleans up.
#[inline(never)]
fn give_up(unstarted: Unstarted) -> u8 {
    let Unstarted { error, components } = unstarted;
    let (mut pipes, reporter, plan, inherited) = components.close();
    report_failure(&mut pipes, PIPE_PATIENCE, &reporter, &error);
    let _ = set_child_subreaper(false);
    if let Some(command) = plan.exit.command {
        ExitCommand::new(command, true).run(None, &inherited, &reporter);
    }
    FAILURE
}

/// A status as the parent of this process receives it: its lowest eight bits (exit(3)), so −1 is 255.
fn exit_code(status: i32) -> u8 {
    status.to_le_bytes()[0]
}

/// One blocking read: whatever comes, also the end, means go. The descriptor stays open when it is read again later.
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

/// The caller may wait for the end of its pipes.
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
