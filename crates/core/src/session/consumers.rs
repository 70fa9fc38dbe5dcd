//! [`Consumers`]: all consumers of the container's output.

use std::time::Instant;

use crate::attach::Attach;
use crate::consumer::Consumer;
use crate::container_io::output::Sink;
use crate::diagnostics::report::Reporter;
use crate::guardian::Progress;
use crate::log::Logs;
use crate::stream::Stream;

/// The consumers of a session. A consumer of a new kind is a field here and an entry of [`Self::iter`] and [`Self::iter_mut`].
pub(super) struct Consumers {
    pub(super) attach: Option<Attach>,
    pub(super) logs: Logs,
}

impl Consumers {
    fn iter(&self) -> impl Iterator<Item = &dyn Consumer> {
        let attach = self.attach.as_ref().map(|attach| attach as &dyn Consumer);
        [attach, Some(&self.logs)].into_iter().flatten()
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut dyn Consumer> {
        let attach = self.attach.as_mut().map(|attach| attach as &mut dyn Consumer);
        [attach, Some(&mut self.logs)].into_iter().flatten()
    }

    /// Whether the container must wait for any of them.
    pub(super) fn is_congested(&self) -> bool {
        self.iter().any(Consumer::is_congested)
    }

    /// When the first of those that block the container will have stalled.
    pub(super) fn stall_deadline(&self) -> Option<Instant> {
        self.iter().filter_map(Consumer::stall_deadline).min()
    }

    pub(super) fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        self.iter_mut().for_each(|consumer| consumer.drop_stalled(now, reporter));
    }

    /// When any of them last made progress; `None` if nothing is pending.
    pub(super) fn unsent_since(&mut self) -> Option<Instant> {
        self.iter_mut().filter_map(Consumer::unsent_since).max()
    }

    /// Until when to wait for all of them, for a container that ended at `end`; `None` if nothing is pending.
    pub(super) fn flush_limit(&mut self, end: Instant) -> Option<Instant> {
        let limit = |consumer: &mut dyn Consumer| {
            let progress = consumer.unsent_since()?;
            Some(consumer.patience().limit(end, progress))
        };
        self.iter_mut().filter_map(limit).max()
    }

    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.iter().filter_map(Consumer::retry_at).min()
    }

    pub(super) fn retry(&mut self, now: Instant, reporter: &Reporter) {
        self.iter_mut().for_each(|consumer| consumer.retry(now, reporter));
    }

    pub(super) fn release(&mut self) {
        self.iter_mut().for_each(Consumer::release);
    }
}

/// Passes output on to the consumers.
pub(super) struct Delivery<'a> {
    pub(super) consumers: &'a mut Consumers,
    pub(super) reporter: &'a Reporter,
    /// Read on although a consumer is congested: at the container's end, when the size of a pipe bounds what is left.
    pub(super) ignore_congestion: bool,
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
        let clients_keep_up = match &mut self.consumers.attach {
            Some(attach) => {
                // After the read: a client that connected before the container wrote this gets it, also if it connected a moment
                // before the read.
                attach.accept(self.reporter);
                attach.broadcast(stream, bytes, self.reporter)
            }
            None => true,
        };
        clients_keep_up && !self.consumers.logs.is_congested() || self.ignore_congestion
    }

    fn text(&mut self, stream: Stream, text: &[u8]) {
        self.consumers.logs.write(stream, text, self.reporter);
        if let Some(progress) = self.progress {
            progress.holds(self.consumers.logs.held());
            progress.has_passed_on(stream, text.len());
        }
    }
}
