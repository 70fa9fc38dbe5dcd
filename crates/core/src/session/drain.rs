//! The last output of a container that has ended.

use std::time::{Duration, Instant};

use conmon_sys::errors::describe;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Components;
use super::early::Early;
use crate::container_io::output::Pumped;
use crate::error::Reason;
use crate::log::Unread;
use crate::stream::Stream;

/// Limit on draining the pipes, if a process survives the container and continues to write.
pub(super) const DRAIN_LIMIT: Duration = Duration::from_millis(300);
/// Pumps that suffice for all that a pipe or a terminal can hold; each reads up to one mebibyte.
const FULL_PUMPS: usize = 4;
/// How long the last output of a terminal may take through the kernel while a surviving process keeps the terminal open.
const TERMINAL_LATENCY: u8 = 20;

impl Components {
    /// Reads the remaining output of the container, and closes its stdin. After the time limit (`timed_out`) the output stays unread,
    /// as with C conmon.
    pub(super) fn read_remaining_output(&mut self, timed_out: bool) {
        self.check_oom_at_end();
        if !timed_out {
            self.drain();
        }
        self.consumers.logs.end_of_output(&self.reporter);
        self.stdin.close();
        self.update_stdin();
    }

    /// Checks once more, because no further event will come. A temporary error must not hide an OOM kill.
    fn check_oom_at_end(&mut self) {
        if let Err(error) = self.check_oom().or_else(|_| self.check_oom()) {
            self.reporter.warn(format_args!("cannot read the container's memory events: {}", Reason(&error)));
        }
    }

    /// Reads what the container left in its pipes, but not what a surviving process keeps adding. As much as a pipe or a terminal can
    /// hold is read even if consumers are congested; beyond that their queues must not grow.
    fn drain(&mut self) {
        // Also if there is no output: a connection that was not accepted would be reset.
        self.accept_clients();
        let limit = Instant::now() + DRAIN_LIMIT;
        for stream in [Stream::Stdout, Stream::Stderr] {
            for ignore_congestion in std::iter::repeat_n(true, FULL_PUMPS).chain(std::iter::repeat(false)) {
                let pumped = self.pump_until(limit, stream, None, ignore_congestion);
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

    /// Closes a stream that could not be read to its end, and counts the rest as lost.
    fn give_up(&mut self, stream: Stream, errno: Errno) {
        let bytes = self.outputs.unread(stream);
        if bytes > 0 {
            let (name, reason) = (stream.name(), describe(errno));
            self.reporter.error(format_args!("lost {bytes} bytes of the container's {name}: {reason}"));
            self.consumers.logs.lose_unread(stream, Unread::Bytes(bytes), &errno.into());
        }
        // It must not be logged after it has been counted as lost.
        self.outputs.abandon(stream);
    }

    /// Reads once. A read that fails is retried until `limit`.
    pub(super) fn pump_until(
        &mut self,
        limit: Instant,
        stream: Stream,
        mut early: Option<&mut Early>,
        ignore_congestion: bool,
    ) -> Pumped {
        loop {
            let pumped = self.pump_once(stream, early.as_deref_mut(), ignore_congestion);
            let (Pumped::Failed(_), Some(due)) = (pumped, self.outputs.pause_of(stream)) else {
                return pumped;
            };
            if due > limit {
                return pumped;
            }
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }

    /// The output of a terminal passes through a kernel worker, so it arrives a moment after it was written.
    fn terminal_has_more(&self, stream: Stream) -> bool {
        let Some(terminal) = self.terminal.as_ref().filter(|_| stream == Stream::Stdout) else {
            return false;
        };
        let mut waiting = [PollFd::new(std::os::fd::AsFd::as_fd(terminal), PollFlags::POLLIN)];
        poll(&mut waiting, PollTimeout::from(TERMINAL_LATENCY)).is_ok_and(|count| count > 0)
    }
}
