//! [`GuardianCall`]: how a process finds out that it is a guardian, or a monitor that a guardian has started.

use std::env;
use std::os::fd::RawFd;
use std::time::Duration;

use conmon_sys::environment;
use conmon_sys::process::{Child, EXECUTE_FAILED, Ended, ended_child, exit_now, fork_alone, reap};
use nix::sys::signal::{Signal, raise};
use nix::unistd::{Pid, getpid};

use super::{Reexec, Shelf, VARIABLE, wait_for_children};
use crate::handover::patiently;
use crate::processes::process::UNKNOWN_STATUS;
use crate::rescue::Identity;
use crate::session::Shelved;

/// A monitor that was killed when it was younger than this is replaced after a pause: the next one may be killed as well.
const YOUNG: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(100);

/// What this process is to do, as the environment says.
#[derive(Debug)]
pub enum GuardianCall {
    /// To guard the monitor with this pid.
    Guard(Guarded),
    /// To continue as the monitor.
    Continue(Continued),
}

/// A monitor and the shelf of its guardian.
#[derive(Debug)]
pub struct Guarded {
    shelf: Shelf,
    monitor: Pid,
}

/// The shelf of a monitor that was killed.
#[derive(Debug)]
pub struct Continued {
    pub(crate) guardian: Pid,
    pub(crate) shelf: Shelf,
    /// How often that has failed.
    pub(crate) tries: u32,
}

impl GuardianCall {
    /// Takes the call, if there is one, and removes the variable so that no child inherits it.
    ///
    /// # Errors
    /// If the variable names nothing that can be used.
    #[inline(never)]
    pub fn take() -> Result<Option<Self>, String> {
        let Some(value) = env::var_os(VARIABLE) else { return Ok(None) };
        environment::remove(VARIABLE);
        let call = value.to_str().and_then(Self::parse);
        call.map(Some).ok_or_else(|| format!("{VARIABLE}={} names no guardian", value.display()))
    }

    fn parse(value: &str) -> Option<Self> {
        let mut fields = value.split(':');
        let (purpose, pid, shelf) = (fields.next()?, fields.next()?, fields.next()?);
        let pid = Pid::from_raw(pid.parse().ok().filter(|pid| *pid > 0)?);
        let numbers = shelf.split(',').map(|number| number.parse().ok()).collect::<Option<Vec<RawFd>>>()?;
        let shelf = Shelf::from_numbers(numbers.try_into().ok()?)?;
        match purpose {
            "guard" => Some(Self::Guard(Guarded { shelf, monitor: pid })),
            "continue" => {
                let tries = fields.next()?.parse().ok()?;
                Some(Self::Continue(Continued { guardian: pid, shelf, tries }))
            }
            _ => None,
        }
    }
}

impl Guarded {
    /// Does what the end of a child asks for, and waits for the next.
    pub fn guard(self) -> ! {
        guard(&self.shelf, self.monitor)
    }
}

impl Continued {
    /// Executes this program again as the monitor, after a pause.
    pub(crate) fn try_again(&self) -> ! {
        std::thread::sleep(YOUNG);
        become_monitor(self.guardian, &self.shelf, self.tries.saturating_add(1))
    }
}

pub(super) fn guard(shelf: &Shelf, mut monitor: Pid) -> ! {
    let ended = |monitor| ended_child(Child::This(monitor)).map(|(_, ended)| ended);
    loop {
        if let Some(ended) = ended(monitor) {
            let is_young = Identity::of(monitor).is_ok_and(|monitor| monitor.age() < YOUNG);
            reap(Child::This(monitor), true);
            match ended {
                Ended::Exited(status) if shelf.is_claimed() => conclude(shelf, Some(status)),
                Ended::Exited(status) => exit_now(status),
                Ended::Killed(_) if shelf.is_claimed() => conclude(shelf, None),
                Ended::Killed(_) => {}
            }
            if is_young {
                std::thread::sleep(PAUSE);
            }
            monitor = start(shelf);
        }
        reap_others(shelf, monitor);
        // Only then: signals for children that end at the same time are one.
        if ended(monitor).is_none() {
            wait_for_children(shelf, monitor);
        }
    }
}

/// Reaps the children that have ended, up to the monitor.
fn reap_others(shelf: &Shelf, monitor: Pid) {
    let container = Shelved::container_of(shelf);
    while let Some((pid, ended)) = ended_child(Child::Any).filter(|(pid, _)| *pid != monitor) {
        if Some(pid) == container {
            patiently(|| shelf.put_end(ended));
        }
        reap(Child::This(pid), true);
    }
}

/// Nothing is left to do but the exit command, which somebody may wait for: it is a child of this process if the monitor that
/// forked it was killed.
fn conclude(shelf: &Shelf, status: Option<i32>) -> ! {
    let (end, command) = shelf.take_notes();
    if let Some(command) = command {
        reap(Child::This(command), true);
    }
    exit_now(status.or(end.map(Ended::status)).unwrap_or(UNKNOWN_STATUS))
}

/// Starts another monitor.
fn start(shelf: &Shelf) -> Pid {
    let guardian = getpid();
    match patiently(fork_alone) {
        Some(monitor) => monitor,
        None => become_monitor(guardian, shelf, 0),
    }
}

/// A process that cannot ends like one that was killed, so that it is replaced.
fn become_monitor(guardian: Pid, shelf: &Shelf, tries: u32) -> ! {
    let _ = Reexec::new("continue", guardian, shelf, &format!(":{tries}")).execute();
    let _ = raise(Signal::SIGKILL);
    exit_now(EXECUTE_FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_else_is_not_a_call() {
        for value in [
            "",
            "guard",
            "guard:1",
            "guard:1:2",
            "guard:0:1000003,1000004,1000005,1000006",
            "wait:1:1000003,1000004,1000005,1000006",
            "continue:1:1000003,1000004,1000005,1000006:x",
            "guard:1:1000003,1000004,1000005",
        ] {
            assert!(GuardianCall::parse(value).is_none(), "{value:?}");
        }
    }
}
