//! [`Driver`]: one log, wherever it is written; [`FileFormat`]: one that is written to a [`RecordFile`].

use std::io;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::journald::JournaldState;
use super::ledger::Content;
use super::lines::{Lines, LinesState, restore_lines, unfinished};
use super::loss::Unread;
use super::record_file::{RecordFile, RecordFileState};
use super::volume::Account;
use super::{STALL, Setting};
use crate::diagnostics::report::Reporter;
use crate::error::Error;
use crate::handover::Descriptors;
use crate::plan::FileLog;
use crate::stream::{PerStream, Stream};

/// A [`Driver`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DriverState {
    File(FileState),
    Journald(JournaldState),
}

/// A log in a file, in any format, as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FileState {
    file: RecordFileState,
    /// Null for a format that does not put lines together.
    lines: Option<PerStream<LinesState>>,
}

/// One log. It never blocks, never ends the monitor, counts what it loses and holds no memory when idle.
///
/// Records for which its reader (journald, the reader of a FIFO) has no room are pending, and the container's output is not read
/// meanwhile. If the reader reads nothing for [`STALL`], they are dropped and counted, and the container is not blocked by this reader
/// until it reads again.
pub(crate) trait Driver {
    /// Logs text as it was read: whole lines, or a part of one.
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter);

    /// Logs a line that was kept because it was incomplete: the output has ended.
    fn end_of_output(&mut self, reporter: &Reporter);

    /// Counts output that the container has written and that could not be read.
    fn lose_unread(&mut self, stream: Stream, unread: Unread, error: &io::Error);

    /// Reports in the log what is lost, if anything is and the log works.
    fn report_loss(&mut self, reporter: &Reporter);

    /// How much of the output was logged, lost and withheld.
    fn accounts(&self) -> &PerStream<Account>;

    /// Releases memory that an idle monitor does not need.
    fn release(&mut self);

    /// When the reader last read something; `None` if nothing is pending.
    fn unsent_since(&self) -> Option<Instant>;

    /// When the reader will have stalled, if something is pending.
    fn stall_deadline(&self) -> Option<Instant> {
        self.unsent_since().map(|since| since + STALL)
    }

    /// Bytes that are pending.
    fn queued(&self) -> u64;

    /// Bytes of lines that are being assembled before they are logged.
    fn unfinished(&self) -> u64;

    /// Writes what is pending: there may be room again.
    fn resume(&mut self, reporter: &Reporter);

    /// Drops what is pending, if the reader has stalled.
    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter);

    /// Tries to write what is pending for the last time.
    fn conclude(&mut self, reporter: &Reporter);

    /// What another executable needs to continue it.
    fn state(&self, descriptors: &mut Descriptors) -> DriverState;

    /// Its file, if it is kept in one.
    fn file(&self) -> Option<&RecordFile> {
        None
    }

    /// Its file, if it is kept in one.
    fn file_mut(&mut self) -> Option<&mut RecordFile> {
        None
    }
}

/// How records are written to a [`RecordFile`], which does the rest of what a [`Driver`] guarantees.
pub(crate) trait FileFormat: Sized {
    /// What of a record is the container's.
    const CONTENT: Content;

    /// Writes to this file.
    fn new(file: RecordFile, setting: &Setting) -> Self;

    /// Opens or creates the log.
    ///
    /// # Errors
    /// Those of [`RecordFile::open`].
    fn open(plan: FileLog, setting: &Setting) -> Result<Self, Error> {
        RecordFile::open(plan, setting, Self::CONTENT).map(|file| Self::new(file, setting))
    }

    /// Continues with what was handed over; see [`RecordFile::from_state`].
    fn from_state(state: FileState, plan: FileLog, setting: &Setting) -> Option<Self> {
        let file = RecordFile::from_state(state.file, plan, setting, Self::CONTENT)?;
        let mut log = Self::new(file, setting);
        if let (Some(lines), Some(state)) = (log.lines_mut(), state.lines) {
            restore_lines(lines, state);
        }
        Some(log)
    }

    /// The lines that are put together before they are logged.
    fn lines(&self) -> Option<&PerStream<Lines>> {
        None
    }

    /// The lines that are put together before they are logged.
    fn lines_mut(&mut self) -> Option<&mut PerStream<Lines>> {
        None
    }

    /// See [`Driver::write`].
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter);

    /// See [`Driver::end_of_output`].
    fn end_of_output(&mut self, reporter: &Reporter);

    /// See [`Driver::report_loss`].
    fn report_loss(&mut self, reporter: &Reporter);

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

    fn lose_unread(&mut self, stream: Stream, unread: Unread, error: &io::Error) {
        self.records_mut().lose_unread(stream, unread, error);
    }

    fn report_loss(&mut self, reporter: &Reporter) {
        FileFormat::report_loss(self, reporter);
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

    fn unfinished(&self) -> u64 {
        self.lines().map_or(0, unfinished)
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

    fn state(&self, descriptors: &mut Descriptors) -> DriverState {
        let lines = self.lines().map(|lines| lines.map(Lines::state));
        DriverState::File(FileState { file: self.records().state(descriptors), lines })
    }

    fn file(&self) -> Option<&RecordFile> {
        Some(self.records())
    }

    fn file_mut(&mut self) -> Option<&mut RecordFile> {
        Some(self.records_mut())
    }
}
