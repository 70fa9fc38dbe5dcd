//! What of a log waits for its reader, where the log is a FIFO or a device.

use std::time::Instant;

use super::{RecordFile, to_u64};
use crate::diagnostics::report::Reporter;
use crate::log::Outlet;
use crate::log::feed::{Dropped, Feed};

impl RecordFile {
    fn drop(&mut self, dropped: Option<Dropped>, reporter: &Reporter) {
        if let Some((records, error)) = dropped {
            self.ledger.lose(&records, &error, &self.plan.path, reporter);
        }
    }
}

impl Outlet for RecordFile {
    fn unsent_since(&self) -> Option<Instant> {
        self.target.feed()?.backlog().unsent_since()
    }

    fn stall_deadline(&self) -> Option<Instant> {
        self.target.feed()?.backlog().stall_deadline()
    }

    fn queued(&self) -> u64 {
        self.target.feed().map_or(0, |feed| to_u64(feed.backlog().len()))
    }

    fn go_on(&mut self, reporter: &Reporter) {
        let dropped = self.target.feed_mut().and_then(|feed| feed.go_on());
        self.drop(dropped, reporter);
    }

    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        let dropped = self.target.feed_mut().and_then(|feed| feed.drop_stalled(now));
        self.drop(dropped, reporter);
    }

    fn conclude(&mut self, reporter: &Reporter) {
        self.go_on(reporter);
        let dropped = self.target.feed_mut().map(Feed::conclude);
        self.drop(dropped, reporter);
    }
}
