//! From the runtime's end to a running container, or to the report that there is none.

use std::time::{Duration, Instant};

use conmon_sys::pages::trim_stack;
use conmon_sys::process::{EXECUTE_FAILED, Ended, Waited, children};
use nix::unistd::Pid;

use super::end::DRAIN_LIMIT;
use super::outputs::Outputs;
use super::{Host, Phase, Session};
use crate::confine::confine;
use crate::container_io::output::Pumped;
use crate::error::Error;
use crate::oom::OomWatch;
use crate::plan::Mode;
use crate::poll::{Interest, Token, Watched};
use crate::processes::process::{Process, is_below_us};
use crate::stream::Stream;

/// How long the pid file is tried to be read, and how often.
const PIDFILE_PATIENCE: Duration = Duration::from_secs(1);
const PIDFILE_PAUSE: Duration = Duration::from_millis(5);
/// How long a killed process may take to end.
const KILL_PATIENCE: Duration = Duration::from_secs(1);
const KILL_PAUSE: Duration = Duration::from_millis(2);

impl Session {
    pub(super) fn runtime_may_have_ended(&mut self) {
        let Some(runtime) = &self.runtime else { return };
        let ended = match runtime.reap() {
            Waited::None => return,
            Waited::Ended(_, ended) => ended,
            // Somebody else in this process reaped it; the pid file says how it went.
            Waited::NotOurs => Ended::Exited(0),
        };
        self.runtime = None;
        self.runtime_ended = Some(ended);
        // A client that waits to be accepted gets what was kept until now, too: on a busy machine all of this is one
        // wake-up, and the runtime's end is told first.
        self.accept_clients();
        self.read_last_words();
        self.receive_terminal();
        match self.container_of(ended) {
            Ok(pid) => self.container_runs(pid),
            Err(why) => {
                self.kill_unwatched(ended);
                self.fail(why);
            }
        }
    }

    /// What the runtime wrote before it ended is in the pipe by now; a process it left behind may hold the pipe open.
    fn read_last_words(&mut self) {
        let limit = Instant::now() + DRAIN_LIMIT;
        while self.pump_until(limit, Stream::Stderr, true) == Pumped::More {}
    }

    /// The container's pid, or why there is none.
    fn container_of(&mut self, ended: Ended) -> Result<Pid, String> {
        let succeeded = ended == Ended::Exited(0);
        if !succeeded && self.mode != Mode::Exec {
            return Err(self.runtime_failure(ended));
        }
        // An exec's status may be the command's own: only the pid file tells whether it ever ran.
        let pid = match self.read_pidfile() {
            Ok(Some(pid)) => pid,
            Ok(None) if succeeded => {
                let path = &self.runtime_call.pidfile;
                let otherwise = format!("the runtime succeeded but left no pid in its pidfile {path}");
                return Err(self.or_words(otherwise));
            }
            Ok(None) => return Err(self.runtime_failure(ended)),
            Err(error) => return Err(error.to_string()),
        };
        if self.stdio.terminal && !self.stdio.passthrough && self.terminal.is_none() {
            return Err(self.or_words("Runtime did not set up terminal".to_owned()));
        }
        Ok(pid)
    }

    /// A system call that fails now may work in a moment. Content that is no pid does not get better.
    fn read_pidfile(&self) -> Result<Option<Pid>, Error> {
        let end = Instant::now() + PIDFILE_PATIENCE;
        loop {
            match self.pidfile.read() {
                Err(error) if error.reason().raw_os_error().is_some() && Instant::now() < end => {
                    std::thread::sleep(PIDFILE_PAUSE);
                }
                read => return read,
            }
        }
    }

    /// The manager learns that there is no container, so nothing may be left running without a monitor: not the process
    /// that the pid file names, nor, if that names none although the runtime has succeeded, what it left behind.
    fn kill_unwatched(&self, ended: Ended) {
        let left = match self.pidfile.read() {
            Ok(Some(pid)) => vec![pid],
            Ok(None) | Err(_) if ended == Ended::Exited(0) && self.host == Host::Standalone => children(),
            Ok(None) | Err(_) => Vec::new(),
        };
        for pid in left.into_iter().filter(|pid| is_below_us(*pid)) {
            let container = Process::watch(pid, Token::Container, &self.poll);
            container.kill_group();
            self.reporter.warn(format_args!("killed the process {pid}: it would have had no monitor"));
            // So that the exit command finds it gone.
            let end = Instant::now() + KILL_PATIENCE;
            while !container.has_ended() && container.reap() == Waited::None && Instant::now() < end {
                std::thread::sleep(KILL_PAUSE);
            }
        }
    }

    fn runtime_failure(&mut self, ended: Ended) -> String {
        let runtime = self.runtime_call.argv.first().map_or_else(String::new, ToString::to_string);
        self.or_words(match ended {
            Ended::Exited(EXECUTE_FAILED) => format!(
                "{runtime} cannot be executed, or ended with status {EXECUTE_FAILED} and said nothing"
            ),
            Ended::Exited(code) => format!("{runtime} exited with status {code} and said nothing"),
            Ended::Killed(signal) => format!("{runtime} was killed by signal {signal} and said nothing"),
        })
    }

    /// The runtime's own words, if there are any.
    fn or_words(&mut self, otherwise: String) -> String {
        let words = self.outputs.words();
        if words.is_empty() { otherwise } else { words }
    }

    fn container_runs(&mut self, pid: Pid) {
        self.phase = Phase::Running;
        self.pid = Some(pid);
        self.sync_pipe.started(pid.as_raw());
        self.watch_container(pid);
        self.with_audience(true, Outputs::container_runs);
        // What was left behind while the container's pid was unknown.
        self.reap_children();
        self.container_may_have_ended();
        self.look_out();
        if matches!(self.phase, Phase::Running) && self.host == Host::Standalone {
            self.settle();
        }
    }

    /// From now on most monitors only wait.
    fn settle(&mut self) {
        if let Some(confinement) = self.confinement.take() {
            confine(&confinement, &self.reporter);
        }
        trim_stack();
    }

    fn watch_container(&mut self, pid: Pid) {
        if !self.oom_files.is_empty()
            && let Some(watch) = OomWatch::on(pid)
        {
            // Also read once more at the end, so it is worth having even when nothing reports its events.
            let _ = self.oom.insert(Watched::new(watch, Token::Oom, &self.poll)).set(Some(Interest::Read));
        }
        if let Some(seconds) = self.exit.timeout_seconds {
            self.time_limit.set(Duration::from_secs(u64::from(seconds)));
        }
        self.container = Some(Process::watch(pid, Token::Container, &self.poll));
    }

    fn fail(&mut self, why: String) {
        self.attach_pipe.failed(why.as_bytes());
        self.sync_pipe.failed(why.as_bytes());
        self.reporter.error(why.trim_end());
        self.phase = Phase::Failed(why);
    }
}
