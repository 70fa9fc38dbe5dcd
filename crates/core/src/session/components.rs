//! [`Components`]: what lives through all phases of a session.

use std::os::fd::OwnedFd;
use std::rc::Rc;

use conmon_sys::tty::WindowSize;

use super::Host;
use super::audience::Audience;
use super::outputs::Outputs;
use super::resting::Resting;
use crate::attach::Attach;
use crate::container_io::console::ConsoleSocket;
use crate::container_io::output::Output;
use crate::container_io::stdin::Stdin;
use crate::container_io::stdio;
use crate::diagnostics::report::Reporter;
use crate::diagnostics::warnings::Warnings;
use crate::error::Error;
use crate::log::{Background, Logs};
use crate::manager::control::Control;
use crate::manager::exit_files::ManagerFiles;
use crate::manager::notify::NotifyRelay;
use crate::manager::sync_pipe::ManagerPipes;
use crate::oom::OomWatch;
use crate::plan::{LogsPlan, Plan};
use crate::poll::{Poll, Token, Watched};
use crate::processes::runtime::{InheritedState, Streams};
use crate::processes::signals::Signals;
use crate::stream::Stream;
use crate::timer::Deadline;

/// See the module.
pub(crate) struct Components {
    pub(crate) host: Host,
    pub(crate) plan: Box<Plan>,
    pub(crate) reporter: Reporter,
    pub(crate) pipes: ManagerPipes,
    /// What the runtime and the exit command get back.
    pub(crate) inherited: InheritedState,
    pub(super) poll: Rc<Poll>,
    /// `None` in a process that handles its own signals.
    pub(super) signals: Option<Watched<Signals>>,
    pub(super) outputs: Outputs,
    pub(super) audience: Audience,
    pub(super) stdin: Stdin,
    pub(super) stdin_warnings: Warnings,
    pub(super) control: Option<Control>,
    pub(super) notify: Option<Watched<NotifyRelay>>,
    /// The master side, once the runtime has sent it.
    pub(super) terminal: Option<OwnedFd>,
    /// The last size that was asked for, also before there is a terminal.
    pub(super) window_size: Option<WindowSize>,
    /// From the time at which the container's pid is known.
    pub(super) oom: Option<Watched<OomWatch>>,
    /// How often memory ran out.
    pub(super) ooms: u64,
    pub(super) files: ManagerFiles,
    /// When to look for consumers that have stalled.
    pub(super) stall: Deadline,
    pub(super) resting: Resting,
}

/// What is opened first, while the caller of the monitor still reads its stderr.
pub(crate) struct Opened {
    poll: Rc<Poll>,
    logs: Logs,
    outputs: Outputs,
}

impl Opened {
    /// Opens the logs, and reserves what the session needs in any case.
    pub(crate) fn new(plan: &LogsPlan, background: Background) -> Result<Self, Error> {
        let poll = Rc::new(Poll::new()?);
        Ok(Self { logs: Logs::open(plan, background, &poll)?, outputs: Outputs::new()?, poll })
    }
}

impl Components {
    /// Those that are there before [`Self::set_up`]. Boxed: on the stack there would be several, left there by moving it.
    pub(crate) fn new(
        host: Host,
        plan: Box<Plan>,
        reporter: Reporter,
        pipes: ManagerPipes,
        inherited: InheritedState,
        opened: Opened,
    ) -> Box<Self> {
        Box::new(Self {
            host,
            plan,
            reporter,
            pipes,
            inherited,
            poll: opened.poll,
            signals: None,
            outputs: opened.outputs,
            audience: Audience { attach: None, logs: opened.logs },
            stdin: Stdin::none(),
            stdin_warnings: Warnings::default(),
            control: None,
            notify: None,
            terminal: None,
            window_size: None,
            oom: None,
            ooms: 0,
            files: ManagerFiles::new(),
            stall: Deadline::default(),
            resting: Resting::default(),
        })
    }

    /// Closes all but what is needed to report that there is no session, and to clean up.
    pub(crate) fn close(self: Box<Self>) -> (ManagerPipes, Reporter, Box<Plan>, InheritedState) {
        (self.pipes, self.reporter, self.plan, self.inherited)
    }

    /// Makes pipes, sockets and FIFOs, and waits for them. Returns the runtime's streams, and where it sends the terminal.
    pub(super) fn set_up(&mut self) -> Result<(Streams, Option<ConsoleSocket>), Error> {
        let (plan, poll) = (&self.plan, &self.poll);
        self.pipes.join(poll);
        if self.host == Host::Standalone {
            self.signals = Some(Watched::reading(Signals::open()?, Token::Signals, poll)?);
        }
        let console = match plan.stdio.terminal && !plan.stdio.passthrough {
            true => Some(ConsoleSocket::bind(plan.runtime.temporary_directory.as_path(), poll)?),
            false => None,
        };
        let (ours, theirs) = stdio::make(plan.stdio, self.host == Host::Embedded)?;
        self.audience.attach = plan.attach.as_ref().map(|plan| Attach::bind(plan, poll)).transpose()?;
        let control = plan.control.as_ref().map(|plan| Control::create(plan, poll));
        self.control = control.transpose()?;
        let notify = plan.notify.clone().map(NotifyRelay::bind).transpose()?;
        self.notify = notify.map(|relay| Watched::reading(relay, Token::Notify, poll)).transpose()?;
        self.stdin = match ours.stdin {
            Some(fd) => Stdin::open(fd, poll),
            None if console.is_some() => Stdin::awaited(),
            None => Stdin::none(),
        };
        self.outputs.connect(
            ours.stdout.map(|fd| Output::new(fd, Stream::Stdout, poll)),
            ours.stderr.map(|fd| Output::new(fd, Stream::Stderr, poll)),
        );
        self.outputs.watch()?;
        Ok((theirs, console))
    }
}
