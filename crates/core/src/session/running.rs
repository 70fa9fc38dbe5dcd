//! [`Running`]: the container runs, from the moment its pid is known until it exits.

use std::time::{Duration, Instant};

use conmon_sys::process::{Ended, Waited};
use nix::unistd::Pid;

use super::flushing::{ContainerEnd, Flushing};
use super::{Components, Phase, Session};
use crate::oom::OomWatch;
use crate::poll::{Interest, Token, Watched};
use crate::processes::process::{Process, UNKNOWN_STATUS};
use crate::rescue::Identity;

/// How long a container may take to exit after SIGKILL. After that it is reported as timed out even if it still runs.
const KILL_LIMIT: Duration = Duration::from_secs(1);
/// Status after the time limit, as C conmon reports it.
const TIMED_OUT: i32 = -1;

/// The phase in which the container runs.
pub(super) struct Running {
    pub(super) pid: Pid,
    pub(super) container: Process,
    /// How the runtime ended. For an exec session, its status may be the command's.
    pub(super) runtime: Ended,
    pub(super) limit: TimeLimit,
}

/// The limit on the time for which a container may run.
#[derive(Clone, Copy, Debug)]
pub(super) enum TimeLimit {
    /// There is none, or it is beyond the range of the clock.
    None,
    At(Instant),
    /// It has passed and the container was killed; its end is reported at this time, whether or not it has exited.
    Killed {
        report_at: Instant,
    },
}

impl TimeLimit {
    fn after(seconds: Option<u32>) -> Self {
        let at = |seconds| Instant::now().checked_add(Duration::from_secs(u64::from(seconds)));
        seconds.and_then(at).map_or(Self::None, Self::At)
    }

    pub(super) fn deadline(self) -> Option<Instant> {
        match self {
            Self::None => None,
            Self::At(at) | Self::Killed { report_at: at } => Some(at),
        }
    }
}

impl Running {
    /// Watches the container as well as the kernel allows.
    pub(super) fn watch(pid: Pid, runtime: Ended, components: &mut Components) -> Self {
        components.watch_memory(pid);
        let limit = TimeLimit::after(components.plan.exit.timeout_seconds);
        let container = Process::watch(pid, Token::Container, &components.poll);
        Self { pid, container, runtime, limit }
    }

    /// Watches a container that was started before this process. Its time limit is counted from its start.
    pub(super) fn watch_again(container: Identity, components: &mut Components) -> Self {
        let pid = Pid::from_raw(container.pid);
        components.watch_memory(pid);
        let age = container.age().as_secs();
        let left = |seconds: u32| u64::from(seconds).saturating_sub(age);
        let left = components.plan.exit.timeout_seconds.map(|seconds| left(seconds).try_into().unwrap_or(0));
        Self {
            pid,
            container: Process::watch_started(pid, container.started, Token::Container, &components.poll),
            runtime: Ended::Exited(0),
            limit: TimeLimit::after(left),
        }
    }

    /// `None`: it ended, but nobody knows how.
    fn end(&self, ended: Option<Ended>) -> ContainerEnd {
        let timed_out = matches!(self.limit, TimeLimit::Killed { .. });
        let status = match (ended, self.runtime) {
            _ if timed_out => TIMED_OUT,
            (Some(ended), _) => ended.status(),
            (None, Ended::Exited(code)) if code != 0 => code,
            (None, _) => UNKNOWN_STATUS,
        };
        ContainerEnd { pid: self.pid, status, timed_out }
    }
}

impl Components {
    fn watch_memory(&mut self, container: Pid) {
        if self.plan.oom_files.is_empty() {
            return;
        }
        let Some(watch) = OomWatch::on(container) else { return };
        let watch = self.oom.insert(Watched::new(watch, Token::Oom, &self.poll));
        // Also read once more at the end, so it is worth having even when nothing reports its events.
        let _ = watch.set(Some(Interest::Read));
    }
}

impl Session {
    pub(super) fn container_may_have_ended(&mut self) {
        let waited = self.reap_container();
        let Phase::Running(running) = &self.phase else { return };
        match waited {
            Some(Waited::Ended(_, ended)) => self.container_ended(Some(ended)),
            Some(Waited::NotOurs) if running.container.has_ended() => {
                self.container_ended(self.ended_elsewhere());
            }
            Some(Waited::None | Waited::NotOurs) | None => {}
        }
    }

    /// Ends the phase [`Running`]. `None`: the container ended, but nobody knows how.
    pub(super) fn container_ended(&mut self, ended: Option<Ended>) {
        let Phase::Running(running) = &self.phase else { return };
        let end = running.end(ended);
        if ended.is_none() && end.status == UNKNOWN_STATUS {
            self.components.reporter.warn(format_args!(
                "cannot find out how container {} ended: reported as {}",
                end.pid, UNKNOWN_STATUS
            ));
        }
        self.components
            .reporter
            .info(format_args!("container {} exited with status {}", end.pid, end.status));
        self.components.read_remaining_output(end.timed_out);
        self.phase = Phase::Flushing(Flushing::new(end));
        self.flush_may_be_over();
    }

    /// Kills the container when its time limit has passed, or reports one that has not exited since.
    pub(super) fn enforce_time_limit(&mut self) {
        let Phase::Running(running) = &mut self.phase else { return };
        match running.limit {
            TimeLimit::None => {}
            TimeLimit::At(_) => {
                running.limit = TimeLimit::Killed { report_at: Instant::now() + KILL_LIMIT };
                running.container.kill_group();
            }
            TimeLimit::Killed { .. } => self.container_ended(None),
        }
    }
}
