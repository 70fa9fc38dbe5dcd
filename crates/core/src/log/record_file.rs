//! [`RecordFile`]: a file of records that each end in a newline, shared by the log formats.
//!
//! Its promises: no record is torn, the size is counted from what the file held, limits are kept at record boundaries, what
//! could not be written is counted, and no error here is one for the container. Records are copied into one buffer and
//! written in one call a batch: measured, that is cheaper for short lines than gathering them.

use std::io;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::Outlet;
use super::compress::{self, Background};
use super::events::Events;
use super::feed::Dropped;
use super::ledger::{Content, Ledger};
use super::open::{MODE, open};
use super::rotation;
use super::target::Target;
use super::volume::{Account, Volume};
use crate::error::{Error, Reason, Step};
use crate::plan::FileLog;
use crate::poll::Poll;
use crate::report::Reporter;
use crate::stream::{PerStream, Stream};
use crate::sys::pages::Pages;

/// Room for the records of one read of the container's output, with their headers.
const BATCH: NonZeroUsize = NonZeroUsize::new(256 * 1024).unwrap();
/// How often a log that cannot be opened again is tried.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);
/// How much more is logged before a rotation that was put off is tried again.
const PUT_OFF: u64 = 64 * 1024;

/// In the words of C conmon, which managers and test suites look for.
const OPEN: &str = "Failed to open log file";

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
    /// A warning told that.
    rotation_failed: bool,
    /// Set while the file at the path is another one than ours.
    reopen_again_at: Option<Instant>,
    background: Background,
    ledger: Ledger,
    events: Events,
}

impl RecordFile {
    /// Opens or makes the log.
    pub(crate) fn open(plan: FileLog, background: Background, content: Content) -> Result<Self, Error> {
        let opened = open(plan.path.as_path()).step_at(OPEN, &plan.path)?;
        let batch = Pages::reserve(BATCH).step("reserve the log buffer")?;
        Ok(Self {
            plan,
            descriptor: opened.descriptor,
            target: Target::new(opened),
            earlier: 0,
            full: false,
            batch,
            pending: 0,
            unasked: 0,
            retry_rotation_at: 0,
            rotation_failed: false,
            reopen_again_at: None,
            background,
            ledger: Ledger::new(content),
            events: Events::default(),
        })
    }

    /// Adds one record, given in parts, the last ending in a newline.
    #[inline]
    pub(crate) fn push<const PARTS: usize>(&mut self, record: [&[u8]; PARTS], reporter: &Reporter) {
        let length = record.iter().map(|part| part.len()).sum::<usize>();
        if self.pending + length > self.unasked && !self.make_room(length, reporter) {
            return self.ledger.withhold(&record.concat());
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
        let left = left(self.max_bytes(), self.target.size()).min(left(self.plan.max_total_bytes, self.total()));
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

    /// The file at the path may be another one by now: continues there, or stays here while that fails.
    pub(crate) fn reopen(&mut self, reporter: &Reporter) {
        self.flush(reporter);
        if self.descriptor {
            return;
        }
        match open(self.plan.path.as_path()) {
            Ok(opened) => {
                (self.descriptor, self.reopen_again_at) = (opened.descriptor, None);
                let waiting = self.replace(Target::new(opened));
                self.events.reopens += 1;
                let (kept, outcome) = self.target.write(&waiting);
                if let Err(error) = outcome {
                    self.ledger.lose(&waiting[kept..], &error, &self.plan.path, reporter);
                }
            }
            Err(error) => {
                if self.reopen_again_at.is_none() {
                    let path = &self.plan.path;
                    reporter.warn(format_args!(
                        "cannot reopen the log file {path}: {}; keeping the old one and trying again",
                        Reason(&error)
                    ));
                }
                self.events.reopen_failures += 1;
                self.reopen_again_at = Some(Instant::now() + REOPEN_PAUSE);
            }
        }
    }

    /// Whether this is a file on a file system, not a FIFO or a device.
    pub(crate) fn is_regular(&self) -> bool {
        self.target.feed().is_none()
    }

    /// Brings the file to the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.target.file().sync_all()
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

    /// What is no regular file has no size, and is never rotated.
    fn max_bytes(&self) -> Option<u64> {
        self.plan.max_bytes.filter(|_| self.is_regular())
    }

    fn exceeds_limit(&self, length: usize) -> bool {
        let size = self.target.size() + to_u64(self.pending);
        self.max_bytes()
            .is_some_and(|limit| size > 0 && size + to_u64(length) > limit && size >= self.retry_rotation_at)
    }

    fn begin_fresh_file(&mut self, reporter: &Reporter) {
        match rotation::begin_fresh_file(&self.plan, self.target.file(), MODE) {
            Ok(fresh) => {
                self.replace(Target::new(fresh.opened));
                self.retry_rotation_at = 0;
                self.rotation_failed = false;
                self.events.fresh_files += 1;
                if fresh.kept {
                    compress::newest(&self.plan, self.background, reporter);
                }
            }
            Err(error) => self.keep_full_file(&error, reporter),
        }
    }

    /// A rotation that is only put off is tried again soon, until the file is twice as large as it may be.
    fn keep_full_file(&mut self, error: &Error, reporter: &Reporter) {
        let (limit, size) = (self.plan.max_bytes.unwrap_or(0).max(1), self.target.size());
        if rotation::is_put_off(error) && size < limit.saturating_mul(2) {
            self.retry_rotation_at = size + PUT_OFF.min(limit / 8);
            return;
        }
        if !std::mem::replace(&mut self.rotation_failed, true) {
            reporter.warn(format_args!("{error}; the log goes on in the same file"));
        }
        self.events.fresh_file_failures += 1;
        self.retry_rotation_at = size + limit;
    }

    /// Continues in another file; returns the records that wait for a reader of the old one.
    fn replace(&mut self, target: Target) -> Vec<u8> {
        let old = std::mem::replace(&mut self.target, target);
        self.earlier += old.written();
        self.target.inherit(old)
    }

    fn retry_reopen(&mut self, reporter: &Reporter) {
        if self.reopen_again_at.is_some_and(|at| at <= Instant::now()) {
            let pending = std::mem::take(&mut self.pending);
            self.reopen(reporter);
            self.pending = pending;
        }
    }

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

    fn watch(&mut self, poll: &Poll) {
        if let Some(feed) = self.target.feed_mut() {
            feed.watch(poll);
        }
    }

    fn move_to(&mut self, poll: &Poll) {
        if let Some(feed) = self.target.feed_mut() {
            feed.move_to(poll);
        }
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
        let dropped = self.target.feed_mut().map(super::feed::Feed::conclude);
        self.drop(dropped, reporter);
    }
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
