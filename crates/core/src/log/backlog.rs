//! [`Backlog`]: records that the reader of a FIFO, a terminal or a device has not read yet, and how long to wait for it.
//!
//! While records wait here, no output is read from the container. That bounds the queue; at the end of the container,
//! when the rest of its output arrives in one piece, [`MAX`] does. A reader that reads nothing for [`STALL`] is not
//! waited for until it reads again. A partly written record stays here and is completed first.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::STALL;
use crate::handover::{Blob, Moment};

/// One pipe's content of empty lines, the shortest records of all, stays below.
const MAX: usize = 16 << 20;

/// What is known about the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Reader {
    Reads,
    /// It had its time.
    Stalled,
    /// Writing failed: nobody has the other side open, or the device has an error.
    Gone,
}

/// First in, first out.
#[derive(Debug)]
pub(crate) struct Backlog {
    bytes: Vec<u8>,
    /// Where the first record begins that was not taken whole.
    begin: usize,
    /// So much was taken.
    sent: usize,
    /// When something was taken last, or had to wait first.
    progress: Instant,
    reader: Reader,
}

/// A [`Backlog`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BacklogState {
    /// From the first record on that was not taken whole.
    bytes: Blob,
    /// How many of them were taken.
    sent: usize,
    progress: Moment,
    reader: Reader,
}

impl Backlog {
    pub(crate) fn state(&self) -> BacklogState {
        BacklogState {
            bytes: Blob(self.bytes.get(self.begin..).unwrap_or_default().to_vec()),
            sent: self.sent - self.begin,
            progress: Moment(self.progress),
            reader: self.reader,
        }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: BacklogState) -> Self {
        let BacklogState { bytes: Blob(bytes), sent, progress: Moment(progress), reader } = state;
        Self { sent: sent.min(bytes.len()), bytes, begin: 0, progress, reader }
    }

    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), begin: 0, sent: 0, progress: Instant::now(), reader: Reader::Reads }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent == self.bytes.len()
    }

    /// When the reader that is waited for last took something; `None` if nothing waits, or nobody is waited for.
    pub(crate) fn unsent_since(&self) -> Option<Instant> {
        (!self.is_empty() && self.reader == Reader::Reads).then_some(self.progress)
    }

    pub(crate) fn stall_deadline(&self) -> Option<Instant> {
        self.unsent_since().map(|since| since + STALL)
    }

    /// Bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// What is to be written next.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    /// Adds records, of the first of which `sent` bytes were taken already. Returns how much fitted, in whole records.
    pub(crate) fn push(&mut self, records: &[u8], sent: usize) -> usize {
        if self.is_empty() {
            (self.begin, self.sent) = (0, sent);
            self.bytes.clear();
            self.progress = Instant::now();
        }
        let fits = match MAX.saturating_sub(self.bytes.len()) {
            room if records.len() <= room => records.len(),
            room => memchr::memrchr(b'\n', &records[..room]).map_or(0, |at| at + 1),
        };
        self.bytes.extend_from_slice(&records[..fits]);
        fits
    }

    /// The reader took so much of [`Backlog::rest`].
    pub(crate) fn took(&mut self, count: usize) {
        self.reads();
        let taken = &self.bytes[self.sent..self.sent + count];
        if let Some(end) = memchr::memrchr(b'\n', taken) {
            self.begin = self.sent + end + 1;
        }
        self.sent += count;
        if self.is_empty() {
            (self.bytes, self.begin, self.sent) = (Vec::new(), 0, 0);
        }
    }

    /// The reader takes something.
    pub(crate) fn reads(&mut self) {
        (self.reader, self.progress) = (Reader::Reads, Instant::now());
    }

    /// Whether to wait for a reader that reads nothing now. A reader that had closed the file and only blocks is back.
    pub(crate) fn may_wait(&mut self) -> bool {
        if self.reader == Reader::Gone {
            self.reads();
        }
        self.reader == Reader::Reads
    }

    /// The reader is gone: drops everything but a partly written record.
    pub(crate) fn reader_has_gone(&mut self) -> Vec<u8> {
        self.reader = Reader::Gone;
        self.give_up()
    }

    /// The reader had its time: the same.
    pub(crate) fn reader_stalls(&mut self) -> Vec<u8> {
        self.reader = Reader::Stalled;
        self.give_up()
    }

    /// What waits for a reader whose FIFO is left: all records that were not taken whole.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let rest = self.bytes.split_off(self.begin);
        *self = Self::new();
        rest
    }

    fn give_up(&mut self) -> Vec<u8> {
        let kept = match self.sent > self.begin {
            true => memchr::memchr(b'\n', &self.bytes[self.sent..])
                .map_or(self.bytes.len(), |at| self.sent + at + 1),
            false => self.begin,
        };
        let lost = self.bytes.split_off(kept);
        if self.is_empty() {
            (self.bytes, self.begin, self.sent) = (Vec::new(), 0, 0);
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_up_begins_after_a_record_of_which_a_part_was_taken() {
        let mut backlog = Backlog::new();
        assert_eq!(backlog.push(b"one\ntwo\nthree\n", 0), 14);
        backlog.took(5);
        assert_eq!(backlog.rest(), b"wo\nthree\n");
        assert_eq!(backlog.reader_stalls(), b"three\n");
        assert_eq!(backlog.rest(), b"wo\n");
        assert_eq!(backlog.unsent_since(), None, "nobody is waited for");
        backlog.took(3);
        assert!(backlog.is_empty() && backlog.may_wait());
    }

    #[test]
    fn at_the_border_of_a_record_everything_is_given_up() {
        let mut backlog = Backlog::new();
        backlog.push(b"one\ntwo\n", 0);
        backlog.took(4);
        assert_eq!(backlog.reader_stalls(), b"two\n");
        assert!(backlog.is_empty() && !backlog.may_wait());
    }

    #[test]
    fn another_file_gets_a_record_whole_of_which_a_part_was_taken() {
        let mut backlog = Backlog::new();
        backlog.push(b"one\ntwo\n", 2);
        assert_eq!(backlog.rest(), b"e\ntwo\n");
        assert_eq!(backlog.take(), b"one\ntwo\n");
    }

    #[test]
    fn a_reader_that_came_back_is_waited_for() {
        let mut backlog = Backlog::new();
        backlog.push(b"one\ntwo\n", 1);
        assert_eq!(backlog.reader_has_gone(), b"two\n");
        assert_eq!(backlog.unsent_since(), None);
        assert!(backlog.may_wait() && backlog.unsent_since().is_some());
    }

    #[test]
    fn no_more_than_a_bound_of_whole_records_waits() {
        let mut backlog = Backlog::new();
        let records = b"123456789\n".repeat(MAX / 10 + 10);
        assert_eq!(backlog.push(&records, 0), MAX / 10 * 10);
        assert_eq!(backlog.push(b"more\n", 0), MAX % 10 / 5 * 5);
    }
}
