//! [`RecordFile`]: a file of records that each end in a newline, shared by the log formats.
//!
//! Its promises: no record is torn (a short write is finished, a failed one cut back), the size is counted from what the
//! file held, a limit is kept at record boundaries, what could not be written is counted, and nothing that goes wrong
//! here is an error for the container. Records are copied into one buffer and written in one call a batch: measured, that
//! is cheaper for short lines than gathering them.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, Write};
use std::num::NonZeroUsize;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use super::compress::{self, Background};
use super::events::Events;
use super::loss::Loss;
use super::rotation;
use super::volume::{Account, Volume};
use crate::error::{Error, Reason, Step};
use crate::plan::FileLog;
use crate::report::Reporter;
use crate::sys::pages::Pages;
use crate::warnings::Warnings;

/// Room for the records of one read of the container's output, with their headers.
const BATCH: NonZeroUsize = NonZeroUsize::new(256 * 1024).unwrap();
/// How often a log that cannot be opened again is tried.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);
/// How much more is logged before a rotation that was put off is tried again.
const PUT_OFF: u64 = 64 * 1024;
const MODE: u32 = 0o640;

/// In the words of C conmon, which managers and test suites look for.
const OPEN: &str = "Failed to open log file";

/// A log file that is written record by record.
pub(crate) struct RecordFile {
    plan: FileLog,
    file: File,
    /// Bytes in the file, as far as we know.
    size: u64,
    /// Bytes written in all, over all files.
    total: u64,
    /// A record did not fit below the limit for all files: nothing more is logged, not even a shorter one.
    full: bool,
    batch: Pages,
    pending: usize,
    /// Up to so much may be pending without a look at the limits.
    unasked: usize,
    /// The file ends in the middle of a record that could not be cut back.
    torn: bool,
    /// Size from which a rotation that failed is tried again.
    retry_rotation_at: u64,
    /// A warning told that.
    rotation_failed: bool,
    /// Set while the file at the path is another one than ours.
    reopen_again_at: Option<Instant>,
    loss: Option<Loss>,
    warnings: Warnings,
    /// The warning about the present loss was said.
    warned: bool,
    background: Background,
    /// How much of a record is the container's.
    content: fn(&[u8]) -> Volume,
    /// Not told yet to whom it belongs, see [`RecordFile::settle`].
    lost: Volume,
    withheld: Volume,
    events: Events,
}

impl RecordFile {
    /// Opens or makes the log.
    pub(crate) fn open(
        plan: FileLog,
        background: Background,
        content: fn(&[u8]) -> Volume,
    ) -> Result<Self, Error> {
        let (file, size) = open(plan.path.as_path()).step_at(OPEN, &plan.path)?;
        let batch = Pages::reserve(BATCH).step("reserve the log buffer")?;
        Ok(Self {
            plan,
            file,
            size,
            total: 0,
            full: false,
            batch,
            pending: 0,
            unasked: 0,
            torn: false,
            retry_rotation_at: 0,
            rotation_failed: false,
            reopen_again_at: None,
            loss: None,
            warnings: Warnings::default(),
            warned: false,
            background,
            content,
            lost: Volume::default(),
            withheld: Volume::default(),
            events: Events::default(),
        })
    }

    /// Adds one record, given in parts, the last ending in a newline.
    #[inline]
    pub(crate) fn push<const PARTS: usize>(&mut self, record: [&[u8]; PARTS], reporter: &Reporter) {
        let length = record.iter().map(|part| part.len()).sum::<usize>();
        if self.pending + length > self.unasked && !self.make_room(length, reporter) {
            return self.withhold(&record.concat());
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
        let left = left(self.plan.max_bytes, self.size).min(left(self.plan.max_total_bytes, self.total));
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
        let (written, outcome) = match self.end_torn_record() {
            Ok(()) => write_all(&mut self.file, &self.batch[..pending]),
            Err(error) => (0, Err(error)),
        };
        let whole = self.keep_whole_records(written, pending);
        self.events.written += to_u64(whole);
        if let Err(error) = outcome {
            self.lose(whole, pending, &error, reporter);
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
        let Some(loss) = &self.loss else { return };
        // Without a marker in the log, the next write is the test whether it works again.
        if !in_log {
            self.loss = None;
            return;
        }
        let text = loss.to_string();
        if self.write_marker(&marker(&text)) && self.warned {
            reporter.warn(format_args!("the log works again: {text}"));
        }
    }

    /// Writes a record of our own outside the batch; true if it is in the file.
    fn write_marker(&mut self, record: &[u8]) -> bool {
        if self.passes_total_limit(record.len()) || self.end_torn_record().is_err() {
            return false;
        }
        let (written, outcome) = write_all(&mut self.file, record);
        if outcome.is_ok() {
            self.grow(written);
            self.events.written += to_u64(written);
            self.loss = None;
            return true;
        }
        self.cut_back(0, written);
        false
    }

    /// The file at the path may be another one by now: goes on there, or stays here while that fails.
    pub(crate) fn reopen(&mut self, reporter: &Reporter) {
        self.flush(reporter);
        match open(self.plan.path.as_path()) {
            Ok((file, size)) => {
                (self.file, self.size, self.torn, self.reopen_again_at) = (file, size, false, None);
                self.events.reopens += 1;
            }
            Err(error) => {
                if self.reopen_again_at.is_none() {
                    let path = &self.plan.path;
                    reporter.warn(format_args!(
                        "cannot reopen the log file {path}: {}; going on in the old one and trying again",
                        Reason(&error)
                    ));
                }
                self.events.reopen_failures += 1;
                self.reopen_again_at = Some(Instant::now() + REOPEN_PAUSE);
            }
        }
    }

    /// Brings the file to the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        match self.file.sync_all() {
            // A pipe or a device in the place of a log cannot be synced (fsync(2)).
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
        self.events
    }

    /// Enters what was lost or withheld since the last time into the account of the stream that it came from.
    pub(crate) fn settle(&mut self, account: &mut Account) {
        account.lost += std::mem::take(&mut self.lost);
        account.withheld += std::mem::take(&mut self.withheld);
    }

    #[cold]
    fn withhold(&mut self, record: &[u8]) {
        self.withheld += (self.content)(record);
    }

    /// Whether a record of this length would pass the limit for all files. From the first that would, all do.
    fn passes_total_limit(&mut self, length: usize) -> bool {
        let total = self.total + to_u64(usize::from(self.torn) + self.pending + length);
        self.full |= self.plan.max_total_bytes.is_some_and(|limit| total > limit);
        self.full
    }

    fn exceeds_limit(&self, length: usize) -> bool {
        let size = self.size + to_u64(self.pending);
        self.plan
            .max_bytes
            .is_some_and(|limit| size > 0 && size + to_u64(length) > limit && size >= self.retry_rotation_at)
    }

    fn begin_fresh_file(&mut self, reporter: &Reporter) {
        match rotation::begin_fresh_file(&self.plan, &self.file, MODE) {
            Ok(fresh) => {
                (self.file, self.size, self.torn, self.retry_rotation_at) =
                    (fresh.file, fresh.size, false, 0);
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
        let limit = self.plan.max_bytes.unwrap_or(0).max(1);
        if rotation::is_put_off(error) && self.size < limit.saturating_mul(2) {
            self.retry_rotation_at = self.size + PUT_OFF.min(limit / 8);
            return;
        }
        if !std::mem::replace(&mut self.rotation_failed, true) {
            reporter.warn(format_args!("{error}; the log goes on in the same file"));
        }
        self.events.fresh_file_failures += 1;
        self.retry_rotation_at = self.size + limit;
    }

    fn retry_reopen(&mut self, reporter: &Reporter) {
        if self.reopen_again_at.is_some_and(|at| at <= Instant::now()) {
            let pending = std::mem::take(&mut self.pending);
            self.reopen(reporter);
            self.pending = pending;
        }
    }

    /// After a write that ended early: the number of bytes of whole records that stay in the file.
    fn keep_whole_records(&mut self, written: usize, wanted: usize) -> usize {
        if written == wanted {
            self.grow(written);
            return written;
        }
        let whole = memchr::memrchr(b'\n', &self.batch[..written]).map_or(0, |at| at + 1);
        self.cut_back(whole, written);
        whole
    }

    /// Removes what is in the file of a record that did not fit.
    fn cut_back(&mut self, whole: usize, written: usize) {
        self.torn = written > whole && self.shorten(to_u64(written - whole)).is_err();
        self.grow(if self.torn { written } else { whole });
    }

    /// So many bytes more are in the file.
    fn grow(&mut self, bytes: usize) {
        self.size += to_u64(bytes);
        self.total += to_u64(bytes);
    }

    /// Takes `surplus` bytes off what we wrote last. Where that is, the file itself knows: somebody may have emptied it
    /// since we began to count (logrotate's `copytruncate`), and a file made longer would be filled with NULs.
    fn shorten(&mut self, surplus: u64) -> io::Result<()> {
        let end = self.file.stream_position()?.min(self.file.metadata()?.size());
        self.file.set_len(end.saturating_sub(surplus))
    }

    /// A record that could not be cut back is ended, so that the next one begins a line.
    fn end_torn_record(&mut self) -> io::Result<()> {
        if self.torn {
            self.file.write_all(b"\n")?;
            self.torn = false;
            self.grow(1);
        }
        Ok(())
    }

    /// Notes output that could not be read, for the record of our own about it.
    pub(crate) fn lose_unread(&mut self, bytes: u64, error: &io::Error) {
        self.loss.get_or_insert_with(|| Loss::new(error)).add_unread(bytes);
    }

    fn lose(&mut self, whole: usize, wanted: usize, error: &io::Error, reporter: &Reporter) {
        if self.loss.is_none() {
            let path = &self.plan.path;
            self.warned = self.warnings.warn(
                reporter,
                format_args!(
                    "cannot write the log file {path}: {}; output is lost until that works again",
                    Reason(error)
                ),
            );
        }
        let loss = self.loss.get_or_insert_with(|| Loss::new(error));
        for record in self.batch[whole..wanted].split_inclusive(|byte| *byte == b'\n') {
            let volume = (self.content)(record);
            loss.add(volume.bytes);
            self.lost += volume;
        }
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().append(true).create(true).mode(MODE).open(path)?;
    let size = file.metadata()?.size();
    Ok((file, size))
}

/// Writes all. Also tells how many bytes are in the file.
fn write_all(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
