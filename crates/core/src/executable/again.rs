//! Processes that continue what another one has begun: an upgraded monitor, one that is rescued, one that a guardian has started.
//!
//! None of these functions is inlined: their frames would be part of that of each monitor, which stays on the stack.

use std::io::Write;

use conmon_sys::disposition::IgnoredSignals;
use nix::sys::signal::SigSet;
use nix::unistd::getpid;

use super::{FAILURE, exit_code, leave_standard_streams};
use crate::diagnostics::report::Reporter;
use crate::error::{Reason, Step};
use crate::guardian::{Continued, GuardianCall, kill_leftovers};
use crate::handover::{Purpose, READY, StateDocument, patiently};
use crate::manager::exit_files::ManagerFiles;
use crate::plan::{Plan, RESCUE_READY};
use crate::processes::exit_command::ExitCommand;
use crate::processes::runtime::InheritedState;
use crate::rescue::RescueCall;
use crate::session::{Lacking, Session, SessionState, Shelved};

/// How often a monitor is tried, once a second, for a container that has ended.
const TRIES: u32 = 30;
/// How often one is tried with all that belongs to it.
const COMPLETE_TRIES: u32 = 2;

/// Continues the monitor whose state an earlier executable of this process has left, or only finds out whether this executable
/// could. `plan` makes the plan of the same command line, as often as it takes; `planned` is called when it has. In a process that
/// has called [`begin`]. Returns its exit status.
#[inline(never)]
pub fn resume(
    document: &StateDocument,
    mut plan: impl FnMut() -> Result<Box<Plan>, String>,
    planned: impl FnOnce(),
) -> u8 {
    let state = SessionState::read(&document.json);
    let outcome = match document.purpose {
        Purpose::Try => state.and_then(|state| state.fits(&*plan()?)).map(|()| {
            let _ = writeln!(std::io::stderr(), "{READY}");
            0
        }),
        Purpose::Resume => state.and_then(|state| {
            let plan = patiently(plan);
            planned();
            let session = Session::resume(state, plan)?;
            Ok(exit_code(session.run().status))
        }),
    };
    status_of(outcome)
}

/// Monitors the container of a record, or becomes the process that does. `plan` makes the plan of this command line; `planned` is
/// called when it has. In a process that has called [`begin`]. Returns its exit status.
#[inline(never)]
pub fn rescue(
    call: RescueCall,
    plan: impl FnOnce() -> Result<Box<Plan>, String>,
    planned: impl FnOnce(),
    ignored: IgnoredSignals,
) -> u8 {
    let outcome = if call.is_monitor() {
        plan().and_then(|plan| {
            planned();
            let mut session = Session::rescue(&call, plan, ignored).map_err(|error| error.to_string())?;
            let _ = writeln!(std::io::stderr(), "{RESCUE_READY}");
            leave_standard_streams(&session.components().reporter);
            session.settle_after_rescue(&call);
            // The record of this process has replaced it.
            drop(call);
            Ok(exit_code(session.run().status))
        })
    } else {
        call.become_monitor().map(|()| 0)
    };
    status_of(outcome)
}

/// The exit status; a failure is also printed.
fn status_of(outcome: Result<u8, String>) -> u8 {
    outcome.unwrap_or_else(|why| {
        let _ = writeln!(std::io::stderr(), "{why}");
        FAILURE
    })
}

/// Waits as the guardian of a monitor, or continues a monitor that was killed. As above.
#[inline(never)]
pub fn continue_guarded(
    call: GuardianCall,
    plan: impl FnMut() -> Result<Box<Plan>, String>,
    planned: impl FnOnce(),
    ignored: IgnoredSignals,
) -> u8 {
    let continued = match call {
        GuardianCall::Guard(guarded) => guarded.guard(),
        GuardianCall::Continue(continued) => continued,
    };
    let plan = patiently(plan);
    planned();
    let reporter = Reporter::new(&plan.diagnostics, plan.cid.as_bytes());
    let shelved = match Shelved::of(&continued.shelf) {
        Ok(shelved) => shelved,
        Err(error) => {
            reporter.error(format_args!("cannot read the state of the session: {}", Reason(&error)));
            continued.try_again()
        }
    };
    if shelved.is_none() || continued.tries > TRIES && continued.shelf.end().is_some() {
        let unknown =
            || InheritedState { signals: SigSet::empty(), ignored, oom_score: None, launcher: getpid() };
        return clean_up(&continued, plan, &shelved.map_or_else(unknown, Shelved::into_inherited), &reporter);
    }
    let lacking = if continued.tries < COMPLETE_TRIES { Lacking::Refused } else { Lacking::Tolerated };
    match continued
        .shelf
        .try_clone()
        .step("copy the shelf")
        .and_then(|shelf| Session::continue_guarded(continued.guardian, shelf, plan, lacking))
    {
        Ok(mut session) => {
            drop(continued);
            session.settle_after_kill();
            exit_code(session.run().status)
        }
        Err(error) => {
            reporter.error(error);
            continued.try_again()
        }
    }
}

/// There is nothing to monitor any more. The exit command still cleans up.
fn clean_up(continued: &Continued, plan: Box<Plan>, inherited: &InheritedState, reporter: &Reporter) -> u8 {
    let end = continued.shelf.end();
    match end {
        Some(ended) => ManagerFiles::new().write_exit(&plan.exit.files, ended.status(), reporter),
        None => {
            reporter.error("the monitor was killed before the container ran");
            kill_leftovers(&plan, reporter);
        }
    }
    if let Some(command) = plan.exit.command {
        ExitCommand::new(command, true).run(Some(&continued.shelf), inherited, reporter);
    }
    end.map_or(FAILURE, |ended| exit_code(ended.status()))
}
