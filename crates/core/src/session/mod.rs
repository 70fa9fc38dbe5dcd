//! [`Session`]: monitors one container, from the start of its runtime to the report of its exit.
//!
//! A session is its [`Components`], which exist throughout and do not know one another, and its [`Phase`], which holds what
//! exists only for a time: [`Creating`], [`Running`], [`Flushing`]. `dispatch` maps ready descriptors and deadlines to their
//! handlers; `report` reports the exit to managers, and `cleanup` runs the exit command.
//!
//! Once the runtime has been started, nothing here returns an error: failures are reported, and the container continues to run.

mod adoption;
mod cleanup;
mod components;
mod consumers;
mod counters;
mod creating;
mod dispatch;
mod drain;
mod early;
mod excerpt;
mod failed_sources;
mod flushing;
mod guardian;
mod handover;
mod outputs;
mod polling;
mod report;
mod rescue;
mod running;
mod streams;
mod terminal;

use std::os::fd::{AsFd, RawFd};
use std::time::{Duration, Instant};

use conmon_sys::fds::adopt;
use conmon_sys::heap;
use conmon_sys::pages::{release_image, trim_stack};
use nix::unistd::Pid;

use crate::container_io::console::ConsoleSocket;
use crate::diagnostics::counters::Counters;
use crate::error::{Error, Step};
use crate::poll::{Readiness, Token};
use crate::processes::pidfile::PidFile;
use crate::processes::process::Process;
use crate::processes::runtime::{Streams, spawn};
pub(crate) use components::{Components, InitialComponents, Lacking};
use creating::Creating;
use flushing::{ContainerEnd, Flushing};
pub(crate) use guardian::{Guardian, Shelved};
pub(crate) use handover::SessionState;
use polling::Polling;
use running::Running;

/// The process that a session runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A process of its own ([`crate::executable`]): it owns the signals, all children and all inherited descriptors.
    Standalone,
    /// A thread of another program ([`crate::embedded`]): it owns only what it has made.
    Embedded,
}

/// How a session ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit status as reported: the code, 128 plus the signal, or −1 after the time limit.
    pub(crate) status: i32,
    /// Pid of the container's first process, if the runtime made one.
    pub(crate) pid: Option<i32>,
    pub(crate) oom: bool,
    pub(crate) timed_out: bool,
    /// Why the runtime created no container.
    pub(crate) failure: Option<String>,
}

/// How long buffers keep their memory after the last event.
const IDLE: Duration = Duration::from_secs(1);

/// The monitoring of one container.
pub(crate) struct Session {
    components: Box<Components>,
    pidfile: PidFile,
    /// Inherited descriptors of unknown purpose, kept open for the manager until the exit is about to be reported.
    leaked_fds: Vec<RawFd>,
    counters: Counters,
    polling: Polling,
    phase: Phase,
    /// Whether [`Session::release_image`] has released the pages.
    released_image: bool,
}

/// The state of the container.
enum Phase {
    /// The runtime runs.
    Creating(Creating),
    /// The container runs.
    Running(Running),
    /// It has ended; its last output is on its way to clients.
    Flushing(Flushing),
    /// Only the report is left.
    Ended(ContainerEnd),
    /// The runtime made no container, and why.
    Failed(String),
}

impl Phase {
    /// The container's pid, once it is known.
    fn pid(&self) -> Option<Pid> {
        match self {
            Self::Running(running) => Some(running.pid),
            Self::Flushing(Flushing { end, .. }) | Self::Ended(end) => Some(end.pid),
            Self::Creating(_) | Self::Failed(_) => None,
        }
    }

    /// The process whose end comes next: the runtime, then the container.
    fn process(&self) -> Option<&Process> {
        match self {
            Self::Creating(creating) => Some(&creating.runtime),
            Self::Running(running) => Some(&running.container),
            Self::Flushing(_) | Self::Ended(_) | Self::Failed(_) => None,
        }
    }

    fn process_mut(&mut self) -> Option<&mut Process> {
        match self {
            Self::Creating(creating) => Some(&mut creating.runtime),
            Self::Running(running) => Some(&mut running.container),
            Self::Flushing(_) | Self::Ended(_) | Self::Failed(_) => None,
        }
    }

    /// Its next deadline that no descriptor reports.
    fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Running(running) => running.limit.deadline(),
            Self::Flushing(flushing) => Some(flushing.limit),
            Self::Creating(_) | Self::Ended(_) | Self::Failed(_) => None,
        }
    }
}

/// A session that could not be started, with what is needed to report that.
pub(crate) struct Unstarted {
    pub(crate) error: Error,
    pub(crate) components: Box<Components>,
}

impl Session {
    /// Sets the components up and starts the runtime. That is the last step that can fail, so no failure leaves a container behind.
    pub(crate) fn start(
        mut components: Box<Components>,
        leaked_fds: Vec<RawFd>,
    ) -> Result<Box<Self>, Unstarted> {
        match start_runtime(&mut components) {
            Ok((pidfile, creating)) => {
                // The runtime works meanwhile, so this delays nobody.
                components.open_adoption();
                Ok(Self::new(components, pidfile, leaked_fds, Phase::Creating(creating)))
            }
            Err(error) => Err(Unstarted { error, components }),
        }
    }

    /// Boxed, and so are the components: moving them would leave copies on the stack.
    fn new(components: Box<Components>, pidfile: PidFile, leaked_fds: Vec<RawFd>, phase: Phase) -> Box<Self> {
        Box::new(Self {
            counters: Counters::open(components.plan.cid.as_bytes()),
            components,
            pidfile,
            leaked_fds,
            polling: Polling::default(),
            phase,
            released_image: false,
        })
    }

    pub(crate) fn components(&self) -> &Components {
        &self.components
    }

    /// Monitors the container until it has exited and its output has been passed on, then reports the exit.
    pub(crate) fn run(mut self: Box<Self>) -> Outcome {
        let end = self.run_loop();
        self.report(end)
    }

    /// The event loop. Returns how the container ended, or why there was none.
    fn run_loop(&mut self) -> Result<ContainerEnd, String> {
        let mut ready: Vec<(Token, Readiness)> = Vec::new();
        self.poll_processes_soon();
        let mut waited_before = true;
        loop {
            match &mut self.phase {
                Phase::Ended(end) => return Ok(*end),
                Phase::Failed(why) => return Err(std::mem::take(why)),
                Phase::Creating(_) | Phase::Running(_) | Phase::Flushing(_) => {}
            }
            let cooling = self.components.is_warm().then_some(IDLE);
            let due = self.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
            let limit = cooling.into_iter().chain(due).min();
            if cooling.is_none() {
                self.release_image();
            }
            let waited = self.components.poll.wait(limit, &mut ready);
            if ready.is_empty() {
                self.components.cool_down();
            }
            let waits = waited.is_ok();
            if let Err(error) = waited {
                // Only a programming error or a seccomp filter can cause this.
                if std::mem::take(&mut waited_before) {
                    self.components.reporter.error(error);
                }
                self.serve_blindly();
            }
            waited_before = waits;
            for (token, readiness) in &ready {
                self.dispatch(*token, *readiness);
            }
            self.serve_deadlines();
            self.publish_counters();
        }
    }
}

impl Session {
    /// Releases the pages of the executable once the container runs: waiting needs few of them, and the others are mapped again when
    /// they are used. Only once, or each wake-up of a container that writes now and then would cost page faults.
    fn release_image(&mut self) {
        let is_standalone = self.components.host == Host::Standalone;
        if is_standalone && !self.released_image && matches!(self.phase, Phase::Running(_)) {
            self.released_image = true;
            release_image();
        }
    }
}

/// Sets the components up and starts the runtime.
fn start_runtime(components: &mut Components) -> Result<(PidFile, Creating), Error> {
    let (streams, console) = components.set_up()?;
    components.pipes.attach.ready();
    let pidfile = PidFile::before_runtime(components.plan.runtime.pidfile.as_path());
    let runtime = call_runtime(components, &streams, console.as_ref())?;
    let runtime = Process::watch(runtime, Token::Runtime, &components.poll);
    Ok((pidfile, Creating::new(runtime, console)))
}

fn call_runtime(
    components: &Components,
    streams: &Streams,
    console: Option<&ConsoleSocket>,
) -> Result<Pid, Error> {
    let (call, standalone) = (&components.plan.runtime, components.host == Host::Standalone);
    let start = call.start_pipe.filter(|_| standalone);
    let start = start.map(adopt).transpose().step("adopt the start pipe")?;
    let start = start.as_ref().map(AsFd::as_fd);
    spawn(call, streams, console.map(ConsoleSocket::path), start, &components.inherited, standalone)
}

impl Components {
    fn is_warm(&self) -> bool {
        self.outputs.is_warm() || self.adoption.as_ref().is_some_and(|adoption| adoption.is_warm)
    }

    /// Releases memory that an idle monitor does not need.
    fn cool_down(&mut self) {
        if let Some(adoption) = &mut self.adoption {
            adoption.is_warm = false;
        }
        self.outputs.cool_down();
        self.consumers.release();
        if self.host == Host::Standalone {
            heap::trim();
            trim_stack();
        }
    }
}
