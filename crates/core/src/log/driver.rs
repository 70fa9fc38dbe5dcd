//! [`Driver`]: one log, whatever it is kept in; [`FileFormat`]: one that is kept in a [`RecordFile`].

use std::io;
use std::time::Instant;

use super::STALL;
use super::record_file::RecordFile;
use super::volume::Account;
use crate::diagnostics::report::Reporter;
use crate::stream::{PerStream, Stream};

/// One log. It never blocks, never ends the monitor, counts what it loses and holds no memory when idle.
///
/// What its reader does not take now waits, and nothing more is read from the container meanwhile. When the reader has
/// taken nothing for [`STALL`], what waits is given up and counted, and the container does not wait for it any more until
/// it takes something again.
pub(crate) trait Driver {
    /// Logs text as it came: whole lines, or a part of one.
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter);

    /// No more will come: what was kept until its line is complete is logged as it is.
    fn end_of_output(&mut self, reporter: &Reporter);

    /// Counts output that the container has written and that could not be read.
    fn lose_unread(&mut self, stream: Stream, bytes: u64, error: &io::Error);

    /// What became of the output.
    fn accounts(&self) -> &PerStream<Account>;

    /// Gives back the memory that busy times took.
    fn release(&mut self);

    /// When the reader last took something of what waits for it; `None` if nothing waits.
    fn unsent_since(&self) -> Option<Instant>;

    /// When the reader will have stalled, if something waits for it.
    fn stall_deadline(&self) -> Option<Instant> {
        self.unsent_since().map(|since| since + STALL)
    }

    /// Bytes that wait for the reader.
    fn queued(&self) -> u64;

    /// The reader may take more again.
    fn resume(&mut self, reporter: &Reporter);

    /// Gives up what waits if the reader has stalled.
    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter);

    /// The last attempt for what waits.
    fn conclude(&mut self, reporter: &Reporter);

    /// Its file, if it is kept in one.
    fn file(&self) -> Option<&RecordFile> {
        None
    }

    /// Its file, if it is kept in one.
    fn file_mut(&mut self) -> Option<&mut RecordFile> {
        None
    }
}

/// How records are written to a [`RecordFile`], which keeps the promises of a [`Driver`].
pub(crate) trait FileFormat {
    /// See [`Driver::write`].
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter);

    /// See [`Driver::end_of_output`].
    fn end_of_output(&mut self, reporter: &Reporter);

    /// Where the records go.
    fn records(&self) -> &RecordFile;

    /// Where the records go.
    fn records_mut(&mut self) -> &mut RecordFile;

    /// See [`Driver::release`].
    fn release(&mut self) {
        self.records_mut().release();
    }
}

impl<F: FileFormat> Driver for F {
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter) {
        FileFormat::write(self, stream, text, reporter);
    }

    fn end_of_output(&mut self, reporter: &Reporter) {
        FileFormat::end_of_output(self, reporter);
    }

    fn lose_unread(&mut self, stream: Stream, bytes: u64, error: &io::Error) {
        self.records_mut().lose_unread(stream, bytes, error);
    }

    fn accounts(&self) -> &PerStream<Account> {
        self.records().accounts()
    }

    fn release(&mut self) {
        FileFormat::release(self);
    }

    fn unsent_since(&self) -> Option<Instant> {
        self.records().unsent_since()
    }

    fn queued(&self) -> u64 {
        self.records().queued()
    }

    fn resume(&mut self, reporter: &Reporter) {
        self.records_mut().resume(reporter);
    }

    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        self.records_mut().drop_stalled(now, reporter);
    }

    fn conclude(&mut self, reporter: &Reporter) {
        self.records_mut().conclude(reporter);
    }

    fn file(&self) -> Option<&RecordFile> {
        Some(self.records())
    }

    fn file_mut(&mut self) -> Option<&mut RecordFile> {
        Some(self.records_mut())
    }
}
