//! [`Session`]: one container under watch, from the call of its runtime to the report of its end.
//!
//! It owns every component and lends them to each other; they do not know one another. [`Session::run`] is the loop. The
//! parts: `start` sets everything up, `dispatch` serves what is ready, `created` takes over from the runtime, `end` drains and
//! reports, `finish` runs the exit command.
//!
//! Once the runtime has done its work, nothing here returns an error: what fails is said and lived with.

mod audience;
mod counters;
mod created;
mod dispatch;
mod end;
mod finish;
mod lookout;
mod outputs;
mod resting;
mod start;
mod streams;
mod words;

use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use conmon_sys::pages::{trim_heap, trim_stack};
use conmon_sys::process::Ended;
use conmon_sys::tty::WindowSize;
use nix::unistd::Pid;

use crate::container_io::console::ConsoleSocket;
use crate::container_io::stdin::Stdin;
use crate::diagnostics::counters::Counters;
use crate::diagnostics::report::Reporter;
use crate::diagnostics::warnings::Warnings;
use crate::manager::control::Control;
use crate::manager::exit_files::ManagerFiles;
use crate::manager::notify::NotifyRelay;
use crate::manager::sync_pipe::{AttachPipe, SyncPipe};
use crate::oom::OomWatch;
use crate::plan::{Bytes, Confinement, ExitPlan, Mode, RuntimeCall, StdioPlan};
use crate::poll::{Poll, Readiness, Token, Watched};
use crate::processes::pidfile::PidFile;
use crate::processes::process::Process;
use crate::processes::runtime::InheritedState;
use crate::processes::signals::Signals;
use crate::timer::Deadline;
use audience::Audience;
use lookout::Lookout;
use outputs::Outputs;
use resting::Resting;
pub(crate) use start::{Opened, Unstarted};

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
    host: Host,
    mode: Mode,
    stdio: StdioPlan,
    runtime_call: RuntimeCall,
    exit: ExitPlan,
    oom_files: Vec<Bytes>,
    /// What is given up once the container runs.
    confinement: Option<Confinement>,
    inherited: InheritedState,
    reporter: Reporter,
    poll: Rc<Poll>,
    signals: Option<Watched<Signals>>,
    audience: Audience,
    outputs: Outputs,
    stdin: Stdin,
    stdin_warnings: Warnings,
    control: Option<Control>,
    console: Option<ConsoleSocket>,
    terminal: Option<OwnedFd>,
    window_size: Option<WindowSize>,
    sync_pipe: SyncPipe,
    attach_pipe: AttachPipe,
    runtime: Option<Process>,
    runtime_ended: Option<Ended>,
    pidfile: PidFile,
    container: Option<Process>,
    pid: Option<Pid>,
    notify: Option<Watched<NotifyRelay>>,
    oom: Option<Watched<OomWatch>>,
    ooms: u64,
    files: ManagerFiles,
    time_limit: Deadline,
    timed_out: bool,
    stall: Deadline,
    lookout: Lookout,
    finish: Deadline,
    resting: Resting,
    phase: Phase,
    counters: Counters,
}

/// Where in its life the container is.
#[derive(Debug)]
enum Phase {
    /// The runtime runs.
    Creating,
    /// The container runs.
    Running,
    /// It has ended; its last output is on its way to clients.
    Flushing { status: i32, since: Instant },
    /// Everything is done but the report.
    Ended { status: i32 },
    /// The runtime made no container.
    Failed(String),
}

impl Session {
    /// Watches over the container until everything about its end is known and its output has been passed on.
    pub(crate) fn run(&mut self) {
        let mut ready: Vec<(Token, Readiness)> = Vec::new();
        self.look_out();
        let mut waited_before = true;
        while !matches!(self.phase, Phase::Ended { .. } | Phase::Failed(_)) {
            let cooling = self.outputs.is_warm().then_some(IDLE);
            let due = self.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
            let limit = cooling.into_iter().chain(due).min();
            let waited = self.poll.wait(limit, &mut ready);
            if ready.is_empty() {
                self.cool_down();
            }
            let waits = waited.is_ok();
            if let Err(error) = waited {
                // Only a programming error or a filter of system calls can do this.
                if std::mem::take(&mut waited_before) {
                    self.reporter.error(error);
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

    pub(crate) fn reporter(&self) -> &Reporter {
        &self.reporter
    }

    /// Gives back what a busy time took.
    fn cool_down(&mut self) {
        self.outputs.cool_down();
        self.audience.release();
        if self.host == Host::Standalone {
            trim_heap();
            trim_stack();
        }
    }
}
