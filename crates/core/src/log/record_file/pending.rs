//! Records that are pending for the reader of a log that is a FIFO or a device.

use std::time::Instant;

use super::RecordFile;
use crate::diagnostics::report::Reporter;
use crate::length::to_u64;
use crate::log::special_file::{Dropped, SpecialFile};

impl RecordFile {
    fn drop(&mut self, dropped: Option<Dropped>, reporter: &Reporter) {
        if let Some((records, error)) = dropped {
            self.ledger.lose(&records, &error, &self.plan.path, reporter);
        }
    }

    /// This and the following implement [`Driver`](crate::log::driver::Driver).
    pub(crate) fn unsent_since(&self) -> Option<Instant> {
        self.target.special_file()?.queue().unsent_since()
    }

    pub(crate) fn queued(&self) -> u64 {
        self.target.special_file().map_or(0, |file| to_u64(file.queue().len()))
    }

    pub(crate) fn resume(&mut self, reporter: &Reporter) {
        let dropped = self.target.special_file_mut().and_then(|file| file.resume());
        self.drop(dropped, reporter);
    }

    pub(crate) fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        let dropped = self.target.special_file_mut().and_then(|file| file.drop_stalled(now));
        self.drop(dropped, reporter);
    }

    pub(crate) fn conclude(&mut self, reporter: &Reporter) {
        self.resume(reporter);
        let dropped = self.target.special_file_mut().map(SpecialFile::conclude);
        self.drop(dropped, reporter);
    }
}
