//! [`RecordFile`]: a file of records that each end in a newline, shared by the log formats.
//!
//! It guarantees that no record is torn, that the size includes what the file held before, that limits are enforced at record
//! boundaries, that losses are counted, and that no error here affects the container.

mod pending;
mod reopen;

use std::io;
use std::ops::Range;
use std::os::fd::RawFd;
use std::rc::Rc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Setting;
use super::batch::{Batch, LONG};
use super::compress::Background;
use super::events::Events;
use super::ledger::{Content, Ledger, LedgerState};
use super::loss::Unread;
use super::open::{OpenLog, open};
use super::target::{Target, TargetState};
use super::volume::{Account, Volume};
use crate::diagnostics::report::Reporter;
use crate::error::{Error, Step};
use crate::handover::{Descriptors, Moment, adopt, patiently};
use crate::length::to_u64;
use crate::plan::FileLog;
use crate::poll::Poll;
use crate::stream::{PerStream, Stream};

/// A log file that is written record by record.
pub(crate) struct RecordFile {
    plan: FileLog,
    target: Target,
    /// Whether its path names a descriptor of this process (`/dev/stdout`), and may name another one by now.
    descriptor: bool,
    /// Bytes written to earlier files of this log.
    earlier: u64,
    /// Whether a record exceeded the limit for all files: nothing more is logged, not even a shorter one.
    full: bool,
    batch: Batch,
    /// Bytes up to which records can be added without checking the limits.
    unchecked: usize,
    /// Size at which a rotation that failed is retried.
    retry_rotation_at: u64,
    /// Whether a warning has reported that.
    rotation_failed: bool,
    /// When a failed reopen is retried.
    reopen_again_at: Option<Instant>,
    background: Background,
    poll: Rc<Poll>,
    ledger: Ledger,
    events: Events,
}

/// A [`RecordFile`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordFileState {
    fd: RawFd,
    target: TargetState,
    descriptor: bool,
    earlier: u64,
    full: bool,
    retry_rotation_at: u64,
    rotation_failed: bool,
    reopen_again_at: Option<Moment>,
    ledger: LedgerState,
    events: Events,
}

impl RecordFile {
    /// Called between two writes, when the batch is empty.
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> RecordFileState {
        RecordFileState {
            fd: descriptors.add(self.target.file()),
            target: self.target.state(),
            descriptor: self.descriptor,
            earlier: self.earlier,
            full: self.full,
            retry_rotation_at: self.retry_rotation_at,
            rotation_failed: self.rotation_failed,
            reopen_again_at: self.reopen_again_at.map(Moment),
            ledger: self.ledger.state(),
            events: self.events,
        }
    }

    /// Continues with what was handed over; `None` if the descriptor is not open.
    pub(crate) fn from_state(
        state: RecordFileState,
        plan: FileLog,
        setting: &Setting,
        content: Content,
    ) -> Option<Self> {
        Some(Self {
            plan,
            descriptor: state.descriptor,
            target: Target::from_state(adopt(state.fd)?.into(), state.target, &setting.poll),
            earlier: state.earlier,
            full: state.full,
            batch: patiently(Batch::reserve),
            unchecked: 0,
            retry_rotation_at: state.retry_rotation_at,
            rotation_failed: state.rotation_failed,
            reopen_again_at: state.reopen_again_at.map(|Moment(at)| at),
            background: setting.background,
            poll: Rc::clone(&setting.poll),
            ledger: Ledger::from_state(state.ledger, content),
            events: state.events,
        })
    }

    /// Opens or makes the log.
    pub(crate) fn open(plan: FileLog, setting: &Setting, content: Content) -> Result<Self, Error> {
        let opens_later = setting.opens_later;
        let opened = if opens_later { OpenLog::nothing() } else { open(plan.path.as_path()) };
        let opened = opened.step_at("open log file", &plan.path).map_err(Error::in_c_conmons_words)?;
        let batch = Batch::reserve().step("reserve the log buffer")?;
        Ok(Self {
            plan,
            descriptor: opened.descriptor,
            target: Target::new(opened, &setting.poll),
            earlier: 0,
            full: false,
            batch,
            unchecked: 0,
            retry_rotation_at: 0,
            rotation_failed: false,
            reopen_again_at: opens_later.then(Instant::now),
            background: setting.background,
            poll: Rc::clone(&setting.poll),
            ledger: Ledger::new(content),
            events: Events::default(),
        })
    }

    /// Adds one record, given in parts, the last ending in a newline.
    #[inline]
    pub(crate) fn push<const PARTS: usize>(
        &mut self,
        record: [&[u8]; PARTS],
        source: &[u8],
        reporter: &Reporter,
    ) {
        let length = record.iter().map(|part| part.len()).sum::<usize>();
        if self.batch.len() + length > self.unchecked && !self.make_room(length, source, reporter) {
            // A copy, so that no other record has to be in memory as an array.
            return self.ledger.withhold(record.map(|part| part));
        }
        self.batch.copy(&record, length);
    }

    /// The same for one whose text is in `source`, which must be the same until the next [`RecordFile::flush`]: a long text is
    /// written from there.
    pub(crate) fn push_text(
        &mut self,
        (head, text, tail): (&[u8], Range<usize>, &[u8]),
        source: &[u8],
        reporter: &Reporter,
    ) {
        let content = source.get(text.clone()).unwrap_or_default();
        if text.len() < LONG {
            return self.push([head, content, tail], source, reporter);
        }
        let length = head.len() + text.len() + tail.len();
        if self.batch.len() + length > self.unchecked && !self.make_room(length, source, reporter) {
            return self.ledger.withhold([head, content, tail]);
        }
        self.batch.copy(&[head], head.len());
        self.batch.refer(text);
        self.batch.copy(&[tail], tail.len());
    }

    /// Checks the limits for a record of this length, and rotates or flushes. Returns false if it must not be logged.
    #[cold]
    fn make_room(&mut self, length: usize, source: &[u8], reporter: &Reporter) -> bool {
        if self.exceeds_total_limit(length) {
            // Shorter records must not be logged either.
            self.unchecked = 0;
            return false;
        }
        if self.exceeds_file_limit(length) {
            self.flush(source, reporter);
            self.begin_fresh_file(reporter);
        }
        if self.batch.len() + length > Batch::capacity() {
            self.flush(source, reporter);
        }
        self.unchecked = self.within_limits();
        true
    }

    /// How many bytes can be pending before a limit is reached.
    fn within_limits(&self) -> usize {
        let left = |limit: Option<u64>, used: u64| limit.map_or(u64::MAX, |limit| limit.saturating_sub(used));
        let left =
            left(self.max_bytes(), self.target.size()).min(left(self.plan.max_total_bytes, self.total()));
        usize::try_from(left).unwrap_or(usize::MAX).min(Batch::capacity())
    }

    /// Writes what was pushed with this source.
    pub(crate) fn flush(&mut self, source: &[u8], reporter: &Reporter) {
        if self.batch.len() == 0 {
            return;
        }
        self.retry_reopen(reporter);
        self.unchecked = 0;
        let records = self.batch.records(source);
        let (kept, outcome) = self.target.write(records);
        if let Err(error) = outcome {
            let lost = records.concat().split_off(kept);
            self.ledger.lose(&lost, &error, &self.plan.path, reporter);
        }
        self.batch.clear();
    }

    /// Records a loss in the log, if there was one and the log works again. `marker` makes a record of the text.
    #[inline]
    pub(crate) fn report_loss(
        &mut self,
        in_log: bool,
        reporter: &Reporter,
        marker: impl FnOnce(&str) -> Vec<u8>,
    ) {
        let Some(loss) = self.ledger.loss() else { return };
        // Without markers, the next write shows whether the log works again.
        if !in_log {
            return self.ledger.forget_loss();
        }
        if self.target.is_waiting() {
            return;
        }
        let text = loss.to_string();
        let record = marker(&text);
        if !self.exceeds_total_limit(record.len()) && self.target.write_marker(&record) {
            self.ledger.loss_recorded(text, reporter);
        }
    }

    /// Whether this is a regular file, not a FIFO or a device.
    pub(crate) fn is_regular(&self) -> bool {
        self.target.special_file().is_none()
    }

    /// Syncs the file.
    ///
    /// # Errors
    /// Those of fsync(2), except for a file that cannot be synced.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self.target.file().sync_all() {
            // Not every file can be synced (fsync(2)), one of proc(5) for example.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
            result => result,
        }
    }

    /// Releases the buffer's memory.
    pub(crate) fn release(&mut self) {
        self.batch.release();
    }

    /// Whether its path names a descriptor of this process.
    pub(crate) fn is_inherited(&self) -> bool {
        self.descriptor
    }

    /// What has happened so far.
    pub(crate) fn events(&self) -> Events {
        Events { written: self.earlier + self.target.written(), ..self.events }
    }

    /// Counts output that a stream gave to this log.
    pub(crate) fn give(&mut self, stream: Stream, volume: Volume) {
        self.ledger.give(stream, volume);
    }

    /// Counts output that could not be read.
    pub(crate) fn lose_unread(&mut self, stream: Stream, unread: Unread, error: &io::Error) {
        self.ledger.lose_unread(stream, unread, error);
    }

    pub(crate) fn accounts(&self) -> &PerStream<Account> {
        self.ledger.accounts()
    }

    /// Bytes of all files, including those pending for a reader.
    fn total(&self) -> u64 {
        self.earlier + self.target.claimed()
    }

    /// Whether a record of this length exceeds the limit for all files. After the first that does, all do.
    fn exceeds_total_limit(&mut self, length: usize) -> bool {
        let total = self.total() + to_u64(self.batch.len() + length);
        self.full |= self.plan.max_total_bytes.is_some_and(|limit| total > limit);
        self.full
    }

    /// Only a regular file has a size and is rotated.
    fn max_bytes(&self) -> Option<u64> {
        self.plan.max_bytes.filter(|_| self.is_regular())
    }

    fn exceeds_file_limit(&self, length: usize) -> bool {
        let size = self.target.size() + to_u64(self.batch.len());
        self.max_bytes()
            .is_some_and(|limit| size > 0 && size + to_u64(length) > limit && size >= self.retry_rotation_at)
    }
}

#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod tests;
