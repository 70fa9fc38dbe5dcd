//! The container's end: its last output is read and passed on, then the end is reported, in the order managers rely on.

use std::time::{Duration, Instant};

use conmon_sys::process::{Ended, Waited};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

use super::{Outcome, Phase, Session};
use crate::container_io::output::Pumped;
use crate::error::Reason;
use crate::stream::Stream;

/// A survivor that goes on writing is listened to no longer than this.
pub(super) const DRAIN_LIMIT: Duration = Duration::from_millis(300);
/// What a pipe or a terminal holds is read in so many pumps, one of which takes a mebibyte or all there is.
const FULL_PUMPS: usize = 4;
/// How long the last output of a terminal may be on its way through the kernel while a survivor keeps it open.
const TERMINAL_LATENCY: u8 = 20;
/// A manager that does not read its pipe for this long at the end does without the answer.
const PIPE_PATIENCE: Duration = Duration::from_secs(10);
/// A container that a SIGKILL does not end at once is reported all the same.
const KILL_LIMIT: Duration = Duration::from_secs(1);
/// What C conmon reports after the time limit.
const TIMED_OUT: i32 = -1;
/// The status of a container that was not our child is known to nobody; that must not look like success.
const UNKNOWN: i32 = 255;

impl Session {
    pub(super) fn container_may_have_ended(&mut self) {
        let Some(container) = &self.container else { return };
        match container.reap() {
            Waited::Ended(_, ended) => self.container_ended(Some(ended)),
            Waited::NotOurs if container.has_ended() => self.container_ended(None),
            Waited::None | Waited::NotOurs => {}
        }
    }

    /// `None`: it ended, but nobody can tell how.
    pub(super) fn container_ended(&mut self, ended: Option<Ended>) {
        self.container = None;
        if !matches!(self.phase, Phase::Running) {
            return;
        }
        let status = match (ended, self.runtime_ended) {
            _ if self.timed_out => TIMED_OUT,
            (Some(ended), _) => ended.status(),
            (None, Some(Ended::Exited(code))) if code != 0 => code,
            (None, _) => UNKNOWN,
        };
        self.reporter
            .info(format_args!("container {} exited with status {status}", self.pid.map_or(0, Pid::as_raw)));
        self.look_for_oom_once_more();
        if !self.timed_out {
            self.drain();
        }
        self.audience.logs.end_of_output(&self.reporter);
        self.stdin.close();
        self.update_stdin();
        self.phase = Phase::Flushing { status, since: Instant::now() };
        self.finish_may_be_due();
    }

    /// No further event will come. An error that passes must not hide what happened.
    fn look_for_oom_once_more(&mut self) {
        if let Err(error) = self.check_oom().or_else(|_| self.check_oom()) {
            self.reporter.warn(format_args!("cannot read the container's memory events: {}", Reason(&error)));
        }
    }

    /// Reads what the container left in its pipes: all that is there now, but not what a survivor keeps adding. What a
    /// pipe or a terminal can hold is read whatever clients can take; beyond that their queues must not grow.
    fn drain(&mut self) {
        self.accept_clients();
        let limit = Instant::now() + DRAIN_LIMIT;
        for stream in [Stream::Stdout, Stream::Stderr] {
            for at_any_cost in std::iter::repeat_n(true, FULL_PUMPS).chain(std::iter::repeat(false)) {
                let pumped = self.pump_until(limit, stream, at_any_cost);
                if let Pumped::Failed(errno) = pumped {
                    self.give_up(stream, errno);
                }
                let more = match pumped {
                    Pumped::More => true,
                    Pumped::Dry => self.has_unread(stream) || self.terminal_has_more(stream),
                    Pumped::Stopped | Pumped::HungUp | Pumped::Failed(_) | Pumped::Ended => false,
                };
                if !more || Instant::now() >= limit {
                    break;
                }
            }
        }
    }

    /// A read that came back short need not have been the last: a pipe whose writer has set `O_DIRECT` gives one packet a
    /// read (pipe(2)).
    fn has_unread(&self, stream: Stream) -> bool {
        self.outputs.unread(stream) > 0
    }

    /// A stream could not be read to its end: what is left is lost, and counted.
    fn give_up(&mut self, stream: Stream, errno: Errno) {
        let bytes = self.outputs.unread(stream);
        if bytes > 0 {
            let (name, reason) = (stream.name(), errno.desc());
            self.reporter.error(format_args!("lost {bytes} bytes of the container's {name}: {reason}"));
            self.audience.logs.lose_unread(stream, bytes, &errno.into());
        }
        // It must not be logged after it has been counted as lost.
        self.outputs.abandon(stream);
    }

    /// Reads once; as often as it takes when that fails, but not beyond `limit`.
    pub(super) fn pump_until(&mut self, limit: Instant, stream: Stream, at_any_cost: bool) -> Pumped {
        loop {
            let pumped = self.pump_once(stream, at_any_cost);
            let (Pumped::Failed(_), Some(due)) = (pumped, self.outputs.pause_of(stream)) else {
                return pumped;
            };
            if due > limit {
                return pumped;
            }
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }

    /// A terminal's output reaches us through a worker of the kernel, a moment after it was written.
    fn terminal_has_more(&self, stream: Stream) -> bool {
        let Some(terminal) = self.terminal.as_ref().filter(|_| stream == Stream::Stdout) else {
            return false;
        };
        let mut waiting = [PollFd::new(std::os::fd::AsFd::as_fd(terminal), PollFlags::POLLIN)];
        poll(&mut waiting, PollTimeout::from(TERMINAL_LATENCY)).is_ok_and(|count| count > 0)
    }

    pub(super) fn time_is_over(&mut self) {
        let Some(container) = &self.container else { return };
        self.timed_out = true;
        container.kill_group();
        self.finish.set(KILL_LIMIT);
    }

    /// Whether clients and the journal have taken their last output, or have had their time.
    pub(super) fn finish_may_be_due(&mut self) {
        if matches!(self.phase, Phase::Running) && self.timed_out {
            return self.container_ended(None);
        }
        let Phase::Flushing { status, since } = self.phase else { return };
        let now = Instant::now();
        match self.audience.flush_limit(since).filter(|limit| *limit > now) {
            Some(limit) => self.finish.set(limit - now),
            None => self.phase = Phase::Ended { status },
        }
    }

    /// Reports the end, runs the exit command and returns what became of the container. `leaked_fds` were kept open for the
    /// manager until now.
    pub(crate) fn report(mut self: Box<Self>, leaked_fds: Vec<i32>) -> Outcome {
        self.console = None;
        // Exit files need a descriptor each, and clients may have taken all others.
        self.signals = None;
        self.audience.logs.end_of_output(&self.reporter);
        for number in leaked_fds {
            conmon_sys::fds::close(number);
        }
        let (status, failure) = match std::mem::replace(&mut self.phase, Phase::Creating) {
            Phase::Ended { status } => (status, None),
            Phase::Failed(why) => (1, Some(why)),
            Phase::Creating | Phase::Running | Phase::Flushing { .. } => (UNKNOWN, None),
        };
        if failure.is_none() {
            self.write_exit_files(status);
            if self.timed_out {
                self.sync_pipe.timed_out();
            } else {
                self.sync_pipe.exited(status);
            }
        }
        // Clients see the end now: their managers read the exit files next, and the exit command may need a lock that
        // they hold until then.
        if let Some(notify) = self.notify.take() {
            let _ = notify.relay().or_else(|_| notify.relay());
        }
        if let Some(attach) = &mut self.audience.attach {
            attach.close_socket();
            attach.close_served_clients();
        }
        self.sync_pipe.conclude(PIPE_PATIENCE, &self.reporter);
        self.attach_pipe.conclude(PIPE_PATIENCE, &self.reporter);
        let outcome = Outcome {
            status,
            pid: self.pid.map(Pid::as_raw),
            oom: self.ooms > 0,
            timed_out: self.timed_out,
            failure,
        };
        self.finish();
        outcome
    }

    fn write_exit_files(&mut self, status: i32) {
        // Managers look for the OOM files when they see an exit file.
        if !self.files.are_complete() {
            self.files.retry(&self.reporter);
        }
        self.files.write_exit(&self.exit.files, status, &self.reporter);
        if self.files.lack_descriptors() {
            (self.control, self.oom, self.terminal) = (None, None, None);
            self.files.retry(&self.reporter);
        }
    }
}
