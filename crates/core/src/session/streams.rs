//! The container's streams: when each is read or written, and who is waited for.

use std::time::Instant;

use super::Session;
use super::outputs::{Audience, Outputs};
use crate::attach::Attach;
use crate::container_io::output::Pumped;
use crate::poll::Readiness;
use crate::stream::Stream;

impl Session {
    pub(super) fn write_stdin(&mut self, readiness: Readiness) {
        self.stdin.serve(readiness);
        self.update_stdin();
    }

    /// Waits for stdin while something is pending, and for clients' input while nothing is.
    pub(super) fn update_stdin(&mut self) {
        self.stdin.update();
        if let Some(errno) = self.stdin.failure() {
            let reason = errno.desc();
            self.stdin_warnings.warn(
                &self.reporter,
                format_args!("cannot write to the container's stdin: {reason}; trying again"),
            );
        }
        if let Some(attach) = &mut self.attach {
            attach.input_possible(self.stdin.takes_more());
        }
    }

    /// When a stream that failed is tried again.
    pub(super) fn stream_retry_at(&self) -> Option<Instant> {
        [self.outputs.retry_at(), self.stdin.retry_at()].into_iter().flatten().min()
    }

    pub(super) fn retry_streams(&mut self, now: Instant) {
        self.outputs.retry(now);
        if self.stdin.retry(now) {
            self.update_stdin();
        }
    }

    pub(super) fn pump(&mut self, stream: Stream) {
        // Clients that wait to be accepted get this output too.
        self.accept_clients();
        let stopped = self.pump_once(stream, false) == Pumped::Stopped;
        if stopped {
            self.outputs.pause();
        }
        if stopped || self.logs.is_congested() {
            self.set_stall_deadline();
        }
    }

    pub(super) fn pump_once(&mut self, stream: Stream, at_any_cost: bool) -> Pumped {
        self.with_audience(at_any_cost, |outputs, audience| outputs.pump(stream, audience))
    }

    /// Lends the outputs everybody who gets them.
    pub(super) fn with_audience<T>(
        &mut self,
        at_any_cost: bool,
        act: impl FnOnce(&mut Outputs, Audience<'_>) -> T,
    ) -> T {
        let audience = Audience {
            logs: &mut self.logs,
            attach: self.attach.as_mut(),
            reporter: &self.reporter,
            at_any_cost,
        };
        act(&mut self.outputs, audience)
    }

    pub(super) fn watch_outputs(&mut self) {
        if let Err(error) = self.outputs.watch() {
            self.reporter.error(error);
        }
    }

    /// Reads on when nobody holds up the container any more.
    pub(super) fn resume_outputs(&mut self) {
        if !self.logs.is_congested() && self.attach.as_ref().is_none_or(|attach| !attach.is_congested()) {
            self.watch_outputs();
        }
    }

    pub(super) fn drop_stalled_clients(&mut self) {
        if let Some(attach) = &mut self.attach {
            attach.drop_stalled(Instant::now(), &self.reporter);
        }
        self.logs.drop_stalled(Instant::now(), &self.reporter);
        self.resume_outputs();
        self.set_stall_deadline();
    }

    /// Set only while somebody holds up the container.
    fn set_stall_deadline(&mut self) {
        let clients = self.attach.as_ref().and_then(Attach::stall_deadline);
        let Some(deadline) = clients.into_iter().chain(self.logs.stall_deadline()).min() else { return };
        self.stall.set(deadline.saturating_duration_since(Instant::now()));
    }
}
