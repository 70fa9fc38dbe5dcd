//! [`Flushing`]: the container has exited, and its last output is on its way to logs and clients.

use std::time::Instant;

use nix::unistd::Pid;

use super::consumers::Consumers;
use super::{Phase, Session};

/// How a container ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct ContainerEnd {
    pub(super) pid: Pid,
    /// The exit status, as reported.
    pub(super) status: i32,
    /// Whether it was killed at its time limit.
    pub(super) timed_out: bool,
}

/// The phase in which logs and clients receive the last output.
pub(super) struct Flushing {
    pub(super) end: ContainerEnd,
    since: Instant,
    /// When to stop waiting for consumers that have not read everything.
    pub(super) limit: Instant,
}

impl Flushing {
    pub(super) fn new(end: ContainerEnd) -> Self {
        let now = Instant::now();
        Self { end, since: now, limit: now }
    }

    /// Whether clients and logs have read the last output, or have timed out.
    fn is_over(&mut self, consumers: &mut Consumers) -> bool {
        let now = Instant::now();
        match consumers.flush_limit(self.since).filter(|limit| *limit > now) {
            Some(limit) => self.limit = limit,
            None => return true,
        }
        false
    }
}

impl Session {
    /// Ends the phase [`Flushing`] if it is complete.
    pub(super) fn flush_may_be_over(&mut self) {
        if let Phase::Flushing(flushing) = &mut self.phase
            && flushing.is_over(&mut self.components.consumers)
        {
            self.phase = Phase::Ended(flushing.end);
        }
    }
}
