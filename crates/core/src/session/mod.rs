//! [`Session`]: one container under watch, from the call of its runtime to the report of its end.
//!
//! A session is its [`Components`], which live throughout and do not know one another, and its [`Phase`], which holds what
//! exists only for a time: [`Creating`], [`Running`], [`Flushing`]. `dispatch` is the table of who serves a ready
//! descriptor and a deadline; `report` reports the exit to managers, and `cleanup` runs the exit command.
//!
//! Once the runtime has been called, nothing here returns an error: what fails is reported, and the container lives on.

mod adoption;
mod audience;
mod cleanup;
mod components;
mod counters;
mod creating;
mod dispatch;
mod drain;
mod early;
mod flushing;
mod guardian;
mod handover;
mod lookout;
mod outputs;
mod report;
mod rescue;
mod resting;
mod running;
mod streams;
mod terminal;
mod words;

use std::os::fd::{AsFd, RawFd};
use std::time::{Duration, Instant};

use conmon_sys::fds::adopt;
use conmon_sys::pages::{release_image, trim_heap, trim_stack};
use nix::unistd::Pid;

use crate::container_io::console::ConsoleSocket;
use crate::diagnostics::counters::Counters;
use crate::error::{Error, Step};
use crate::poll::{Readiness, Token};
use crate::processes::pidfile::PidFile;
use crate::processes::process::Process;
use crate::processes::runtime::{Streams, spawn};
pub(crate) use components::{Components, Lacking, Opened};
use creating::Creating;
use flushing::{End, Flushing};
pub(crate) use guardian::{Guardian, Shelved, kill_unshelved};
pub(crate) use handover::State;
use lookout::Lookout;
use running::Running;

/// The process that a session runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A process of its own ([`crate::executable`]): it owns the signals, all children and all inherited descriptors.
    Standalone,
    /// A thread of another program ([`crate::embedded`]): it owns only what it has made.
    Embedded,
}

/// What became of a container.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Exit status as reported: the code, 128 plus the signal, or −1 after the time limit.
    pub(crate) status: i32,
    /// Pid of the container's first process, if the runtime made one.
    pub(crate) pid: Option<i32>,
    pub(crate) oom: bool,
    pub(crate) timed_out: bool,
    /// Why there was no container.
    pub(crate) failure: Option<String>,
}

/// How long the buffers of a busy time are kept once nothing happens.
const IDLE: Duration = Duration::from_secs(1);

/// One container under watch.
pub(crate) struct Session {
    components: Box<Components>,
    pidfile: PidFile,
    /// Inherited descriptors of unknown purpose, kept open for the manager until the exit is about to be reported.
    leaked_fds: Vec<RawFd>,
    counters: Counters,
    lookout: Lookout,
    phase: Phase,
    /// [`Session::release_image`] has done its work.
    released_image: bool,
}

/// Where in its life the container is.
enum Phase {
    /// The runtime runs.
    Creating(Creating),
    /// The container runs.
    Running(Running),
    /// It has ended; its last output is on its way to clients.
    Flushing(Flushing),
    /// Everything is done but the report.
    Ended(End),
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

/// A session that could not begin, with what is needed to report that.
pub(crate) struct Unstarted {
    pub(crate) error: Error,
    pub(crate) components: Box<Components>,
}

impl Session {
    /// Sets the components up and calls the runtime: that is the last step that can fail, so no failure leaves a container
    /// behind.
    pub(crate) fn start(
        mut components: Box<Components>,
        leaked_fds: Vec<RawFd>,
    ) -> Result<Box<Self>, Unstarted> {
        let begun = begin(&mut components);
        if begun.is_ok() {
            components.open_adoption();
        }
        match begun {
            // Boxed, and so are the components: moving them would leave copies on the stack.
            // The runtime works meanwhile, so this delays nobody.
            Ok((pidfile, creating)) => Ok(Box::new(Self {
                counters: Counters::open(components.plan.cid.as_bytes()),
                components,
                pidfile,
                leaked_fds,
                lookout: Lookout::default(),
                phase: Phase::Creating(creating),
                released_image: false,
            })),
            Err(error) => Err(Unstarted { error, components }),
        }
    }

    pub(crate) fn components(&self) -> &Components {
        &self.components
    }

    /// Watches over the container until everything about its end is known and its output has been passed on, then reports
    /// the end.
    pub(crate) fn run(mut self: Box<Self>) -> Outcome {
        let end = self.watch_over();
        self.report(end)
    }

    /// The loop. Returns how the container ended, or why there was none.
    fn watch_over(&mut self) -> Result<End, String> {
        let mut ready: Vec<(Token, Readiness)> = Vec::new();
        self.look_out();
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
                // Only a programming error or a filter of system calls can do this.
                if std::mem::take(&mut waited_before) {
                    self.components.reporter.error(error);
                }
                self.serve_blindly();
            }
            waited_before = waits;
            for (token, readiness) in &ready {
                self.dispatch(*token, *readiness);
            }
            self.keep_deadlines();
            self.publish_counters();
        }
    }
}

impl Session {
    /// Releases the pages of the executable once the start is over: waiting needs few of them, and the others come back when they are
    /// used. Only once, or a container that writes now and then would pay for that each time.
    fn release_image(&mut self) {
        let is_standalone = self.components.host == Host::Standalone;
        if is_standalone && !self.released_image && matches!(self.phase, Phase::Running(_)) {
            self.released_image = true;
            release_image();
        }
    }
}

/// Sets up and calls the runtime.
fn begin(components: &mut Components) -> Result<(PidFile, Creating), Error> {
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

    /// Releases memory of a busy time.
    fn cool_down(&mut self) {
        if let Some(adoption) = &mut self.adoption {
            adoption.is_warm = false;
        }
        self.outputs.cool_down();
        self.audience.release();
        if self.host == Host::Standalone {
            trim_heap();
            trim_stack();
        }
    }
}
