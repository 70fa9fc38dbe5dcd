//! The guardian: a process above the monitor that starts another one if the monitor is killed (`CONMON_GUARDIAN=1`).
//!
//! The guardian is the process that managers know: its pid is in the monitor's pidfile, and signals to it are sent on. It forks the
//! monitor ([`part`]), releases its memory and waits ([`hibernate`](conmon_sys::hibernate)). What a next monitor needs is on the
//! [`Shelf`], in the kernel. When a child has ended, the guardian executes this program again and looks at what has happened
//! ([`GuardianCall::guard`]):
//!
//! - The monitor has exited: the guardian exits with the same status.
//! - The monitor was killed: the guardian starts another one, which continues with what is on the shelf.
//! - The container, a child of the guardian since its first monitor was killed, has ended: the guardian puts its status on the shelf.
//!
//! Both processes are subreapers. While the first monitor lives, the container is its child, and the guardian has no other.

mod call;
mod leftovers;
mod progress;
mod shelf;

use std::convert::Infallible;
use std::ffi::{CStr, CString};
use std::io;
use std::time::Duration;

pub(crate) use call::Continued;
pub use call::GuardianCall;
use conmon_sys::command_line;
use conmon_sys::environment::Environment;
use conmon_sys::fds::KeptAcrossExec;
use conmon_sys::hibernate::{Sleeper, Until, hibernate};
use conmon_sys::process::{Image, fork_alone};
use conmon_sys::signals::wait_for_signal;
pub(crate) use leftovers::kill_leftovers;
use nix::sys::prctl::set_name;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, getpid};
pub(crate) use progress::{Progress, Unlogged};
pub(crate) use shelf::{Shelf, ShelfNumbers};

use crate::backoff::in_a_row;
use crate::container_io::stdio::null;
use crate::plan::GUARDIAN_NAME;
use crate::processes::signals::Signals;

/// Environment variable by which a process finds out that it is a guardian, or a monitor that continues:
/// `guard:PID:SHELF` with the pid of the monitor, or `continue:PID:SHELF:TRIES` with that of the guardian.
const VARIABLE: &str = "_CONMON_GUARDIAN";
/// What is executed: this program, also if its file has been replaced since.
const THIS_PROGRAM: &CStr = c"/proc/self/exe";
/// Any long time: the wait is repeated.
const LONG: Duration = Duration::from_secs(3600);

/// Forks the monitor. Returns in the monitor only, with the pid of this process, which becomes its guardian.
///
/// # Errors
/// If there can be no guardian; nothing has been forked then.
pub(crate) fn part() -> io::Result<(Pid, Shelf, Progress)> {
    let (guardian, shelf) = (getpid(), in_a_row(Shelf::new)?);
    let progress = in_a_row(|| Progress::of(&shelf))?;
    match in_a_row(fork_alone)? {
        None => Ok((guardian, shelf, progress)),
        Some(monitor) => {
            // A caller may wait for the end of these.
            if let Ok(null) = null() {
                let _ = dup2_stdin(&null).and_then(|()| dup2_stdout(&null)).and_then(|()| dup2_stderr(&null));
            }
            shelf.close_all_others();
            wait_for_children(&shelf, monitor);
            call::guard(&shelf, monitor)
        }
    }
}

/// Waits until a child has ended and executes this program. Returns, when a child has ended, only if that is not possible: without
/// `/proc`, for want of memory.
fn wait_for_children(shelf: &Shelf, monitor: Pid) {
    let _ = set_name(GUARDIAN_NAME);
    let again = Reexec::new("guard", monitor, shelf, "");
    let argv = again.argv();
    let environment = again.environment();
    let until = Until::ChildEnded { signals: Signals::set(), to: monitor };
    if let Ok(kept) = KeptAcrossExec::mark(shelf.numbers().into_iter()) {
        let sleeper = Sleeper {
            program: THIS_PROGRAM,
            argv: &argv,
            environment: &environment,
            until,
            mask: SigSet::all(),
            shows_arguments: true,
        };
        let _ = in_a_row(|| hibernate(&sleeper));
        kept.undo();
    }
    while let Some(signal) =
        wait_for_signal(&Signals::set(), LONG).filter(|signal| *signal != Signal::SIGCHLD)
    {
        let _ = kill(monitor, signal);
    }
}

/// An execution of this program with the same command line.
struct Reexec {
    argv: Vec<CString>,
    variable: CString,
    shelf: ShelfNumbers,
}

impl Reexec {
    fn new(purpose: &str, pid: Pid, shelf: &Shelf, more: &str) -> Self {
        let argv = command_line::arguments().into_iter().map(CString::new).map(Result::unwrap_or_default);
        let numbers = shelf.numbers();
        let list = numbers.map(|number| number.to_string()).join(",");
        let variable = CString::new(format!("{VARIABLE}={purpose}:{pid}:{list}{more}")).unwrap_or_default();
        Self { argv: argv.collect(), variable, shelf: numbers }
    }

    fn argv(&self) -> Vec<&CStr> {
        self.argv.iter().map(CString::as_c_str).collect()
    }

    fn environment(&self) -> Environment<'_> {
        let mut environment = Environment::inherit();
        environment.add(&self.variable);
        environment
    }

    /// Returns only on failure.
    fn execute(&self) -> io::Result<Infallible> {
        let kept = KeptAcrossExec::mark(self.shelf.into_iter())?;
        let error = Image::of(THIS_PROGRAM, &self.argv()).execute(&self.environment());
        kept.undo();
        Err(error)
    }
}
