//! [`SpecialFile`]: a FIFO, a terminal or another device at the path of a log, written without blocking.
//!
//! Records for which there is no room wait in a [`RecordQueue`]. Whole records are written in pieces of at most `PIPE_BUF` bytes, which
//! a FIFO takes atomically (pipe(7)): only a longer record can be torn by a reader that stops, and it is completed before anything
//! else is written.

use std::fs::File;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::record_queue::{RecordQueue, RecordQueueState};
use crate::length::to_u64;
use crate::poll::{Interest, Poll, Token, Watched};

/// Records that will not be written, and why.
pub(crate) type Dropped = (Vec<u8>, io::Error);

/// A file that is not a regular one, open for writing.
pub(crate) struct SpecialFile {
    /// Watched while records are pending.
    file: Watched<File>,
    written: u64,
    queue: RecordQueue,
}

/// A [`SpecialFile`] as it is handed over, without the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpecialFileState {
    written: u64,
    backlog: RecordQueueState,
}

impl SpecialFile {
    pub(crate) fn state(&self) -> SpecialFileState {
        SpecialFileState { written: self.written, backlog: self.queue.state() }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(file: File, state: SpecialFileState, poll: &Rc<Poll>) -> Self {
        let queue = RecordQueue::from_state(state.backlog);
        let mut file = Self { written: state.written, queue, ..Self::new(file, poll) };
        file.watch();
        file
    }

    /// `file` is open with `O_NONBLOCK`.
    pub(crate) fn new(file: File, poll: &Rc<Poll>) -> Self {
        Self { file: Watched::new(file, Token::Log, poll), written: 0, queue: RecordQueue::new() }
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Bytes that were taken so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    pub(crate) fn queue(&self) -> &RecordQueue {
        &self.queue
    }

    /// Writes records, or keeps them until there is room. Returns how many of their bytes are written or kept, and why
    /// that is not all.
    pub(crate) fn write(&mut self, records: &[u8]) -> (usize, io::Result<()>) {
        let outcome = self.write_or_keep(records);
        self.watch();
        outcome
    }

    fn write_or_keep(&mut self, records: &[u8]) -> (usize, io::Result<()>) {
        if self.queue.unsent_since().is_some() {
            return self.keep(records, 0, 0);
        }
        if let Err(error) = self.drain() {
            return self.refused(records, 0, error);
        }
        let (taken, outcome) = self.write_pieces(records);
        match outcome {
            Ok(()) => (taken, Ok(())),
            Err(error) => self.refused(records, taken, error),
        }
    }

    /// Writes a record of our own; false if nothing of it could be written.
    pub(crate) fn write_marker(&mut self, record: &[u8]) -> bool {
        if self.drain().is_err() {
            return false;
        }
        let (taken, outcome) = self.write_pieces(record);
        if outcome.is_err() && taken > 0 {
            self.queue.push(record, taken);
        }
        self.watch();
        taken > 0
    }

    /// There may be room again.
    pub(crate) fn resume(&mut self) -> Option<Dropped> {
        let dropped = match self.drain() {
            Err(error) if !would_block(&error) => Some((self.queue.reader_has_gone(), error)),
            _ => None,
        };
        self.watch();
        dropped
    }

    /// Drops what is pending if the reader has stalled.
    pub(crate) fn drop_stalled(&mut self, now: Instant) -> Option<Dropped> {
        let deadline = self.queue.stall_deadline()?;
        let dropped = (deadline <= now).then(|| (self.queue.reader_stalls(), not_read()));
        self.watch();
        dropped
    }

    /// Stops waiting, and drops every record that was not written completely.
    pub(crate) fn conclude(&mut self) -> Dropped {
        (self.take(), not_read())
    }

    /// Returns every record that was not written completely, for another file; nothing is pending here any more.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let waiting = self.queue.take();
        self.watch();
        waiting
    }

    /// Continues where another description of the same FIFO or device was.
    pub(crate) fn continue_from(&mut self, other: Self) {
        self.queue = other.queue;
        self.watch();
    }

    /// Watches for room while records are pending. If epoll refuses that, the next call tries again.
    fn watch(&mut self) {
        let wanted = self.queue.unsent_since().map(|_| Interest::Write);
        let _ = self.file.set(wanted);
    }

    fn drain(&mut self) -> io::Result<()> {
        while !self.queue.is_empty() {
            let taken = write(&mut self.file, piece(self.queue.rest()))?;
            self.written += to_u64(taken);
            self.queue.took(taken);
        }
        Ok(())
    }

    /// Writes until the reader has no room, or an error occurs.
    fn write_pieces(&mut self, records: &[u8]) -> (usize, io::Result<()>) {
        let mut taken = 0;
        while taken < records.len() {
            match write(&mut self.file, piece(&records[taken..])) {
                Ok(count) => {
                    taken += count;
                    self.written += to_u64(count);
                    self.queue.reads();
                }
                Err(error) => return (taken, Err(error)),
            }
        }
        (taken, Ok(()))
    }

    /// What becomes of records when `taken` bytes of them are written and no more can be now.
    fn refused(&mut self, records: &[u8], taken: usize, error: io::Error) -> (usize, io::Result<()>) {
        let whole = memchr::memrchr(b'\n', &records[..taken]).map_or(0, |at| at + 1);
        let blocked = would_block(&error);
        if blocked && self.queue.may_wait() {
            return self.keep(records, whole, taken);
        }
        let begun = match taken > whole {
            true => memchr::memchr(b'\n', &records[taken..]).map_or(records.len(), |at| taken + at + 1),
            false => whole,
        };
        if begun > taken {
            self.queue.push(&records[whole..begun], taken - whole);
        }
        if blocked {
            return (begun, Err(not_read()));
        }
        // Only a partly written record waits, and that is kept.
        self.queue.reader_has_gone();
        (begun, Err(error))
    }

    /// Keeps the records from `whole` on, of which the first was written up to `taken`.
    fn keep(&mut self, records: &[u8], whole: usize, taken: usize) -> (usize, io::Result<()>) {
        let kept = whole + self.queue.push(&records[whole..], taken - whole);
        (kept, if kept == records.len() { Ok(()) } else { Err(not_read()) })
    }
}

/// As many whole records as a FIFO takes atomically, or the rest of a longer one.
fn piece(records: &[u8]) -> &[u8] {
    let Some(most) = records.get(..libc::PIPE_BUF) else { return records };
    let end = memchr::memrchr(b'\n', most).or_else(|| memchr::memchr(b'\n', records));
    end.map_or(records, |end| &records[..=end])
}

fn write(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

fn would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

fn not_read() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "its reader reads nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_whole_records_up_to_what_a_fifo_takes_atomically() {
        let short = b"123456789\n".repeat(1000);
        assert_eq!(piece(&short).len(), libc::PIPE_BUF / 10 * 10);
        assert_eq!(piece(&short[..500]).len(), 500);
        let long = [&[b'x'; 5000][..], b"\n", &short].concat();
        assert_eq!(piece(&long).len(), 5001);
    }
}
