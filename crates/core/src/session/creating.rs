//! [`Creating`]: the runtime is at work. Ends with a running container, or with the report that there is none.

use std::time::{Duration, Instant};

use conmon_sys::pages::trim_stack;
use conmon_sys::process::{Child, EXECUTE_FAILED, Ended, Waited, children, reap};
use nix::unistd::Pid;

use super::drain::DRAIN_LIMIT;
use super::early::Early;
use super::running::Running;
use super::{Components, Host, Phase, Session};
use crate::confine::confine;
use crate::container_io::console::ConsoleSocket;
use crate::container_io::output::Pumped;
use crate::error::Error;
use crate::plan::Mode;
use crate::poll::Token;
use crate::processes::pidfile::PidFile;
use crate::processes::process::{Process, is_below_us};
use crate::stream::Stream;

/// How long, and how often, reading the pid file is retried.
const PIDFILE_PATIENCE: Duration = Duration::from_secs(1);
const PIDFILE_PAUSE: Duration = Duration::from_millis(5);
/// How long killed processes may take to end.
const KILL_PATIENCE: Duration = Duration::from_secs(1);
const KILL_PAUSE: Duration = Duration::from_millis(2);

/// The phase in which the runtime creates the container.
pub(super) struct Creating {
    pub(super) runtime: Process,
    /// Where the runtime sends the terminal, until it has.
    pub(super) console: Option<ConsoleSocket>,
    pub(super) early: Early,
}

impl Creating {
    pub(super) fn new(runtime: Process, console: Option<ConsoleSocket>) -> Self {
        Self { runtime, console, early: Early::default() }
    }

    /// Reads what the runtime left when it ended. Returns the container's pid, or why there is none.
    fn conclude(
        &mut self,
        ended: Ended,
        pidfile: &PidFile,
        components: &mut Components,
    ) -> Result<Pid, String> {
        self.read_stderr(components);
        self.receive_terminal(components);
        self.container_of(ended, pidfile, components)
    }

    /// Reads the runtime's stderr to its end, or for as long as [`DRAIN_LIMIT`]: a process that it left behind may keep the pipe open.
    fn read_stderr(&mut self, components: &mut Components) {
        let limit = Instant::now() + DRAIN_LIMIT;
        while components.pump_until(limit, Stream::Stderr, Some(&mut self.early), true) == Pumped::More {}
    }

    fn container_of(
        &mut self,
        ended: Ended,
        pidfile: &PidFile,
        components: &Components,
    ) -> Result<Pid, String> {
        let (plan, succeeded) = (&components.plan, ended == Ended::Exited(0));
        if !succeeded && plan.mode != Mode::Exec {
            return Err(self.runtime_failure(ended, components));
        }
        // An exec's status may be the command's own: only the pid file shows whether it ever ran.
        let pid = match read_pidfile(pidfile) {
            Ok(Some(pid)) => pid,
            Ok(None) if succeeded => {
                let path = &plan.runtime.pidfile;
                let otherwise = format!("the runtime succeeded but left no pid in its pidfile {path}");
                return Err(self.or_stderr(otherwise));
            }
            Ok(None) => return Err(self.runtime_failure(ended, components)),
            Err(error) => return Err(error.to_string()),
        };
        if plan.stdio.terminal && !plan.stdio.passthrough && components.terminal.is_none() {
            return Err(self.or_stderr("Runtime did not set up terminal".to_owned()));
        }
        Ok(pid)
    }

    fn runtime_failure(&mut self, ended: Ended, components: &Components) -> String {
        let runtime = components.plan.runtime.argv.first().map_or_else(String::new, ToString::to_string);
        self.or_stderr(match ended {
            Ended::Exited(EXECUTE_FAILED) => format!(
                "{runtime} cannot be executed, or ended with status {EXECUTE_FAILED} without an error message"
            ),
            Ended::Exited(code) => format!("{runtime} exited with status {code} without an error message"),
            Ended::Killed(signal) => {
                format!("{runtime} was killed by signal {signal} without an error message")
            }
        })
    }

    /// The runtime's stderr output, or `otherwise` if there is none.
    fn or_stderr(&mut self, otherwise: String) -> String {
        let stderr = self.early.stderr();
        if stderr.is_empty() { otherwise } else { stderr }
    }
}

/// Reads the pid file, and retries system calls that fail. Content that is not a pid is not retried.
fn read_pidfile(pidfile: &PidFile) -> Result<Option<Pid>, Error> {
    let end = Instant::now() + PIDFILE_PATIENCE;
    loop {
        match pidfile.read() {
            Err(error) if error.reason().raw_os_error().is_some() && Instant::now() < end => {
                std::thread::sleep(PIDFILE_PAUSE);
            }
            read => return read,
        }
    }
}

impl Session {
    /// Ends the phase [`Creating`] if the runtime has ended.
    pub(super) fn runtime_may_have_ended(&mut self) {
        let Phase::Creating(creating) = &mut self.phase else { return };
        let ended = match creating.runtime.reap() {
            Waited::None => return,
            Waited::Ended(_, ended) => ended,
            // Other code in this process reaped it; the pid file shows whether it succeeded.
            Waited::NotOurs => Ended::Exited(0),
        };
        match creating.conclude(ended, &self.pidfile, &mut self.components) {
            Ok(pid) => self.container_started(pid, ended),
            Err(why) => {
                self.kill_unwatched(ended);
                self.fail(why);
            }
        }
    }

    fn container_started(&mut self, pid: Pid, runtime: Ended) {
        let Phase::Creating(creating) = &mut self.phase else { return };
        self.components.shelve(pid);
        self.components.pipes.sync.started(pid.as_raw());
        let running = Running::watch(pid, runtime, &mut self.components);
        self.components.pass_on(&mut creating.early);
        self.phase = Phase::Running(running);
        // Children that have ended while the container's pid was unknown.
        self.reap_children();
        self.container_may_have_ended();
        self.poll_processes_soon();
        if matches!(self.phase, Phase::Running(_)) && self.components.host == Host::Standalone {
            self.components.leave_rescue_file(pid);
            self.components.confine_and_trim(true);
        }
    }

    fn fail(&mut self, why: String) {
        self.components.pipes.failed(why.as_bytes());
        self.components.reporter.error(why.trim_end());
        self.phase = Phase::Failed(why);
    }

    /// The manager learns that there is no container, so nothing may be left running without a monitor: not the process
    /// that the pid file names, nor, if that names none although the runtime has succeeded or was killed, what it left
    /// behind. A runtime that fails by itself removes what it has made.
    fn kill_unwatched(&self, ended: Ended) {
        let Components { host, poll, reporter, .. } = &*self.components;
        let cannot_clean_up = matches!(ended, Ended::Exited(0) | Ended::Killed(_));
        let takes_all = cannot_clean_up && *host == Host::Standalone;
        let created = self.pidfile.read().ok().flatten();
        let mut left = match created {
            Some(pid) => vec![pid],
            None if takes_all => living_children(),
            None => Vec::new(),
        };
        let end = Instant::now() + KILL_PATIENCE;
        while !left.is_empty() {
            for pid in left.into_iter().filter(|pid| is_below_us(*pid)) {
                let container = Process::watch(pid, Token::Container, poll);
                container.kill_group();
                reporter.warn(format_args!("killed the process {pid}: it would have had no monitor"));
                // So that the exit command finds it gone.
                while !container.has_ended() && container.reap() == Waited::None && Instant::now() < end {
                    std::thread::sleep(KILL_PAUSE);
                }
            }
            // The children of one that was killed are ours now.
            left = if created.is_none() && Instant::now() < end { living_children() } else { Vec::new() };
        }
    }
}

/// Reaps those that have ended.
fn living_children() -> Vec<Pid> {
    children().into_iter().filter(|pid| reap(Child::This(*pid), false) == Waited::None).collect()
}

impl Components {
    /// Gives up what the monitor of a running container does not need: privileges, and memory of the set-up.
    pub(super) fn confine_and_trim(&self, is_parent: bool) {
        if let Some(confinement) = &self.plan.confinement {
            confine(confinement, is_parent, &self.reporter);
        }
        trim_stack();
    }
}
