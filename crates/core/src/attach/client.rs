//! [`Client`]: one connection on the attach socket.
//!
//! Output for which its socket has no room waits in the [`Backlog`]; from [`BOUND`] bytes on the container is blocked, for as long as
//! the client makes progress. A client that has shut down its writing side still receives output; one that has disconnected may have
//! left input, which is passed on before it is dropped.

use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::time::Instant;

use conmon_sys::fds::unread;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, Shutdown, recv, shutdown};
use serde::{Deserialize, Serialize};

use super::backlog::Backlog;
use super::packets::{BATCH, send_batch};
use crate::backoff::Backoff;
use crate::handover::{Descriptors, Moment, adopt};
use crate::length::to_u64;
use crate::poll::{Interest, Poll, Readiness, Token, Watched};
use crate::stream::Stream;

/// The largest packet from a client.
const MAX_PACKET: usize = 32 * 1024;
/// Packets read from one client in a wake-up, so that a client that never stops does not starve the others.
const PACKETS_A_TURN: usize = 16;
/// Bytes pending for a client from which on the container is blocked.
const BOUND: u64 = 1 << 20;

/// What a client sends.
pub(crate) enum Input<'a> {
    Packet(&'a [u8]),
    /// It has shut down its writing side.
    End,
}

/// One connected client.
pub(crate) struct Client {
    id: u32,
    fd: Watched<OwnedFd>,
    /// The position up to which all output has been sent to it.
    taken: u64,
    last_progress: Instant,
    /// Bytes in the kernel's queue that it had not read then.
    unread: i32,
    /// Whether it can still receive output.
    output: bool,
    /// Whether it may still send input.
    input: bool,
    /// Reads and writes that failed although the connection is not closed.
    backoff: Backoff,
    /// The reason, until [`Self::failure`] takes it.
    failure: Option<Errno>,
}

/// A [`Client`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientState {
    id: u32,
    fd: RawFd,
    taken: u64,
    last_progress: Moment,
    output: bool,
    input: bool,
}

impl Client {
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> ClientState {
        ClientState {
            id: self.id,
            fd: descriptors.add(&self.fd),
            taken: self.taken,
            last_progress: Moment(self.last_progress),
            output: self.output,
            input: self.input,
        }
    }

    /// Continues with what was handed over. Nothing is waited for yet.
    pub(crate) fn from_state(state: &ClientState, poll: &Rc<Poll>) -> Option<Self> {
        let mut client = Self::new(state.id, adopt(state.fd)?, poll, state.taken);
        client.last_progress = state.last_progress.0;
        (client.output, client.input) = (state.output, state.input);
        Some(client)
    }

    /// One that gets all output from the position `taken` on.
    pub(crate) fn new(id: u32, fd: OwnedFd, poll: &Rc<Poll>, taken: u64) -> Self {
        Self {
            id,
            fd: Watched::new(fd, Token::AttachClient(id), poll),
            taken,
            last_progress: Instant::now(),
            unread: 0,
            output: true,
            input: true,
            backoff: Backoff::for_source(),
            failure: None,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// When it last read something, as far as that is known, or when waiting for it began.
    pub(crate) fn last_progress(&self) -> Instant {
        self.last_progress
    }

    /// Checks whether it has read something since the last check. The kernel reports a socket as writable only when three quarters of its
    /// queue have been read (`unix_writable`), for which a slow reader may need longer than the time after which it counts as stalled.
    pub(crate) fn look_for_progress(&mut self, now: Instant, end: u64) {
        let unread = unread(&self.fd).unwrap_or(self.unread);
        if self.has_unsent(end) && unread < self.unread {
            self.last_progress = now;
        }
        self.unread = unread;
    }

    /// Whether it still receives output.
    pub(crate) fn takes_output(&self) -> bool {
        self.output
    }

    /// How much of the output up to `end` it still has to get.
    pub(crate) fn behind(&self, end: u64) -> u64 {
        if self.output { end.saturating_sub(self.taken) } else { 0 }
    }

    pub(crate) fn has_unsent(&self, end: u64) -> bool {
        self.behind(end) > 0
    }

    pub(crate) fn is_congested(&self, end: u64) -> bool {
        self.behind(end) >= BOUND
    }

    /// The position up to which nothing needs to be kept for it.
    pub(crate) fn taken(&self) -> u64 {
        if self.output { self.taken } else { u64::MAX }
    }

    /// Whether nothing more can be sent in either direction.
    pub(crate) fn is_gone(&self) -> bool {
        !self.output && !self.input
    }

    /// Whether it has disconnected and left input.
    pub(crate) fn has_departed(&self) -> bool {
        !self.output && self.input
    }

    /// Sends output that begins at this position, unless earlier output waits for it.
    pub(crate) fn offer(&mut self, stream: Stream, bytes: &[u8], position: u64) {
        if self.taken != position {
            return;
        }
        let mut rest = bytes;
        while self.output && !rest.is_empty() {
            let sent = self.send(stream, rest);
            if sent < rest.len().min(BATCH) {
                self.wait_from_now();
                return;
            }
            rest = &rest[sent..];
        }
    }

    /// Ends both directions; the connection is closed when the client is next swept.
    pub(crate) fn drop_output(&mut self) {
        self.output = false;
        self.input = false;
    }

    /// Takes its packets, as long as `packet` returns true, and sends what waits.
    pub(crate) fn serve(
        &mut self,
        readiness: Readiness,
        buffer: &mut [u8],
        backlog: &Backlog,
        packet: &mut impl FnMut(Input<'_>) -> bool,
    ) {
        if self.input && (readiness.readable || readiness.hung_up) {
            self.receive(buffer, packet);
        }
        if readiness.hung_up {
            self.output = false;
        }
        self.flush(backlog);
    }

    /// When it is tried again after a failure.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.backoff.next_try()
    }

    /// Whether its pause is over.
    pub(crate) fn is_due(&mut self, now: Instant) -> bool {
        self.backoff.take(now)
    }

    /// Why it cannot be served, if that has lasted long enough for a warning.
    pub(crate) fn failure(&mut self) -> Option<Errno> {
        self.failure.take()
    }

    fn note_failure(&mut self, errno: Errno) {
        self.backoff.failed(Instant::now());
        self.failure = self.backoff.is_lasting().then_some(errno);
    }

    /// Waits for what it can do now. `end` is the position after all output so far.
    pub(crate) fn update(&mut self, input_possible: bool, end: u64) {
        if self.is_gone() {
            return;
        }
        // Not in the epoll set: a disconnected client whose last packets cannot be passed on now, because its hang-up would be reported
        // again and again, and one that is paused after a failure.
        let wanted = if !self.output && !input_possible || self.backoff.is_pausing() {
            None
        } else {
            Some(self.interest(input_possible, end))
        };
        if self.fd.set(wanted).is_err() {
            self.backoff.failed(Instant::now());
        }
    }

    fn interest(&self, input_possible: bool, end: u64) -> Interest {
        match (self.input && input_possible, self.has_unsent(end)) {
            (true, true) => Interest::ReadWrite,
            (true, false) => Interest::Read,
            (false, true) => Interest::Write,
            (false, false) => Interest::Nothing,
        }
    }

    fn receive(&mut self, buffer: &mut [u8], packet: &mut impl FnMut(Input<'_>) -> bool) {
        for _ in 0..PACKETS_A_TURN {
            match recv(self.fd.as_raw_fd(), &mut buffer[..MAX_PACKET], MsgFlags::MSG_DONTWAIT) {
                Ok(0) => return self.input_ended(packet),
                Ok(count) => {
                    self.backoff.worked();
                    if !packet(Input::Packet(&buffer[..count])) {
                        return;
                    }
                }
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    self.backoff.worked();
                    return;
                }
                // It closed without reading everything. Its input follows this error.
                Err(Errno::ECONNRESET) if self.output => self.output = false,
                Err(Errno::ECONNRESET | Errno::ENOTCONN) => return self.input_ended(packet),
                Err(errno) => {
                    self.note_failure(errno);
                    return;
                }
            }
        }
    }

    fn input_ended(&mut self, packet: &mut impl FnMut(Input<'_>) -> bool) {
        self.input = false;
        packet(Input::End);
    }

    /// Sends what waits for it.
    fn flush(&mut self, backlog: &Backlog) {
        let before = self.taken;
        while self.output
            && let Some((stream, piece)) = backlog.piece_at(self.taken)
        {
            if self.send(stream, piece) < piece.len().min(BATCH) {
                break;
            }
        }
        if self.taken > before {
            self.wait_from_now();
        }
    }

    fn wait_from_now(&mut self) {
        self.last_progress = Instant::now();
        self.unread = unread(&self.fd).unwrap_or(0);
    }

    /// Sends what follows what it has taken, as far as that goes now and in one batch. Returns how many bytes went.
    fn send(&mut self, stream: Stream, bytes: &[u8]) -> usize {
        let sent = match send_batch(&self.fd, stream, bytes) {
            Ok(sent) => {
                self.backoff.worked();
                sent
            }
            Err(Errno::EAGAIN) => 0,
            // unix(7): it has closed its end.
            Err(Errno::EPIPE | Errno::ECONNRESET | Errno::ENOTCONN) => {
                self.output = false;
                0
            }
            Err(errno) => {
                self.note_failure(errno);
                0
            }
        };
        self.taken += to_u64(sent);
        sent
    }
}

/// Closing a socket with unread input gives its peer ECONNRESET before the output that the peer has not read yet: Podman would lose it.
/// So the socket is shut down and its input is read first.
impl Drop for Client {
    fn drop(&mut self) {
        if shutdown(self.fd.as_raw_fd(), Shutdown::Both).is_err() {
            return;
        }
        let mut rest = [0];
        // Each read drops a whole packet, however short the buffer (recv(2), `SOCK_SEQPACKET`).
        while matches!(
            recv(self.fd.as_raw_fd(), &mut rest, MsgFlags::MSG_DONTWAIT),
            Ok(1..) | Err(Errno::EINTR)
        ) {}
    }
}
