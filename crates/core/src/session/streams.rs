//! The container's streams: when each is read or written, and who is waited for.

use std::time::Instant;

use super::Session;
use super::audience::Delivery;
use super::outputs::Outputs;
use crate::consumer::Consumer;
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
        if let Some(attach) = &mut self.audience.attach {
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
        if stopped || self.audience.logs.is_congested() {
            self.set_stall_deadline();
        }
    }

    pub(super) fn pump_once(&mut self, stream: Stream, at_any_cost: bool) -> Pumped {
        self.with_audience(at_any_cost, |outputs, delivery| outputs.pump(stream, delivery))
    }

    /// Lends the outputs everybody who gets them.
    pub(super) fn with_audience<T>(
        &mut self,
        at_any_cost: bool,
        act: impl FnOnce(&mut Outputs, Delivery<'_>) -> T,
    ) -> T {
        let Self { audience, reporter, .. } = self;
        act(&mut self.outputs, Delivery { audience, reporter, at_any_cost })
    }

    pub(super) fn watch_outputs(&mut self) {
        if let Err(error) = self.outputs.watch() {
            self.reporter.error(error);
        }
    }

    /// Reads on when nobody holds up the container any more.
    pub(super) fn resume_outputs(&mut self) {
        if !self.audience.is_congested() {
            self.watch_outputs();
        }
    }

    /// Drops what waits for consumers that have stalled.
    pub(super) fn drop_stalled(&mut self) {
        self.audience.drop_stalled(Instant::now(), &self.reporter);
        self.resume_outputs();
        self.set_stall_deadline();
    }

    /// Set only while the container waits for a consumer.
    fn set_stall_deadline(&mut self) {
        let Some(deadline) = self.audience.stall_deadline() else { return };
        self.stall.set(deadline.saturating_duration_since(Instant::now()));
    }
}
