//! [`RecordQueue`]: records that the reader of a FIFO, a terminal or a device has not read yet, and how long to wait for it.
//!
//! While records are pending, the container's output is not read. That bounds the queue; at the end of the container, when the rest of
//! its output is read without waiting, [`MAX`] does. A reader that reads nothing for [`STALL`] is not waited for until it reads again.
//! A partly written record stays here and is completed first.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::STALL;
use crate::handover::{Blob, Moment};

/// A pipe full of empty lines, the shortest records, stays below this limit.
const MAX: usize = 16 << 20;

/// What is known about the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Reader {
    Reads,
    /// It has read nothing for [`STALL`].
    Stalled,
    /// Writing failed: no process has the other end open, or the device reports an error.
    Gone,
}

/// First in, first out.
#[derive(Debug)]
pub(crate) struct RecordQueue {
    bytes: Vec<u8>,
    /// Where the first record begins that has not been written completely.
    begin: usize,
    /// How many of the bytes have been written.
    sent: usize,
    /// When the reader last read something, or the first record became pending.
    progress: Instant,
    reader: Reader,
}

/// A [`RecordQueue`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordQueueState {
    /// From the first record on that has not been written completely.
    bytes: Blob,
    /// How many of them have been written.
    sent: usize,
    progress: Moment,
    reader: Reader,
}

impl RecordQueue {
    pub(crate) fn state(&self) -> RecordQueueState {
        RecordQueueState {
            bytes: Blob(self.bytes.get(self.begin..).unwrap_or_default().to_vec()),
            sent: self.sent - self.begin,
            progress: Moment(self.progress),
            reader: self.reader,
        }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: RecordQueueState) -> Self {
        let RecordQueueState { bytes: Blob(bytes), sent, progress: Moment(progress), reader } = state;
        Self { sent: sent.min(bytes.len()), bytes, begin: 0, progress, reader }
    }

    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), begin: 0, sent: 0, progress: Instant::now(), reader: Reader::Reads }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent == self.bytes.len()
    }

    /// When the reader last read something; `None` if nothing is pending, or the reader is not waited for.
    pub(crate) fn unsent_since(&self) -> Option<Instant> {
        (!self.is_empty() && self.reader == Reader::Reads).then_some(self.progress)
    }

    pub(crate) fn stall_deadline(&self) -> Option<Instant> {
        self.unsent_since().map(|since| since + STALL)
    }

    /// Bytes that are pending.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// What is to be written next.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    /// Adds records; `sent` bytes of the first one have been written already. Returns how many bytes fit, in whole records.
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

    /// Removes bytes of [`RecordQueue::rest`] that have been written.
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

    /// Notes that the reader has read something.
    pub(crate) fn reads(&mut self) {
        (self.reader, self.progress) = (Reader::Reads, Instant::now());
    }

    /// Whether to wait for a reader that has no room now. A reader that was gone is back if writing only blocks.
    pub(crate) fn may_wait(&mut self) -> bool {
        if self.reader == Reader::Gone {
            self.reads();
        }
        self.reader == Reader::Reads
    }

    /// Removes all records except a partly written one, because the reader is gone. Returns them.
    pub(crate) fn reader_has_gone(&mut self) -> Vec<u8> {
        self.reader = Reader::Gone;
        self.give_up()
    }

    /// Removes all records except a partly written one, because the reader has stalled. Returns them.
    pub(crate) fn reader_stalls(&mut self) -> Vec<u8> {
        self.reader = Reader::Stalled;
        self.give_up()
    }

    /// Removes all records that have not been written completely, to write them to another file.
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
    fn records_are_dropped_after_the_one_that_was_partly_written() {
        let mut queue = RecordQueue::new();
        assert_eq!(queue.push(b"one\ntwo\nthree\n", 0), 14);
        queue.took(5);
        assert_eq!(queue.rest(), b"wo\nthree\n");
        assert_eq!(queue.reader_stalls(), b"three\n");
        assert_eq!(queue.rest(), b"wo\n");
        assert_eq!(queue.unsent_since(), None, "nobody is waited for");
        queue.took(3);
        assert!(queue.is_empty() && queue.may_wait());
    }

    #[test]
    fn at_the_boundary_of_a_record_everything_is_dropped() {
        let mut queue = RecordQueue::new();
        queue.push(b"one\ntwo\n", 0);
        queue.took(4);
        assert_eq!(queue.reader_stalls(), b"two\n");
        assert!(queue.is_empty() && !queue.may_wait());
    }

    #[test]
    fn another_file_gets_the_whole_of_a_partly_written_record() {
        let mut queue = RecordQueue::new();
        queue.push(b"one\ntwo\n", 2);
        assert_eq!(queue.rest(), b"e\ntwo\n");
        assert_eq!(queue.take(), b"one\ntwo\n");
    }

    #[test]
    fn a_reader_that_came_back_is_waited_for() {
        let mut queue = RecordQueue::new();
        queue.push(b"one\ntwo\n", 1);
        assert_eq!(queue.reader_has_gone(), b"two\n");
        assert_eq!(queue.unsent_since(), None);
        assert!(queue.may_wait() && queue.unsent_since().is_some());
    }

    #[test]
    fn no_more_than_a_bound_of_whole_records_waits() {
        let mut queue = RecordQueue::new();
        let records = b"123456789\n".repeat(MAX / 10 + 10);
        assert_eq!(queue.push(&records, 0), MAX / 10 * 10);
        assert_eq!(queue.push(b"more\n", 0), MAX % 10 / 5 * 5);
    }
}
