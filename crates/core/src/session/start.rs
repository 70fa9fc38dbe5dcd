//! Sets a session up and starts the runtime.

use super::audience::Audience;
use super::lookout::Lookout;
use super::outputs::Outputs;
use super::resting::Resting;
use super::{Host, Phase, Session};
use std::rc::Rc;

use conmon_sys::fds::adopt;
use nix::unistd::Pid;

use crate::attach::Attach;
use crate::container_io::console::ConsoleSocket;
use crate::container_io::output::Output;
use crate::container_io::stdin::Stdin;
use crate::container_io::stdio;
use crate::diagnostics::counters::Counters;
use crate::diagnostics::report::Reporter;
use crate::diagnostics::warnings::Warnings;
use crate::error::{Error, Step};
use crate::log::Logs;
use crate::manager::control::Control;
use crate::manager::exit_files::ManagerFiles;
use crate::manager::notify::NotifyRelay;
use crate::manager::sync_pipe::{AttachPipe, SyncPipe};
use crate::plan::{AttachPlan, Bytes, Confinement, ExitPlan, Mode, NotifyPlan, Plan, RuntimeCall, StdioPlan};
use crate::poll::{Poll, Token, Watched};
use crate::processes::pidfile::PidFile;
use crate::processes::process::Process;
use crate::processes::runtime::{InheritedState, Streams, spawn};
use crate::processes::signals::Signals;
use crate::stream::Stream;
use crate::timer::Deadline;

/// What is known and open before a session begins: the rest of the plan, and everything whose absence the caller must be
/// told of at once.
pub(crate) struct Opened {
    pub(crate) host: Host,
    pub(crate) cid: Bytes,
    pub(crate) mode: Mode,
    pub(crate) stdio: StdioPlan,
    pub(crate) runtime_call: RuntimeCall,
    pub(crate) attach: Option<AttachPlan>,
    pub(crate) control_directory: Option<Bytes>,
    pub(crate) notify: Option<NotifyPlan>,
    pub(crate) exit: ExitPlan,
    pub(crate) oom_files: Vec<Bytes>,
    pub(crate) confinement: Option<Confinement>,
    pub(crate) poll: Rc<Poll>,
    pub(crate) logs: Logs,
    pub(crate) reporter: Reporter,
    pub(crate) inherited: InheritedState,
}

impl Opened {
    /// The plan as it is after its logs and pipes have been opened.
    pub(crate) fn new(
        host: Host,
        plan: Plan,
        poll: Rc<Poll>,
        logs: Logs,
        reporter: Reporter,
        inherited: InheritedState,
    ) -> Self {
        Self {
            host,
            cid: plan.cid,
            mode: plan.mode,
            stdio: plan.stdio,
            runtime_call: plan.runtime,
            attach: plan.attach,
            control_directory: plan.control_directory,
            notify: plan.notify,
            exit: plan.exit,
            oom_files: plan.oom_files,
            confinement: plan.confinement,
            poll,
            logs,
            reporter,
            inherited,
        }
    }
}

impl Session {
    /// Makes pipes, sockets and FIFOs, waits for them, and calls the runtime: that is the last step that can fail, so no
    /// failure leaves a container behind.
    pub(crate) fn start(
        opened: Opened,
        mut sync_pipe: SyncPipe,
        mut attach_pipe: AttachPipe,
    ) -> Result<Box<Self>, Box<Unstarted>> {
        sync_pipe.join(&opened.poll);
        attach_pipe.join(&opened.poll);
        let started = Parts::set_up(&opened).and_then(|(parts, theirs)| {
            attach_pipe.ready();
            let pidfile = PidFile::before_runtime(opened.runtime_call.pidfile.as_path());
            let runtime = call_runtime(&opened, &theirs, parts.console.as_ref())?;
            Ok((parts, Started { pidfile, runtime }))
        });
        match started {
            // Boxed: on the stack there would be several, left there by moving it.
            Ok((parts, runtime)) => Ok(Box::new(parts.into_session(opened, runtime, sync_pipe, attach_pipe))),
            Err(error) => Err(Box::new(Unstarted { error, opened, sync_pipe, attach_pipe })),
        }
    }
}

/// A session that could not begin, with what is needed to report that.
pub(crate) struct Unstarted {
    pub(crate) error: Error,
    pub(crate) opened: Opened,
    pub(crate) sync_pipe: SyncPipe,
    pub(crate) attach_pipe: AttachPipe,
}

/// What the runtime's call leaves.
struct Started {
    pidfile: PidFile,
    runtime: Pid,
}

/// What [`Parts::set_up`] makes.
struct Parts {
    signals: Option<Watched<Signals>>,
    outputs: Outputs,
    stdin: Stdin,
    attach: Option<Attach>,
    control: Option<Control>,
    notify: Option<Watched<NotifyRelay>>,
    console: Option<ConsoleSocket>,
}

impl Parts {
    fn set_up(opened: &Opened) -> Result<(Self, Streams), Error> {
        let poll = &opened.poll;
        let signals = match opened.host {
            Host::Standalone => Some(Watched::reading(Signals::open()?, Token::Signals, poll)?),
            Host::Embedded => None,
        };
        let console = match opened.stdio.terminal && !opened.stdio.passthrough {
            true => Some(ConsoleSocket::bind(opened.runtime_call.temporary_directory.as_path(), poll)?),
            false => None,
        };
        let (ours, theirs) = stdio::make(opened.stdio, opened.host == Host::Embedded)?;
        let attach = opened.attach.as_ref().map(|plan| Attach::bind(plan, poll)).transpose()?;
        let control =
            opened.control_directory.as_ref().map(|at| Control::create(at.as_path(), poll)).transpose()?;
        let notify = opened.notify.clone().map(NotifyRelay::bind).transpose()?;
        let notify = notify.map(|relay| Watched::reading(relay, Token::Notify, poll)).transpose()?;
        let stdin = match ours.stdin {
            Some(fd) => Stdin::open(fd, poll),
            None if console.is_some() => Stdin::awaited(),
            None => Stdin::none(),
        };
        let output = |fd, stream| Output::new(fd, stream, poll);
        let mut outputs = Outputs::new(
            ours.stdout.map(|fd| output(fd, Stream::Stdout)),
            ours.stderr.map(|fd| output(fd, Stream::Stderr)),
        )?;
        outputs.watch()?;
        Ok((Self { signals, outputs, stdin, attach, control, notify, console }, theirs))
    }

    fn into_session(
        self,
        opened: Opened,
        started: Started,
        sync_pipe: SyncPipe,
        attach_pipe: AttachPipe,
    ) -> Session {
        // The runtime is at work by now: this keeps nobody waiting.
        let counters = Counters::open(opened.cid.as_bytes());
        let runtime = Process::watch(started.runtime, Token::Runtime, &opened.poll);
        Session {
            host: opened.host,
            mode: opened.mode,
            stdio: opened.stdio,
            runtime_call: opened.runtime_call,
            exit: opened.exit,
            oom_files: opened.oom_files,
            confinement: opened.confinement.filter(|_| opened.host == Host::Standalone),
            inherited: opened.inherited,
            reporter: opened.reporter,
            poll: opened.poll,
            signals: self.signals,
            audience: Audience { attach: self.attach, logs: opened.logs },
            outputs: self.outputs,
            stdin: self.stdin,
            stdin_warnings: Warnings::default(),
            control: self.control,
            console: self.console,
            terminal: None,
            window_size: None,
            sync_pipe,
            attach_pipe,
            runtime: Some(runtime),
            runtime_ended: None,
            pidfile: started.pidfile,
            container: None,
            pid: None,
            notify: self.notify,
            oom: None,
            ooms: 0,
            files: ManagerFiles::new(),
            time_limit: Deadline::default(),
            timed_out: false,
            stall: Deadline::default(),
            lookout: Lookout::default(),
            finish: Deadline::default(),
            resting: Resting::default(),
            phase: Phase::Creating,
            counters,
        }
    }
}

fn call_runtime(opened: &Opened, streams: &Streams, console: Option<&ConsoleSocket>) -> Result<Pid, Error> {
    let call = &opened.runtime_call;
    let start = match (call.start_pipe, opened.host) {
        (Some(number), Host::Standalone) => Some(adopt(number).step("adopt the start pipe")?),
        _ => None,
    };
    let start = start.as_ref().map(std::os::fd::AsFd::as_fd);
    spawn(
        call,
        streams,
        console.map(ConsoleSocket::path),
        start,
        &opened.inherited,
        opened.host == Host::Standalone,
    )
}
