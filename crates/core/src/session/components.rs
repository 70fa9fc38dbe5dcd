//! [`Components`]: what exists in all phases of a session.

use std::os::fd::OwnedFd;
use std::rc::Rc;

use conmon_sys::tty::WindowSize;

use super::Host;
use super::adoption::Adoption;
use super::consumers::Consumers;
use super::failed_sources::FailedSources;
use super::guardian::Guardian;
use super::outputs::Outputs;
use crate::adoption::PendingCommands;
use crate::attach::Attach;
use crate::container_io::console::ConsoleSocket;
use crate::container_io::output::Output;
use crate::container_io::stdin::Stdin;
use crate::container_io::stdio::{self, Ends};
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
use crate::rescue::RescueFile;
use crate::stream::{PerStream, Stream};
use crate::timer::Deadline;

/// What exists in all phases of a session. The components do not know each other.
pub(crate) struct Components {
    pub(crate) host: Host,
    pub(crate) plan: Box<Plan>,
    pub(crate) reporter: Reporter,
    pub(crate) pipes: ManagerPipes,
    /// What is restored for the runtime and the exit command.
    pub(crate) inherited: InheritedState,
    pub(crate) poll: Rc<Poll>,
    /// `None` in a process that handles its own signals.
    pub(super) signals: Option<Watched<Signals>>,
    pub(super) outputs: Outputs,
    pub(super) consumers: Consumers,
    pub(super) stdin: Stdin,
    pub(super) stdin_warnings: Warnings,
    pub(super) control: Option<Control>,
    pub(super) notify: Option<Watched<NotifyRelay>>,
    /// The master side, once the runtime has sent it.
    pub(super) terminal: Option<OwnedFd>,
    /// The last size that was requested, also before there is a terminal.
    pub(super) window_size: Option<WindowSize>,
    /// Set once the container's pid is known.
    pub(super) oom: Option<Watched<OomWatch>>,
    /// How often memory ran out.
    pub(super) ooms: u64,
    pub(super) files: ManagerFiles,
    /// The record from which another monitor can be started while the container runs.
    pub(super) rescue_file: Option<RescueFile>,
    /// The process that starts another monitor if this one is killed.
    pub(crate) guardian: Option<Box<Guardian>>,
    /// When to look for consumers that have stalled.
    pub(super) stall: Deadline,
    pub(super) failed_sources: FailedSources,
    /// Set once the runtime has been started.
    pub(super) adoption: Option<Adoption>,
    /// At the end: adopted commands that could not be moved to a child.
    pub(super) unmoved_commands: Option<PendingCommands>,
}

/// What becomes of a session without a log, a socket or a FIFO that it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// It does not begin.
    Refused,
    /// It begins without: the container would have no monitor otherwise.
    Tolerated,
}

impl Lacking {
    fn judge<T>(self, part: Option<Result<T, Error>>, reporter: &Reporter) -> Result<Option<T>, Error> {
        match part {
            Some(Err(error)) if self == Self::Tolerated => {
                reporter.warn(format_args!("{error}; continuing without"));
                Ok(None)
            }
            part => part.transpose(),
        }
    }
}

/// What is opened first, while the monitor's caller still reads its stderr.
pub(crate) struct InitialComponents {
    poll: Rc<Poll>,
    logs: Logs,
    outputs: Outputs,
}

impl InitialComponents {
    /// Opens the logs, and reserves what every session needs.
    pub(crate) fn new(plan: &LogsPlan, background: Background) -> Result<Self, Error> {
        let poll = Rc::new(Poll::new()?);
        Ok(Self { logs: Logs::open(plan, background, &poll)?, outputs: Outputs::new()?, poll })
    }

    /// The same for a container that runs already.
    pub(super) fn again(plan: &LogsPlan, lacking: Lacking, reporter: &Reporter) -> Result<Self, Error> {
        let background = Background::Child;
        if lacking == Lacking::Refused {
            return Self::new(plan, background);
        }
        let poll = Rc::new(Poll::new()?);
        let logs = Logs::open_or_retry(plan, background, &poll, reporter)?;
        Ok(Self { logs, outputs: Outputs::new()?, poll })
    }

    /// Whether a log's path names a descriptor that this process has inherited.
    pub(crate) fn has_inherited_log(&self) -> bool {
        self.logs.has_inherited()
    }

    /// From parts that are open already.
    pub(super) fn of(poll: Rc<Poll>, logs: Logs, outputs: Outputs) -> Self {
        Self { poll, logs, outputs }
    }
}

impl Components {
    /// The components before [`Self::set_up`]. Boxed: moving them would leave copies on the stack.
    pub(crate) fn new(
        host: Host,
        plan: Box<Plan>,
        reporter: Reporter,
        pipes: ManagerPipes,
        inherited: InheritedState,
        opened: InitialComponents,
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
            consumers: Consumers { attach: None, logs: opened.logs },
            stdin: Stdin::none(),
            stdin_warnings: Warnings::default(),
            control: None,
            notify: None,
            terminal: None,
            window_size: None,
            oom: None,
            ooms: 0,
            files: ManagerFiles::new(),
            rescue_file: None,
            guardian: None,
            stall: Deadline::default(),
            failed_sources: FailedSources::default(),
            adoption: None,
            unmoved_commands: None,
        })
    }

    /// Closes everything except what is needed to report a failed start and to clean up.
    pub(crate) fn close(self: Box<Self>) -> (ManagerPipes, Reporter, Box<Plan>, InheritedState) {
        (self.pipes, self.reporter, self.plan, self.inherited)
    }

    /// Creates pipes, sockets and FIFOs, and adds them to epoll. Returns the runtime's streams, and where it sends the terminal.
    pub(super) fn set_up(&mut self) -> Result<(Streams, Option<ConsoleSocket>), Error> {
        let (plan, poll) = (&self.plan, &self.poll);
        let console = match plan.stdio.terminal && !plan.stdio.passthrough {
            true => Some(ConsoleSocket::bind(plan.runtime.temporary_directory.as_path(), poll)?),
            false => None,
        };
        let (ours, theirs) = stdio::make(plan.stdio, self.host == Host::Embedded)?;
        let awaits_terminal = console.is_some();
        self.set_up_around(ours, awaits_terminal, Lacking::Refused)?;
        Ok((theirs, console))
    }

    /// Creates sockets and FIFOs, and adds them and our ends of the container's pipes to epoll.
    pub(super) fn set_up_around(
        &mut self,
        ours: Ends,
        awaits_terminal: bool,
        lacking: Lacking,
    ) -> Result<(), Error> {
        let (plan, poll, reporter) = (&self.plan, &self.poll, &self.reporter);
        self.pipes.join(poll);
        if self.host == Host::Standalone {
            self.signals = Some(Watched::reading(Signals::open()?, Token::Signals, poll)?);
        }
        let attach = plan.attach.as_ref().map(|plan| Attach::bind(plan, poll));
        self.consumers.attach = lacking.judge(attach, reporter)?;
        let control = plan.control.as_ref().map(|plan| Control::create(plan, poll));
        self.control = lacking.judge(control, reporter)?;
        let notify = lacking.judge(plan.notify.clone().map(NotifyRelay::bind), reporter)?;
        self.notify = notify.map(|relay| Watched::reading(relay, Token::Notify, poll)).transpose()?;
        self.stdin = match ours.stdin {
            Some(fd) => Stdin::open(fd, poll),
            None if awaits_terminal => Stdin::awaited(),
            None => Stdin::none(),
        };
        self.outputs.connect(PerStream {
            stdout: ours.stdout.map(|fd| Output::new(fd, Stream::Stdout, poll)),
            stderr: ours.stderr.map(|fd| Output::new(fd, Stream::Stderr, poll)),
        });
        self.outputs.watch()
    }
}
