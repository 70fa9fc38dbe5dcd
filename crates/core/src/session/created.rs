//! From the runtime's end to a running container, or to the report that there is none.

use std::time::{Duration, Instant};

use nix::unistd::Pid;

use super::end::DRAIN_LIMIT;
use super::outputs::Outputs;
use super::{Home, Phase, Session};
use crate::error::Reason;
use crate::oom::OomWatch;
use crate::output::Pumped;
use crate::plan::Mode;
use crate::poll::{Interest, Token};
use crate::process::Process;
use crate::stream::Stream;
use crate::sys::pages::trim_stack;
use crate::sys::process::{EXECUTE_FAILED, Ended, Waited};

impl Session {
    pub(super) fn runtime_may_have_ended(&mut self) {
        let Some(runtime) = &self.runtime else { return };
        let ended = match runtime.reap() {
            Waited::None => return,
            Waited::Ended(_, ended) => ended,
            // Somebody else in this process reaped it; the pid file says how it went.
            Waited::NotOurs => Ended::Exited(0),
        };
        self.poll.forget(runtime);
        self.runtime = None;
        self.runtime_ended = Some(ended);
        // A client that waits to be accepted gets what was kept until now, too: on a busy machine all of this is one
        // wake-up, and the runtime's end is told first.
        self.accept_clients();
        self.read_last_words();
        self.receive_terminal();
        match self.container_of(ended) {
            Ok(pid) => self.container_runs(pid),
            Err(why) => self.fail(why),
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
        let pid = match self.pidfile.read() {
            Ok(Some(pid)) => pid,
            Ok(None) if succeeded => {
                let path = &self.runtime_call.pidfile;
                return Err(
                    self.or_words(format!("the runtime succeeded but left no pid in its pidfile {path}"))
                );
            }
            Ok(None) => return Err(self.runtime_failure(ended)),
            Err(error) => return Err(error.to_string()),
        };
        if self.stdio.terminal && !self.stdio.passthrough && self.terminal.is_none() {
            // Nobody could ever speak with it.
            if let Ok(container) = Process::new(pid) {
                let _ = container.signal(nix::sys::signal::Signal::SIGKILL);
            }
            return Err(self.or_words("Runtime did not set up terminal".to_owned()));
        }
        Ok(pid)
    }

    fn runtime_failure(&self, ended: Ended) -> String {
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
    fn or_words(&self, otherwise: String) -> String {
        let words = self.outputs.words();
        if words.is_empty() { otherwise } else { String::from_utf8_lossy(words).into_owned() }
    }

    fn container_runs(&mut self, pid: Pid) {
        self.phase = Phase::Running;
        self.pid = Some(pid);
        self.sync_pipe.started(pid.as_raw());
        self.watch_pipes();
        self.watch_container(pid);
        self.with_audience(true, Outputs::container_runs);
        // What was left behind while the container's pid was unknown.
        if self.signals.is_some() {
            self.reap_children();
        }
        self.container_may_have_ended();
        if matches!(self.phase, Phase::Running) && self.home == Home::Own {
            // From now on most monitors only wait.

            trim_stack();
        }
    }

    fn watch_container(&mut self, pid: Pid) {
        if !self.oom_files.is_empty()
            && let Some(watch) = OomWatch::on(pid)
        {
            self.oom = self.poll.watch(&watch, Token::Oom, Interest::Read).ok().map(|()| watch);
        }
        if let Some(seconds) = self.exit.timeout_seconds {
            self.time_limit.set(Duration::from_secs(u64::from(seconds)));
        }
        match Process::new(pid) {
            Ok(container) => {
                if let Err(error) = self.poll.watch(&container, Token::Container, Interest::Read) {
                    self.reporter.error(error);
                }
                self.container = Some(container);
            }
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => self.container_ended(None),
            Err(error) => {
                self.reporter
                    .error(format_args!("cannot watch the container's process {pid}: {}", Reason(&error)));
            }
        }
    }

    fn fail(&mut self, why: String) {
        self.attach_pipe.failed(why.as_bytes());
        self.sync_pipe.failed(why.as_bytes());
        self.reporter.error(why.trim_end());
        self.phase = Phase::Failed(why);
    }
}
