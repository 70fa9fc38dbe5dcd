//! When a log continues in another file: because it is full, on request, or because a reopen is retried.

use std::time::{Duration, Instant};

use super::RecordFile;
use crate::diagnostics::report::Reporter;
use crate::error::{Error, Reason};
use crate::log::open::{MODE, open};
use crate::log::target::Target;
use crate::log::{compress, rotation};

/// Interval at which a failed reopen is retried.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);
/// How many more bytes are logged before a postponed rotation is retried.
const POSTPONED_BYTES: u64 = 64 * 1024;

impl RecordFile {
    /// Continues in the file that is at the path now, or in the same file while that cannot be opened. With `--log-rotate`, a file that
    /// is still at its path is rotated instead, as in C conmon 2.2.
    pub(crate) fn reopen(&mut self, reporter: &Reporter) {
        self.flush(&[], reporter);
        self.follow_request(reporter);
    }

    fn follow_request(&mut self, reporter: &Reporter) {
        if !self.is_to_be_rotated() {
            return self.open_again(reporter);
        }
        let postponed = !self.begin_fresh_file(reporter);
        self.reopen_again_at = postponed.then(|| Instant::now() + REOPEN_PAUSE);
    }

    fn is_to_be_rotated(&self) -> bool {
        let asked = self.plan.rotation.as_ref().is_some_and(|rotation| rotation.on_reopen);
        asked && self.is_regular() && rotation::is_at(self.plan.path.as_path(), self.target.file())
    }

    fn open_again(&mut self, reporter: &Reporter) {
        if self.descriptor {
            return;
        }
        match open(self.plan.path.as_path()) {
            Ok(opened) => {
                (self.descriptor, self.reopen_again_at) = (opened.descriptor, None);
                let waiting = self.replace(Target::new(opened, &self.poll));
                self.events.reopens += 1;
                let (kept, outcome) = self.target.write(waiting.as_slice().into());
                if let Err(error) = outcome {
                    self.ledger.lose(&waiting[kept..], &error, &self.plan.path, reporter);
                }
            }
            Err(error) => {
                if self.reopen_again_at.is_none() {
                    let path = &self.plan.path;
                    reporter.warn(format_args!(
                        "cannot reopen the log file {path}: {}; continuing with the old one and retrying",
                        Reason(&error)
                    ));
                }
                self.events.reopen_failures += 1;
                self.reopen_again_at = Some(Instant::now() + REOPEN_PAUSE);
            }
        }
    }

    /// Rotates or truncates the full file. Returns false if that was postponed.
    pub(super) fn begin_fresh_file(&mut self, reporter: &Reporter) -> bool {
        match rotation::begin_fresh_file(&self.plan, self.target.file(), MODE) {
            Ok(fresh) => {
                self.replace(Target::new(fresh.opened, &self.poll));
                self.retry_rotation_at = 0;
                self.rotation_failed = false;
                self.events.fresh_files += 1;
                if fresh.kept {
                    compress::newest(&self.plan, self.background, reporter);
                }
                true
            }
            Err(error) => self.keep_full_file(&error, reporter),
        }
    }

    /// Retries a postponed rotation soon, until the file is twice as large as its limit.
    fn keep_full_file(&mut self, error: &Error, reporter: &Reporter) -> bool {
        let (limit, size) = (self.plan.max_bytes.unwrap_or(u64::MAX), self.target.size());
        if rotation::is_postponed(error) && size < limit.saturating_mul(2) {
            self.retry_rotation_at = size + POSTPONED_BYTES.min(limit / 8);
            return false;
        }
        if !std::mem::replace(&mut self.rotation_failed, true) {
            reporter.warn(format_args!("{error}; continuing in the same file"));
        }
        self.events.fresh_file_failures += 1;
        self.retry_rotation_at = size.saturating_add(limit);
        true
    }

    /// Continues in another file. Returns the records that are pending for the reader of the old one.
    fn replace(&mut self, target: Target) -> Vec<u8> {
        let old = std::mem::replace(&mut self.target, target);
        self.earlier += old.written();
        self.target.inherit(old)
    }

    pub(super) fn retry_reopen(&mut self, reporter: &Reporter) {
        if self.reopen_again_at.is_some_and(|at| at <= Instant::now()) {
            self.follow_request(reporter);
        }
    }
}
