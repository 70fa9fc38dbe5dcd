//! [`Driver`]: one log, whatever it is kept in; [`FileFormat`]: one that is kept in a [`RecordFile`].

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
/// What its reader does not take now waits, and nothing more is read from the container meanwhile. When the reader has
/// taken nothing for [`STALL`], what waits is given up and counted, and the container does not wait for it any more until
/// it takes something again.
pub(crate) trait Driver {
    /// Logs text as it came: whole lines, or a part of one.
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter);

    /// No more will come: what was kept until its line is complete is logged as it is.
    fn end_of_output(&mut self, reporter: &Reporter);

    /// Counts output that the container has written and that could not be read.
    fn lose_unread(&mut self, stream: Stream, unread: Unread, error: &io::Error);

    /// Reports in the log what is lost, if anything is and the log works.
    fn report_loss(&mut self, reporter: &Reporter);

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

    /// Bytes of lines that are put together before they are logged.
    fn unfinished(&self) -> u64;

    /// The reader may take more again.
    fn resume(&mut self, reporter: &Reporter);

    /// Gives up what waits if the reader has stalled.
    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter);

    /// The last attempt for what waits.
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

/// How records are written to a [`RecordFile`], which keeps the promises of a [`Driver`].
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
