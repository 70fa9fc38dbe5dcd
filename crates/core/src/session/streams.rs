//! The container's streams: when each is read or written, and which consumers block it.

use std::time::Instant;

use conmon_sys::errors::describe;

use super::Components;
use super::consumers::Delivery;
use super::early::Early;
use crate::attach::Input;
use crate::consumer::Consumer;
use crate::container_io::output::Pumped;
use crate::poll::Readiness;
use crate::stream::Stream;

impl Components {
    pub(super) fn write_stdin(&mut self, readiness: Readiness) {
        self.stdin.serve(readiness);
        self.update_stdin();
    }

    /// Watches stdin while input is pending, and clients' input while none is.
    pub(super) fn update_stdin(&mut self) {
        self.stdin.update();
        self.unshelve_stdin();
        if let Some(errno) = self.stdin.failure() {
            let reason = describe(errno);
            self.stdin_warnings.warn(
                &self.reporter,
                format_args!("cannot write to the container's stdin: {reason}; trying again"),
            );
        }
        if let Some(attach) = &mut self.consumers.attach {
            attach.input_possible(self.stdin.takes_more());
        }
    }

    /// When a stream that failed is retried.
    pub(super) fn stream_retry_at(&self) -> Option<Instant> {
        [self.outputs.retry_at(), self.stdin.retry_at()].into_iter().flatten().min()
    }

    pub(super) fn retry_streams(&mut self, now: Instant) {
        self.outputs.retry(now);
        if self.stdin.retry(now) {
            self.update_stdin();
        }
    }

    /// Reads a stream that is ready. Output is kept in `early` until the container runs.
    pub(super) fn pump(&mut self, stream: Stream, early: Option<&mut Early>) {
        let stopped = self.pump_once(stream, early, false) == Pumped::Stopped;
        if stopped {
            self.outputs.pause();
        }
        if stopped || self.consumers.logs.is_congested() {
            self.set_stall_deadline();
        }
    }

    pub(super) fn pump_once(
        &mut self,
        stream: Stream,
        early: Option<&mut Early>,
        ignore_congestion: bool,
    ) -> Pumped {
        let Self { consumers, reporter, outputs, guardian, .. } = self;
        let progress = guardian.as_ref().map(|guardian| guardian.progress());
        let mut delivery = Delivery { consumers, reporter, ignore_congestion, progress };
        let Some(early) = early else { return outputs.pump(stream, &mut delivery, reporter) };
        let pumped = outputs.pump(stream, early, reporter);
        if early.is_full() {
            early.pass_on(&mut delivery);
            outputs.forget_held();
        }
        pumped
    }

    /// Passes on the output that was kept until the container ran.
    pub(super) fn pass_on(&mut self, early: &mut Early) {
        let Self { consumers, reporter, outputs, guardian, .. } = self;
        let progress = guardian.as_ref().map(|guardian| guardian.progress());
        early.pass_on(&mut Delivery { consumers, reporter, ignore_congestion: true, progress });
        outputs.forget_held();
    }

    pub(super) fn watch_outputs(&mut self) {
        if let Err(error) = self.outputs.watch() {
            self.reporter.error(error);
        }
    }

    /// Resumes reading when no consumer blocks the container any more.
    pub(super) fn resume_outputs(&mut self) {
        if !self.consumers.is_congested() {
            self.watch_outputs();
        }
    }

    /// Drops the output that is pending for consumers that have stalled.
    pub(super) fn drop_stalled(&mut self) {
        self.consumers.drop_stalled(Instant::now(), &self.reporter);
        self.resume_outputs();
        self.set_stall_deadline();
    }

    /// Sets the deadline, if a consumer blocks the container.
    pub(super) fn set_stall_deadline(&mut self) {
        let Some(deadline) = self.consumers.stall_deadline() else { return };
        self.stall.set(deadline.saturating_duration_since(Instant::now()));
    }

    pub(super) fn accept_clients(&mut self) {
        if let Some(attach) = &mut self.consumers.attach {
            attach.accept(&self.reporter);
        }
    }

    pub(super) fn serve_client(&mut self, id: u32, readiness: Readiness) {
        let Some(attach) = &mut self.consumers.attach else { return };
        let stdio = &self.plan.stdio;
        let (stdin, closes) = (&mut self.stdin, stdio.stdin && !stdio.leave_stdin_open);
        attach.serve(id, readiness, self.outputs.buffer(), &mut |input| {
            match input {
                Input::Packet(packet) => stdin.write(packet),
                Input::End if closes => stdin.end(),
                Input::End => {}
            }
            stdin.takes_more()
        });
        self.update_stdin();
        if let Some(attach) = &mut self.consumers.attach {
            attach.forget_surplus(&self.reporter);
        }
        self.resume_outputs();
    }

    /// A log is writable again.
    pub(super) fn resume_logs(&mut self) {
        self.consumers.logs.resume(&self.reporter);
        self.resume_outputs();
    }
}
