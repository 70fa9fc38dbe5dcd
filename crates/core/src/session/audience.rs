//! [`Audience`]: all consumers of the container's output.

use std::time::Instant;

use crate::attach::Attach;
use crate::consumer::Consumer;
use crate::container_io::output::Sink;
use crate::diagnostics::report::Reporter;
use crate::guardian::Progress;
use crate::log::Logs;
use crate::stream::Stream;

/// The consumers of a session. A consumer of a new kind is a field here and a line in each of the two lists.
pub(super) struct Audience {
    pub(super) attach: Option<Attach>,
    pub(super) logs: Logs,
}

impl Audience {
    fn consumers(&self) -> impl Iterator<Item = &dyn Consumer> {
        let attach = self.attach.as_ref().map(|attach| attach as &dyn Consumer);
        [attach, Some(&self.logs)].into_iter().flatten()
    }

    fn consumers_mut(&mut self) -> impl Iterator<Item = &mut dyn Consumer> {
        let attach = self.attach.as_mut().map(|attach| attach as &mut dyn Consumer);
        [attach, Some(&mut self.logs)].into_iter().flatten()
    }

    /// Whether the container must wait for any of them.
    pub(super) fn is_congested(&self) -> bool {
        self.consumers().any(Consumer::is_congested)
    }

    /// When the first of those that the container waits for will have stalled.
    pub(super) fn stall_deadline(&self) -> Option<Instant> {
        self.consumers().filter_map(Consumer::stall_deadline).min()
    }

    pub(super) fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        self.consumers_mut().for_each(|consumer| consumer.drop_stalled(now, reporter));
    }

    /// When any of them last made progress; `None` if nothing is pending.
    pub(super) fn unsent_since(&mut self) -> Option<Instant> {
        self.consumers_mut().filter_map(Consumer::unsent_since).max()
    }

    /// How long to wait for all of them after a container that ended at `end`; `None` if nothing is pending.
    pub(super) fn flush_limit(&mut self, end: Instant) -> Option<Instant> {
        let limit = |consumer: &mut dyn Consumer| {
            let progress = consumer.unsent_since()?;
            Some(consumer.patience().limit(end, progress))
        };
        self.consumers_mut().filter_map(limit).max()
    }

    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.consumers().filter_map(Consumer::retry_at).min()
    }

    pub(super) fn retry(&mut self, now: Instant, reporter: &Reporter) {
        self.consumers_mut().for_each(|consumer| consumer.retry(now, reporter));
    }

    pub(super) fn release(&mut self) {
        self.consumers_mut().for_each(Consumer::release);
    }
}

/// Output on its way to the audience.
pub(super) struct Delivery<'a> {
    pub(super) audience: &'a mut Audience,
    pub(super) reporter: &'a Reporter,
    /// At the end of the container reading does not wait for clients: what is left is bounded by the size of a pipe.
    pub(super) at_any_cost: bool,
    /// Where it is noted for a guardian, if there is one.
    pub(super) progress: Option<&'a Progress>,
}

impl Sink for Delivery<'_> {
    fn reading(&mut self, stream: Stream, most: usize) {
        if let Some(progress) = self.progress {
            progress.reading(stream, most);
        }
    }

    fn raw(&mut self, stream: Stream, bytes: &[u8]) -> bool {
        if let Some(progress) = self.progress {
            progress.has_read(stream, bytes.len());
        }
        let taken = match &mut self.audience.attach {
            Some(attach) => attach.broadcast(stream, bytes, self.reporter),
            None => true,
        };
        taken && !self.audience.logs.is_congested() || self.at_any_cost
    }

    fn text(&mut self, stream: Stream, text: &[u8]) {
        self.audience.logs.write(stream, text, self.reporter);
        if let Some(progress) = self.progress {
            progress.holds(self.audience.logs.held());
            progress.has_passed_on(stream, text.len());
        }
    }
}
