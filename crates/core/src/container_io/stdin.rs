//! [`Stdin`]: passes attach clients' input to the container, in order, without blocking, and without loss while the pipe is full.
//!
//! A terminal accepts input while no process has it open, up to the size of the kernel's buffer (some 20 kB), and the process that opens
//! it next reads that. The rest is kept here, and clients wait. So input is lost only with the terminal itself.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::time::Instant;

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use crate::backoff::Backoff;
use crate::handover::{Blob, Descriptors, adopt};
use crate::poll::{Interest, Poll, Readiness, Token, Watched};

/// Bytes of input that are kept for a terminal that the runtime has not sent yet.
const EARLY_INPUT: usize = 256 * 1024;

/// The container's standard input.
pub(crate) struct Stdin {
    state: State,
    pending: Vec<u8>,
    /// How much of `pending` has been written.
    done: usize,
    /// Whether to close it when everything pending has been written.
    ending: bool,
    /// Whether all readers have closed it.
    broken: bool,
    /// Bytes written so far.
    written: u64,
    /// Whether it is a terminal that is full and that no process has open.
    hung_up: bool,
    backoff: Backoff,
    /// Why the last write failed, until [`Self::failure`] takes it.
    failure: Option<Errno>,
}

enum State {
    /// The runtime will send a terminal: input is kept until then.
    Awaited,
    Pipe(Watched<OwnedFd>),
    Terminal(Watched<OwnedFd>),
    /// Absent or closed: input is dropped.
    Closed,
}

/// A [`Stdin`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StdinState {
    place: Place,
    pending: Blob,
    ending: bool,
    broken: bool,
    written: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Place {
    Pipe(RawFd),
    Terminal(RawFd),
    Closed,
}

impl Stdin {
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> StdinState {
        StdinState {
            place: match &self.state {
                State::Pipe(fd) => Place::Pipe(descriptors.add(fd)),
                State::Terminal(fd) => Place::Terminal(descriptors.add(fd)),
                // A running container already has its terminal, so none is awaited.
                State::Awaited | State::Closed => Place::Closed,
            },
            pending: Blob(self.pending.get(self.done..).unwrap_or_default().to_vec()),
            ending: self.ending,
            broken: self.broken,
            written: self.written,
        }
    }

    /// Continues with what was handed over. Nothing is waited for yet.
    pub(crate) fn from_state(state: StdinState, poll: &Rc<Poll>) -> Self {
        let watched = |number| adopt(number).map(|fd| Watched::new(fd, Token::Stdin, poll));
        let place = match state.place {
            Place::Pipe(number) => watched(number).map(State::Pipe),
            Place::Terminal(number) => watched(number).map(State::Terminal),
            Place::Closed => None,
        };
        Self {
            pending: state.pending.0,
            ending: state.ending,
            broken: state.broken,
            written: state.written,
            ..Self::with(place.unwrap_or(State::Closed))
        }
    }

    /// The writing end of a pipe.
    pub(crate) fn open(fd: OwnedFd, poll: &Rc<Poll>) -> Self {
        Self::with(State::Pipe(Watched::new(fd, Token::Stdin, poll)))
    }

    pub(crate) fn awaited() -> Self {
        Self::with(State::Awaited)
    }

    pub(crate) fn none() -> Self {
        Self::with(State::Closed)
    }

    fn with(state: State) -> Self {
        Self {
            state,
            pending: Vec::new(),
            done: 0,
            ending: false,
            broken: false,
            written: 0,
            hung_up: false,
            backoff: Backoff::for_source(),
            failure: None,
        }
    }

    /// The descriptor, while there is one.
    pub(crate) fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.state {
            State::Pipe(fd) | State::Terminal(fd) => Some(fd.as_fd()),
            State::Awaited | State::Closed => None,
        }
    }

    /// Sets the terminal that was awaited.
    pub(crate) fn arrive(&mut self, fd: OwnedFd, poll: &Rc<Poll>) {
        self.state = State::Terminal(Watched::new(fd, Token::Stdin, poll));
        self.write_pending();
    }

    /// Whether the descriptor can be closed.
    fn is_over(&self) -> bool {
        self.fd().is_some() && (self.broken || self.ending && self.done >= self.pending.len())
    }

    /// Whether another packet may be received from a client.
    pub(crate) fn takes_more(&self) -> bool {
        match self.state {
            State::Awaited => self.pending.len() < EARLY_INPUT,
            State::Pipe(_) | State::Terminal(_) => !self.is_blocked(),
            State::Closed => true,
        }
    }

    /// Whether something waits for the pipe to become writable.
    fn is_blocked(&self) -> bool {
        self.done < self.pending.len() && self.fd().is_some() && !self.broken
    }

    /// Writes a client's packet, or keeps what the container does not read now.
    pub(crate) fn write(&mut self, packet: &[u8]) {
        match &self.state {
            _ if self.broken => {}
            State::Closed => {}
            State::Awaited => self.pending.extend_from_slice(packet),
            State::Pipe(_) | State::Terminal(_) => {
                let blocked = self.is_blocked();
                let written = if blocked { 0 } else { self.write_now(packet) };
                if let Some(rest) = packet.get(written..).filter(|_| !self.broken) {
                    self.pending.extend_from_slice(rest);
                }
            }
        }
    }

    /// Serves the descriptor when it is ready.
    pub(crate) fn serve(&mut self, readiness: Readiness) {
        // A process that reads a terminal makes it writable; a pipe that nobody reads stays as it is (pipe(7)).
        let full_and_unread = readiness.hung_up && !readiness.writable;
        match &self.state {
            State::Pipe(_) => self.broken |= full_and_unread,
            State::Terminal(_) => self.hung_up = full_and_unread,
            State::Awaited | State::Closed => {}
        }
        if !full_and_unread {
            self.write_pending();
        }
    }

    /// Watches the descriptor while input is pending, and closes it at the end.
    pub(crate) fn update(&mut self) {
        if self.is_over() {
            return self.close();
        }
        let wanted = match self.hung_up {
            _ if !self.is_blocked() || self.backoff.is_pausing() => None,
            true => Some(Interest::WriteEdge),
            false => Some(Interest::Write),
        };
        let (State::Pipe(fd) | State::Terminal(fd)) = &mut self.state else { return };
        if fd.set(wanted).is_err() {
            self.backoff.failed(Instant::now());
        }
    }

    /// When a write that failed is tried again.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.backoff.next_try()
    }

    /// Retries a write that failed, if its pause is over. Returns whether it was.
    pub(crate) fn retry(&mut self, now: Instant) -> bool {
        let due = self.backoff.take(now);
        if due {
            self.write_pending();
        }
        due
    }

    /// Why writing fails, if it has failed often enough for a warning since this was asked last.
    pub(crate) fn failure(&mut self) -> Option<Errno> {
        self.failure.take()
    }

    /// Continues where the pipe was full.
    fn write_pending(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        self.done += self.write_now(pending.get(self.done..).unwrap_or_default());
        if self.done < pending.len() && !self.broken {
            self.pending = pending;
            return;
        }
        self.done = 0;
    }

    /// Ends the input: the descriptor is closed once everything pending is written.
    pub(crate) fn end(&mut self) {
        self.ending = true;
    }

    /// Closes the descriptor and drops pending input.
    pub(crate) fn close(&mut self) {
        *self = Self { written: self.written, ..Self::none() };
    }

    /// Writes until that would block or fails, or all readers have closed it. Returns the number of bytes.
    fn write_now(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while let (false, Some(fd), Some(rest)) =
            (self.broken, self.fd(), bytes.get(written..).filter(|rest| !rest.is_empty()))
        {
            match nix::unistd::write(fd, rest) {
                Ok(count @ 1..) => {
                    self.backoff.worked();
                    written += count;
                }
                Ok(0) | Err(Errno::EAGAIN) => break,
                Err(Errno::EINTR) => {}
                // The container has closed its end, as it may.
                Err(Errno::EPIPE) => self.broken = true,
                Err(errno) => {
                    self.backoff.failed(Instant::now());
                    self.failure = self.backoff.is_lasting().then_some(errno);
                    break;
                }
            }
        }
        self.written += u64::try_from(written).unwrap_or(0);
        written
    }

    /// Bytes written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }
}

#[cfg(test)]
mod tests;
