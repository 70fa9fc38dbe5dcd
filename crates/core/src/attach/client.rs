//! [`Client`]: one connection on the attach socket.
//!
//! Output that it does not take at once waits in a queue of its own; above [`BOUND`] the container has to wait, for as
//! long as the client makes progress. A client that has shut down its writing side still gets output; one that is gone
//! altogether may have left input, which is passed on before it is forgotten.

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, Shutdown, recv, sendmsg, shutdown};

use super::outbox::Outbox;
use crate::error::Error;
use crate::poll::{Interest, Poll, Readiness, Token};
use crate::stream::Stream;
use crate::sys::fds::unread;

/// The largest text of a packet to a client: Podman's and CRI-O's buffers hold this and the type byte.
const MAX_TEXT: usize = 8192;
/// The largest packet from a client.
const MAX_PACKET: usize = 32 * 1024;
/// Packets from a client in one wake-up, so that one who never stops does not keep everybody else waiting.
const PACKETS_A_TURN: usize = 16;
/// How much may wait for a client before the container must.
const BOUND: usize = 1 << 20;

/// What a client sends.
pub(crate) enum Input<'a> {
    Packet(&'a [u8]),
    /// It will send no more.
    End,
}

/// One connected client.
pub(crate) struct Client {
    id: u32,
    fd: OwnedFd,
    outbox: Outbox,
    last_progress: Instant,
    /// What of the kernel's queue it had not read then.
    unread: i32,
    /// It still takes output.
    output: bool,
    /// It may still send input.
    input: bool,
    watch: Watch,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Watch {
    No,
    For(Interest),
}

impl Client {
    pub(crate) fn new(id: u32, fd: OwnedFd) -> Self {
        let (outbox, last_progress) = (Outbox::default(), Instant::now());
        Self { id, fd, outbox, last_progress, unread: 0, output: true, input: true, watch: Watch::No }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// When it is known to have taken something, or had to be waited for first.
    pub(crate) fn last_progress(&self) -> Instant {
        self.last_progress
    }

    /// Looks whether it has taken something since. The kernel says only that a socket can be written when three quarters
    /// of its queue have been read (`unix_writable`), which takes a slow reader longer than anybody's patience.
    pub(crate) fn look_for_progress(&mut self, now: Instant) {
        let unread = unread(&self.fd).unwrap_or(self.unread);
        if self.has_unsent() && unread < self.unread {
            self.last_progress = now;
        }
        self.unread = unread;
    }

    /// It still gets output.
    pub(crate) fn takes_output(&self) -> bool {
        self.output
    }

    /// Bytes that wait for it.
    pub(crate) fn queued(&self) -> usize {
        self.outbox.len()
    }

    pub(crate) fn has_unsent(&self) -> bool {
        !self.outbox.is_empty()
    }

    pub(crate) fn is_congested(&self) -> bool {
        self.outbox.len() >= BOUND
    }

    /// Nothing more can pass in either direction.
    pub(crate) fn is_gone(&self) -> bool {
        !self.output && !self.input
    }

    /// It has gone, and left input behind.
    pub(crate) fn has_departed(&self) -> bool {
        !self.output && self.input
    }

    /// Sends output, or queues what does not go now.
    pub(crate) fn send(&mut self, stream: Stream, bytes: &[u8]) {
        for text in bytes.chunks(MAX_TEXT) {
            if !self.output {
                return;
            }
            if !self.outbox.is_empty() {
                self.outbox.push(stream, text);
            } else if !self.try_send(stream.packet_type(), text) && self.output {
                self.wait_from_now();
                self.outbox.push(stream, text);
            }
        }
    }

    /// No output for it any more, and no input from it.
    pub(crate) fn drop_output(&mut self) {
        self.output = false;
        self.input = false;
        self.outbox = Outbox::default();
    }

    /// Takes its packets and sends what waits. Returns whether the container's stdin takes more.
    pub(crate) fn serve(
        &mut self,
        readiness: Readiness,
        buffer: &mut [u8],
        packet: &mut impl FnMut(Input<'_>) -> bool,
    ) -> bool {
        let mut takes_more = true;
        if self.input && (readiness.readable || readiness.hung_up) {
            takes_more = self.receive(buffer, packet);
        }
        if readiness.hung_up {
            self.output = false;
            self.outbox = Outbox::default();
        }
        self.flush();
        takes_more
    }

    /// Begins to wait for it.
    pub(crate) fn watch(&mut self, poll: &Poll, input_possible: bool) -> Result<(), Error> {
        let interest = self.interest(input_possible);
        poll.watch(&self.fd, Token::AttachClient(self.id), interest)?;
        self.watch = Watch::For(interest);
        Ok(())
    }

    /// Waits for what it can do now.
    pub(crate) fn update(&mut self, poll: &Poll, input_possible: bool) {
        if self.is_gone() {
            return;
        }
        // Gone but for its last packets, which nobody can take now: its hang-up would be told again and again.
        let wanted = if !self.output && !input_possible {
            Watch::No
        } else {
            Watch::For(self.interest(input_possible))
        };
        let token = Token::AttachClient(self.id);
        let done = match (self.watch, wanted) {
            (old, new) if old == new => return,
            (_, Watch::No) => {
                poll.forget(&self.fd);
                Ok(())
            }
            (Watch::No, Watch::For(interest)) => poll.watch(&self.fd, token, interest),
            (Watch::For(_), Watch::For(interest)) => poll.change(&self.fd, token, interest),
        };
        match done {
            Ok(()) => self.watch = wanted,
            Err(_) => self.drop_output(),
        }
    }

    fn interest(&self, input_possible: bool) -> Interest {
        match (self.input && input_possible, !self.outbox.is_empty()) {
            (true, true) => Interest::ReadWrite,
            (true, false) => Interest::Read,
            (false, true) => Interest::Write,
            (false, false) => Interest::Nothing,
        }
    }

    fn receive(&mut self, buffer: &mut [u8], packet: &mut impl FnMut(Input<'_>) -> bool) -> bool {
        for _ in 0..PACKETS_A_TURN {
            match recv(self.fd.as_raw_fd(), &mut buffer[..MAX_PACKET], MsgFlags::MSG_DONTWAIT) {
                Ok(0) => return self.input_ended(packet),
                Ok(count) => {
                    if !packet(Input::Packet(&buffer[..count])) {
                        return false;
                    }
                }
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return true,
                // It closed without reading everything; what it sent comes behind this.
                Err(Errno::ECONNRESET) if self.output => self.output = false,
                Err(_) => return self.input_ended(packet),
            }
        }
        true
    }

    fn input_ended(&mut self, packet: &mut impl FnMut(Input<'_>) -> bool) -> bool {
        self.input = false;
        packet(Input::End)
    }

    fn flush(&mut self) {
        let mut taken = false;
        while let Some((kind, text)) = self.outbox.first() {
            // `first` borrows the queue, which `try_send` does not touch.
            match send_packet(&self.fd, kind, text) {
                Sent::Yes => {
                    self.outbox.pop();
                    taken = true;
                }
                Sent::Later => break,
                Sent::Never => {
                    self.output = false;
                    self.outbox = Outbox::default();
                }
            }
        }
        if taken {
            self.wait_from_now();
        }
    }

    fn wait_from_now(&mut self) {
        self.last_progress = Instant::now();
        self.unread = unread(&self.fd).unwrap_or(0);
    }

    fn try_send(&mut self, kind: u8, text: &[u8]) -> bool {
        match send_packet(&self.fd, kind, text) {
            Sent::Yes => true,
            Sent::Later => false,
            Sent::Never => {
                self.output = false;
                false
            }
        }
    }
}

/// A socket that is closed with input unread gives its peer ECONNRESET, and that comes before the output the peer has
/// not read yet: Podman would lose it. So nothing more may come in, and what came is taken.
impl Drop for Client {
    fn drop(&mut self) {
        if shutdown(self.fd.as_raw_fd(), Shutdown::Both).is_err() {
            return;
        }
        let mut rest = [0];
        // The rest of a packet that is longer is thrown away with it.
        while matches!(
            recv(self.fd.as_raw_fd(), &mut rest, MsgFlags::MSG_DONTWAIT),
            Ok(1..) | Err(Errno::EINTR)
        ) {}
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

enum Sent {
    Yes,
    Later,
    Never,
}

fn send_packet(fd: &OwnedFd, kind: u8, text: &[u8]) -> Sent {
    let kind = [kind];
    let parts = [IoSlice::new(&kind), IoSlice::new(text)];
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    loop {
        return match sendmsg::<()>(fd.as_raw_fd(), &parts, &[], flags, None) {
            Ok(_) => Sent::Yes,
            Err(Errno::EINTR) => continue,
            Err(Errno::EAGAIN | Errno::ENOBUFS | Errno::ENOMEM) => Sent::Later,
            Err(_) => Sent::Never,
        };
    }
}
