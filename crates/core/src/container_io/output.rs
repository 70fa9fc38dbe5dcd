//! [`Output`]: one of the container's outputs, read in large pieces and passed to the logs in whole lines where possible.
//!
//! After a full read more output is likely, so the partial line at its end is kept for the next read instead of being
//! logged as a part. Any other partial line is a prompt or the end of a burst and is logged immediately. At most
//! [`MAX_HELD`] bytes are kept back.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::time::Instant;

use conmon_sys::fds;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};

use crate::backoff::{Backoff, in_a_row};
use crate::container_io::pipe_size::{self, PipeSize};
use crate::error::Error;
use crate::handover::{Blob, Descriptors, adopt};
use crate::poll::{Interest, Poll, Token, Watched};
use crate::stream::Stream;

/// The most that one read asks for: a whole pipe.
pub(crate) const READ: usize = pipe_size::GROWN;
/// After a read of at least this many bytes more may be available: a read of a terminal returns at most 4095 bytes (`n_tty`).
const MORE_LIKELY: usize = 4095;
/// Most bytes of a line that are kept until its end is read. Also the largest text of a log record.
pub(crate) const MAX_HELD: usize = 8192;
/// Reads of one stream in a wake-up, so that a busy container does not starve other descriptors.
const READS_A_WAKE_UP: usize = 16;

/// The container's side of one stream.
pub(crate) struct Output {
    fd: Watched<OwnedFd>,
    kind: Kind,
    stream: Stream,
    held: Vec<u8>,
    /// Bytes read so far.
    pub(crate) bytes_read: u64,
    pipe: PipeSize,
    /// Whether no process had the terminal open at the last read.
    hung_up: bool,
    /// Reads that failed.
    backoff: Backoff,
}

/// An [`Output`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutputState {
    fd: RawFd,
    terminal: bool,
    held: Blob,
    large_pipe: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pipe,
    /// The master side of a pseudo-terminal (pty(7)).
    Terminal,
}

/// Why an [`Output::pump`] stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pumped {
    /// There is nothing to read now.
    Dry,
    /// There is more to read, after other descriptors have been served.
    More,
    /// The sink has asked to pause.
    Stopped,
    /// No process has the terminal open now; any process of the container may open it again.
    HungUp,
    /// The read failed, which says nothing about what the container has written.
    Failed(Errno),
    /// All writers have closed the pipe.
    Ended,
}

/// Receives the container's output.
pub(crate) trait Sink {
    /// A read of at most `most` bytes begins; 0: it has returned nothing.
    fn reading(&mut self, _: Stream, _most: usize) {}
    /// Bytes as they were read. Returns false to pause reading.
    fn raw(&mut self, stream: Stream, bytes: &[u8]) -> bool;
    /// The same bytes for the logs: whole lines, or a part of one that is logged now.
    fn text(&mut self, stream: Stream, text: &[u8]);
}

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Output {
    /// The reading end of a pipe.
    pub(crate) fn new(fd: OwnedFd, stream: Stream, poll: &Rc<Poll>) -> Self {
        Self::of(Kind::Pipe, fd, stream, poll)
    }

    /// The master side of the container's terminal, whose output all counts as stdout.
    pub(crate) fn terminal(fd: OwnedFd, poll: &Rc<Poll>) -> Self {
        Self::of(Kind::Terminal, fd, Stream::Stdout, poll)
    }

    fn of(kind: Kind, fd: OwnedFd, stream: Stream, poll: &Rc<Poll>) -> Self {
        let token = match stream {
            Stream::Stdout => Token::Stdout,
            Stream::Stderr => Token::Stderr,
        };
        Self {
            fd: Watched::new(fd, token, poll),
            kind,
            stream,
            held: Vec::new(),
            bytes_read: 0,
            pipe: PipeSize::default(),
            hung_up: false,
            backoff: Backoff::for_source(),
        }
    }

    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> OutputState {
        OutputState {
            fd: descriptors.add(&self.fd),
            terminal: self.kind == Kind::Terminal,
            held: Blob(self.held.clone()),
            large_pipe: self.pipe.is_grown(),
        }
    }

    /// Continues with what was handed over; `None` if the descriptor is not open.
    pub(crate) fn from_state(state: OutputState, stream: Stream, poll: &Rc<Poll>) -> Option<Self> {
        let fd = adopt(state.fd)?;
        let output = if state.terminal { Self::terminal(fd, poll) } else { Self::new(fd, stream, poll) };
        Some(Self { held: state.held.0, pipe: PipeSize::from_state(state.large_pipe), ..output })
    }

    /// Adds it to epoll, unless it is paused after a failure. Edge-triggered only while a terminal is hung up, so that no other state
    /// depends on having read everything.
    ///
    /// # Errors
    /// If epoll_ctl(2) fails. It is retried after a pause.
    pub(crate) fn watch(&mut self) -> Result<(), Error> {
        if self.backoff.is_pausing() {
            return Ok(());
        }
        let watched = self.fd.set(Some(if self.hung_up { Interest::ReadEdge } else { Interest::Read }));
        if watched.is_err() {
            self.backoff.failed(Instant::now());
        }
        watched
    }

    /// Removes it from epoll.
    pub(crate) fn pause(&mut self) {
        let _ = self.fd.set(None);
    }

    /// Notes a read that succeeded, or found the terminal hung up. Returns whether [`Self::watch`] is to be called.
    pub(crate) fn note_read(&mut self, hung_up: bool) -> bool {
        let recovered = self.backoff.worked();
        std::mem::replace(&mut self.hung_up, hung_up) != hung_up || recovered
    }

    /// Notes a read that failed, and pauses. Returns whether reads have failed often enough for a warning.
    pub(crate) fn note_failure(&mut self) -> bool {
        self.pause();
        self.backoff.failed(Instant::now());
        self.backoff.is_lasting()
    }

    /// When it is retried after a failure.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.backoff.next_try()
    }

    /// Ends a pause after a failure that is over; returns whether there was one.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        self.backoff.take(now)
    }

    #[cfg(test)]
    pub(crate) fn is_watched(&self) -> bool {
        self.fd.interest().is_some()
    }

    /// Bytes that wait in the kernel.
    pub(crate) fn unread(&self) -> u64 {
        in_a_row(|| fds::readable(&self.fd)).ok().and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
    }

    /// Reads until there is nothing more, at most [`READS_A_WAKE_UP`] times. `buffer` has at least [`READ`] + [`MAX_HELD`] bytes.
    pub(crate) fn pump(&mut self, buffer: &mut [u8], sink: &mut impl Sink) -> Pumped {
        let mut held = self.held.len();
        buffer[..held].copy_from_slice(&self.held);
        self.held = Vec::new();
        for _ in 0..READS_A_WAKE_UP {
            sink.reading(self.stream, self.pipe.get());
            let (count, outcome) = self.read(&mut buffer[held..held + self.pipe.get()]);
            if count == 0 {
                sink.reading(self.stream, 0);
            }
            self.pipe.note_read(count);
            self.bytes_read += u64::try_from(count).unwrap_or(0);
            let end = held + count;
            let continues = count == 0 || sink.raw(self.stream, &buffer[held..end]);
            let outcome = match outcome {
                None if !continues => Some(Pumped::Stopped),
                None if count < MORE_LIKELY => Some(Pumped::Dry),
                outcome => outcome,
            };
            if let Some(outcome) = outcome {
                self.log(&buffer[..end], sink);
                return outcome;
            }
            let cut = settled(&buffer[..end]);
            self.log(&buffer[..cut], sink);
            buffer.copy_within(cut..end, 0);
            held = end - cut;
        }
        self.held = buffer[..held].to_vec();
        Pumped::More
    }

    /// Reads once. Returns the number of bytes, or why there are none.
    fn read(&self, room: &mut [u8]) -> (usize, Option<Pumped>) {
        loop {
            return match nix::unistd::read(&self.fd, room) {
                Ok(0) => (0, Some(Pumped::Ended)),
                Ok(count) => (count, None),
                Err(Errno::EINTR) => continue,
                Err(Errno::EAGAIN) => (0, Some(Pumped::Dry)),
                Err(Errno::EIO) if self.kind == Kind::Terminal => (0, Some(self.closed_or_failed())),
                Err(errno) => (0, Some(Pumped::Failed(errno))),
            };
        }
    }

    /// What EIO means on a terminal: no process has it open (`n_tty_read`), or one has opened it since and written to it, or it is
    /// another error.
    fn closed_or_failed(&self) -> Pumped {
        let mut terminal = [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
        let polled = poll(&mut terminal, PollTimeout::ZERO);
        let state = terminal[0].revents().unwrap_or(PollFlags::empty());
        match polled {
            Err(_) => Pumped::Failed(Errno::EIO),
            Ok(_) if state.contains(PollFlags::POLLIN) => Pumped::Failed(Errno::EIO),
            Ok(_) if state.contains(PollFlags::POLLHUP) => Pumped::HungUp,
            Ok(_) => Pumped::Dry,
        }
    }

    /// Adapts the size of the pipe to how busy the stream is; a larger size only if `allowed`.
    pub(crate) fn adapt_pipe(&mut self, allowed: bool) {
        self.pipe.adapt(&self.fd, allowed);
    }

    pub(crate) fn has_large_pipe(&self) -> bool {
        self.pipe.is_grown()
    }

    /// Restores the usual size of the pipe.
    pub(crate) fn cool_down(&mut self) {
        self.pipe.restore_size(&self.fd);
    }

    /// Drops the partial line, which has been delivered by other means.
    pub(crate) fn forget_held(&mut self) {
        self.held = Vec::new();
    }

    fn log(&self, text: &[u8], sink: &mut impl Sink) {
        if !text.is_empty() {
            sink.text(self.stream, text);
        }
    }
}

/// How many bytes can be logged although more will follow: all whole lines, and of a long line a multiple of [`MAX_HELD`].
fn settled(text: &[u8]) -> usize {
    let lines = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    lines + (text.len() - lines) / MAX_HELD * MAX_HELD
}

#[cfg(test)]
mod tests;
