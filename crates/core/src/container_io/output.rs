//! One of the container's outputs: read in large pieces, handed to the log in whole lines where it can be.
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
/// A read of at least this much may not have been all: terminals give at most 4095 bytes (n_tty).
const MORE_LIKELY: usize = 4095;
/// How much of a line may wait for its end. Also the largest text of a log record.
pub(crate) const MAX_HELD: usize = 8192;
/// Reads a wake-up, so that a busy container does not keep everybody else waiting.
const READS_A_WAKE_UP: usize = 16;

/// The container's side of one stream.
pub(crate) struct Output {
    fd: Watched<OwnedFd>,
    kind: Kind,
    stream: Stream,
    held: Vec<u8>,
    /// Bytes read so far.
    pub(crate) taken: u64,
    pipe: PipeSize,
    /// Nobody had the terminal open when it was read last.
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

/// Where a [`Output::pump`] stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pumped {
    /// Nothing is there now.
    Dry,
    /// There is more, but it is others' turn.
    More,
    /// The receiver asked to stop.
    Stopped,
    /// Nobody has the terminal open now; any process of the container may open it again.
    HungUp,
    /// The read failed, which says nothing about what the container has written.
    Failed(Errno),
    /// Nobody holds the other end any more.
    Ended,
}

/// Takes what comes out of a container.
pub(crate) trait Sink {
    /// Bytes as they were read. Returns false to pause reading.
    fn raw(&mut self, stream: Stream, bytes: &[u8]) -> bool;
    /// The same bytes for the log: whole lines, or a part of one when it must be shown.
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
            taken: 0,
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

    /// Waits for it, unless it could not be read a moment ago. By edges only while a terminal is hung up, so that no other
    /// state depends on having read everything.
    ///
    /// # Errors
    /// When it cannot be waited for; it is tried again after a pause.
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

    /// Does not wait for it.
    pub(crate) fn pause(&mut self) {
        let _ = self.fd.set(None);
    }

    /// A read succeeded, or found the terminal hung up. Returns whether it has to be watched in another way than before.
    pub(crate) fn note_read(&mut self, hung_up: bool) -> bool {
        let recovered = self.backoff.worked();
        std::mem::replace(&mut self.hung_up, hung_up) != hung_up || recovered
    }

    /// A read failed: it is not waited for until a pause is over. Returns whether that happened often enough for a warning.
    pub(crate) fn note_failure(&mut self) -> bool {
        self.pause();
        self.backoff.failed(Instant::now());
        self.backoff.is_lasting()
    }

    /// When it is tried again after a failure.
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

    /// Reads what is there. `buffer` is at least [`READ`] + [`MAX_HELD`] long.
    pub(crate) fn pump(&mut self, buffer: &mut [u8], sink: &mut impl Sink) -> Pumped {
        let mut held = self.held.len();
        buffer[..held].copy_from_slice(&self.held);
        self.held = Vec::new();
        for _ in 0..READS_A_WAKE_UP {
            let (count, outcome) = self.read(&mut buffer[held..held + self.pipe.get()]);
            self.pipe.note_read(count);
            self.taken += u64::try_from(count).unwrap_or(0);
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

    /// How many bytes came, or why none did.
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

    /// What EIO means on a terminal. Nobody has it open (`n_tty_read`), unless it was opened and written to in between, or
    /// the error is another one.
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

    /// Makes the pipe as large as this stream's business asks for; a larger one only if `allowed`.
    pub(crate) fn adapt_pipe(&mut self, allowed: bool) {
        self.pipe.adapt(&self.fd, allowed);
    }

    pub(crate) fn has_large_pipe(&self) -> bool {
        self.pipe.is_grown()
    }

    /// Gives back what a busy time took.
    pub(crate) fn cool_down(&mut self) {
        self.pipe.give_back(&self.fd);
    }

    /// What was held back has been passed on by other means.
    pub(crate) fn forget_held(&mut self) {
        self.held = Vec::new();
    }

    fn log(&self, text: &[u8], sink: &mut impl Sink) {
        if !text.is_empty() {
            sink.text(self.stream, text);
        }
    }
}

/// How much can be logged although more is coming: all whole lines, and of a long line all but less than [`MAX_HELD`].
fn settled(text: &[u8]) -> usize {
    let lines = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    lines + (text.len() - lines) / MAX_HELD * MAX_HELD
}

#[cfg(test)]
mod tests;
