//! [`Shared`]: the state that the tracing thread reports to the manager's thread.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The monitor's process: the first one, or the one the launcher leaves running.
pub(crate) const MONITOR: &str = "monitor";
/// The first monitor below a guardian, which has the role of a monitor without one.
pub(crate) const GUARDED: &str = "child1";
/// The first process, if it leaves another one running.
pub(crate) const LAUNCHER: &str = "launcher";

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Exited(i32),
    Killed(Signal),
}

#[derive(Debug, Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    alive: Vec<(Pid, String)>,
    ended: Vec<(String, Ending)>,
    over: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn appeared(&self, pid: Pid, role: &str) {
        self.state().alive.push((pid, role.to_owned()));
    }

    /// It executed another program.
    pub(crate) fn left(&self, pid: Pid) {
        self.state().alive.retain(|(alive, _)| *alive != pid);
        self.changed.notify_all();
    }

    pub(crate) fn ended(&self, pid: Pid, role: &str, ending: Ending) {
        let mut state = self.state();
        state.alive.retain(|(alive, _)| *alive != pid);
        state.ended.push((role.to_owned(), ending));
        drop(state);
        self.changed.notify_all();
    }

    /// None of the monitor's processes is left.
    pub(crate) fn over(&self) {
        self.state().over = true;
        self.changed.notify_all();
    }

    /// The monitor's pid while it is alive.
    pub(crate) fn monitor(&self) -> Option<Pid> {
        self.with_role(MONITOR)
    }

    pub(crate) fn with_role(&self, wanted: &str) -> Option<Pid> {
        self.state().alive.iter().find(|(_, role)| role == wanted).map(|(pid, _)| *pid)
    }

    pub(crate) fn ending(&self, role: &str) -> Option<Ending> {
        self.state().ended.iter().find(|(ended, _)| ended == role).map(|(_, ending)| *ending)
    }

    /// Every process killed by a signal.
    pub(crate) fn killed(&self) -> Vec<(String, Signal)> {
        let killed = |(role, ending): &(String, Ending)| match ending {
            Ending::Killed(signal) => Some((role.clone(), *signal)),
            Ending::Exited(_) => None,
        };
        self.state().ended.iter().filter_map(killed).collect()
    }

    /// Waits until all have ended; false at the time limit.
    pub(crate) fn wait_until_over(&self, limit: Instant) -> bool {
        let mut state = self.state();
        while !state.over {
            let left = limit.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let wait = self.changed.wait_timeout(state, left.min(Duration::from_secs(1)));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits until a role has ended; false at the time limit.
    pub(crate) fn wait_for(&self, role: &str, limit: Instant) -> bool {
        let mut state = self.state();
        while !state.over && !state.ended.iter().any(|(ended, _)| ended == role) {
            let left = limit.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Kills each hanging process and returns what it was doing.
    pub(crate) fn kill_all(&self) -> String {
        let alive = self.state().alive.clone();
        let mut text = String::new();
        for (pid, role) in alive {
            let at = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
            let (wchan, call) = (at("wchan"), at("syscall"));
            text.push_str(&format!("{role} in {wchan} [{}] ", call.trim()));
            let _ = kill(pid, Signal::SIGKILL);
        }
        text
    }
}
