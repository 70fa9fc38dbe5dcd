//! What of a log waits for its reader, where the log is a FIFO or a device.

use std::time::Instant;

use super::RecordFile;
use crate::diagnostics::report::Reporter;
use crate::length::to_u64;
use crate::log::feed::{Dropped, Feed};

impl RecordFile {
    fn drop(&mut self, dropped: Option<Dropped>, reporter: &Reporter) {
        if let Some((records, error)) = dropped {
            self.ledger.lose(&records, &error, &self.plan.path, reporter);
        }
    }

    /// See [`Driver`](crate::log::driver::Driver) for these.
    pub(crate) fn unsent_since(&self) -> Option<Instant> {
        self.target.feed()?.backlog().unsent_since()
    }

    pub(crate) fn queued(&self) -> u64 {
        self.target.feed().map_or(0, |feed| to_u64(feed.backlog().len()))
    }

    pub(crate) fn resume(&mut self, reporter: &Reporter) {
        let dropped = self.target.feed_mut().and_then(|feed| feed.resume());
        self.drop(dropped, reporter);
    }

    pub(crate) fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        let dropped = self.target.feed_mut().and_then(|feed| feed.drop_stalled(now));
        self.drop(dropped, reporter);
    }

    pub(crate) fn conclude(&mut self, reporter: &Reporter) {
        self.resume(reporter);
        let dropped = self.target.feed_mut().map(Feed::conclude);
        self.drop(dropped, reporter);
    }
}
