//! [`RecordFile`]: a file of records that each end in a newline, shared by the log formats.
//!
//! Its promises: no record is torn, the size is counted from what the file held, limits are kept at record boundaries, what
//! could not be written is counted, and no error here is one for the container. Records are copied into one buffer and
//! written in one call a batch: measured, that is cheaper for short lines than gathering them.

mod outlet;
mod reopen;

use std::io;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::time::Instant;

use conmon_sys::pages::Pages;

use super::Setting;
use super::compress::Background;
use super::events::Events;
use super::ledger::{Content, Ledger};
use super::open::open;
use super::target::Target;
use super::volume::{Account, Volume};
use crate::diagnostics::report::Reporter;
use crate::error::{Error, Step};
use crate::plan::FileLog;
use crate::poll::Poll;
use crate::stream::{PerStream, Stream};

/// Room for the records of one read of the container's output, with their headers.
const BATCH: NonZeroUsize = NonZeroUsize::new(256 * 1024).unwrap();

/// A log file that is written record by record.
pub(crate) struct RecordFile {
    plan: FileLog,
    target: Target,
    /// Its path names a descriptor of this process, and may name another one by now.
    descriptor: bool,
    /// Bytes written to the files before this one.
    earlier: u64,
    /// A record did not fit below the limit for all files: nothing more is logged, not even a shorter one.
    full: bool,
    batch: Pages,
    pending: usize,
    /// Up to so much may be pending without a look at the limits.
    unasked: usize,
    /// Size from which a rotation that failed is tried again.
    retry_rotation_at: u64,
    /// There was a warning about that.
    rotation_failed: bool,
    /// Set while the file at the path is another one than ours.
    reopen_again_at: Option<Instant>,
    background: Background,
    poll: Rc<Poll>,
    ledger: Ledger,
    events: Events,
}

impl RecordFile {
    /// Opens or makes the log.
    pub(crate) fn open(plan: FileLog, setting: &Setting, content: Content) -> Result<Self, Error> {
        let opened = open(plan.path.as_path())
            .step_at("open log file", &plan.path)
            .map_err(Error::in_c_conmons_words)?;
        let batch = Pages::reserve(BATCH).step("reserve the log buffer")?;
        Ok(Self {
            plan,
            descriptor: opened.descriptor,
            target: Target::new(opened, &setting.poll),
            earlier: 0,
            full: false,
            batch,
            pending: 0,
            unasked: 0,
            retry_rotation_at: 0,
            rotation_failed: false,
            reopen_again_at: None,
            background: setting.background,
            poll: Rc::clone(&setting.poll),
            ledger: Ledger::new(content),
            events: Events::default(),
        })
    }

    /// Adds one record, given in parts, the last ending in a newline.
    #[inline]
    pub(crate) fn push<const PARTS: usize>(&mut self, record: [&[u8]; PARTS], reporter: &Reporter) {
        let length = record.iter().map(|part| part.len()).sum::<usize>();
        if self.pending + length > self.unasked && !self.make_room(length, reporter) {
            // A copy, so that no other record has to be in memory as an array.
            return self.ledger.withhold(record.map(|part| part));
        }
        let Some(mut room) = self.batch.get_mut(self.pending..self.pending + length) else { return };
        self.pending += length;
        for part in record {
            let (place, rest) = room.split_at_mut(part.len());
            place.copy_from_slice(part);
            room = rest;
        }
    }

    /// Asks the limits about a record of this length; false if it must not be logged any more.
    #[cold]
    fn make_room(&mut self, length: usize, reporter: &Reporter) -> bool {
        if self.passes_total_limit(length) {
            // A shorter one must ask, too.
            self.unasked = 0;
            return false;
        }
        if self.exceeds_limit(length) {
            self.flush(reporter);
            self.begin_fresh_file(reporter);
        }
        if self.pending + length > self.batch.len() {
            self.flush(reporter);
        }
        self.unasked = self.within_limits();
        true
    }

    /// How much may be pending before any limit is reached.
    fn within_limits(&self) -> usize {
        let left = |limit: Option<u64>, used: u64| limit.map_or(u64::MAX, |limit| limit.saturating_sub(used));
        let left =
            left(self.max_bytes(), self.target.size()).min(left(self.plan.max_total_bytes, self.total()));
        usize::try_from(left).unwrap_or(usize::MAX).min(self.batch.len())
    }

    /// Writes what was pushed.
    pub(crate) fn flush(&mut self, reporter: &Reporter) {
        if self.pending == 0 {
            return;
        }
        self.retry_reopen(reporter);
        let pending = std::mem::take(&mut self.pending);
        self.unasked = 0;
        let (kept, outcome) = self.target.write(&self.batch[..pending]);
        if let Err(error) = outcome {
            self.ledger.lose(&self.batch[kept..pending], &error, &self.plan.path, reporter);
        }
    }

    /// Tells in the log what is lost, if anything is and the log works again. `marker` makes a record of the text.
    #[inline]
    pub(crate) fn tell_loss(
        &mut self,
        in_log: bool,
        reporter: &Reporter,
        marker: impl FnOnce(&str) -> Vec<u8>,
    ) {
        let Some(loss) = self.ledger.loss() else { return };
        // Without a marker in the log, the next write is the test whether it works again.
        if !in_log {
            return self.ledger.forget_loss();
        }
        if self.target.is_waiting() {
            return;
        }
        let text = loss.to_string();
        let record = marker(&text);
        if !self.passes_total_limit(record.len()) && self.target.write_marker(&record) {
            self.ledger.told(text, reporter);
        }
    }

    /// Whether this is a file on a file system, not a FIFO or a device.
    pub(crate) fn is_regular(&self) -> bool {
        self.target.feed().is_none()
    }

    /// Brings the file to the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self.target.file().sync_all() {
            // Not every file can be synced (fsync(2)), one of proc(5) for example.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
            result => result,
        }
    }

    /// Gives the buffer's memory back.
    pub(crate) fn release(&mut self) {
        if self.pending == 0 {
            self.batch.release();
        }
    }

    /// What has happened so far.
    pub(crate) fn events(&self) -> Events {
        Events { written: self.earlier + self.target.written(), ..self.events }
    }

    /// So much came from a stream.
    pub(crate) fn give(&mut self, stream: Stream, volume: Volume) {
        self.ledger.give(stream, volume);
    }

    /// Notes output that could not be read.
    pub(crate) fn lose_unread(&mut self, stream: Stream, bytes: u64, error: &io::Error) {
        self.ledger.lose_unread(stream, bytes, error);
    }

    pub(crate) fn accounts(&self) -> &PerStream<Account> {
        self.ledger.accounts()
    }

    /// Bytes of all files, with what waits for a reader.
    fn total(&self) -> u64 {
        self.earlier + self.target.claimed()
    }

    /// Whether a record of this length would pass the limit for all files. From the first that would, all do.
    fn passes_total_limit(&mut self, length: usize) -> bool {
        let total = self.total() + to_u64(self.pending + length);
        self.full |= self.plan.max_total_bytes.is_some_and(|limit| total > limit);
        self.full
    }

    /// Only a regular file has a size and is rotated.
    fn max_bytes(&self) -> Option<u64> {
        self.plan.max_bytes.filter(|_| self.is_regular())
    }

    fn exceeds_limit(&self, length: usize) -> bool {
        let size = self.target.size() + to_u64(self.pending);
        self.max_bytes()
            .is_some_and(|limit| size > 0 && size + to_u64(length) > limit && size >= self.retry_rotation_at)
    }
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
