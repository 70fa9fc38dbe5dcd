//! The way of attach clients' input to the container: in order, never lost while the pipe is full, never blocking.
//!
//! A terminal takes input while no process has it open, as far as the kernel has room (some 20 kB), and the process that opens it
//! next reads that. The rest waits here, and clients wait with it. So input is lost only with the terminal itself.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::Instant;

use nix::errno::Errno;

use crate::backoff::Backoff;
use crate::poll::{Interest, Poll, Readiness, Token, Watched};

/// How much is kept for a terminal that is still to come.
const EARLY_INPUT: usize = 256 * 1024;

/// The container's standard input, or the place where it will be.
pub(crate) struct Stdin {
    state: State,
    pending: Vec<u8>,
    /// How much of `pending` has been written.
    done: usize,
    /// Close when everything pending has been written.
    ending: bool,
    /// Nobody reads any more.
    broken: bool,
    /// Bytes that the container's end has taken so far.
    written: u64,
    /// A terminal that is full, and that nobody has open.
    hung_up: bool,
    backoff: Backoff,
    /// Why the last write failed, until somebody asks.
    failure: Option<Errno>,
}

enum State {
    /// A terminal is to come: input is kept until it does.
    Awaited,
    Pipe(Watched<OwnedFd>),
    Terminal(Watched<OwnedFd>),
    /// There is none, or it is gone: input is dropped.
    Closed,
}

impl Stdin {
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
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.state {
            State::Pipe(fd) | State::Terminal(fd) => Some(fd.as_fd()),
            State::Awaited | State::Closed => None,
        }
    }

    /// The terminal that was awaited.
    pub(crate) fn arrive(&mut self, fd: OwnedFd, poll: &Rc<Poll>) {
        self.state = State::Terminal(Watched::new(fd, Token::Stdin, poll));
        self.write_pending();
    }

    /// Whether the descriptor has served.
    fn is_over(&self) -> bool {
        self.fd().is_some() && (self.broken || self.ending && self.done >= self.pending.len())
    }

    /// Whether a further packet may be taken from a client.
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

    /// One client's packet, whole.
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

    /// What the loop has seen of the descriptor.
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

    /// Waits for the descriptor while something is pending for it, and closes one that has served.
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

    /// Tries again what failed, if its pause is over.
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

    /// No more input will come: over once what came is written.
    pub(crate) fn end(&mut self) {
        self.ending = true;
    }

    /// Drops the descriptor and what was for it.
    pub(crate) fn close(&mut self) {
        *self = Self { written: self.written, ..Self::none() };
    }

    /// Writes until it would block, fails, or nobody reads any more.
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
mod tests {
    use super::*;
    use crate::container_io::test_terminal;
    use std::io::Read;
    use std::time::Duration;

    fn poll() -> Rc<Poll> {
        Rc::new(Poll::new().unwrap())
    }

    fn pipe() -> (std::fs::File, Stdin) {
        let (reader, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
        (reader.into(), Stdin::open(writer, &poll()))
    }

    fn read_available(reader: &mut std::fs::File) -> Vec<u8> {
        let mut all = Vec::new();
        let mut chunk = [0; 65_536];
        while let Ok(count) = reader.read(&mut chunk) {
            if count == 0 {
                break;
            }
            all.extend_from_slice(&chunk[..count]);
        }
        all
    }

    #[test]
    fn a_full_pipe_keeps_the_rest_and_takes_no_more() {
        let (mut reader, mut stdin) = pipe();
        let sent: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        stdin.write(&sent);
        assert!(!stdin.takes_more());
        let mut got = Vec::new();
        while stdin.is_blocked() {
            got.extend(read_available(&mut reader));
            stdin.write_pending();
        }
        got.extend(read_available(&mut reader));
        assert_eq!(got, sent);
        assert!(stdin.takes_more());
    }

    #[test]
    fn the_end_of_input_closes_only_after_what_was_sent() {
        let (mut reader, mut stdin) = pipe();
        stdin.write(&[7; 100_000]);
        stdin.end();
        assert!(!stdin.is_over());
        let mut got = read_available(&mut reader);
        stdin.write_pending();
        assert!(stdin.is_over());
        stdin.close();
        reader.read_to_end(&mut got).unwrap();
        assert_eq!(got.len(), 100_000);
    }

    #[test]
    fn input_before_the_terminal_exists_is_kept_until_it_does() {
        let mut stdin = Stdin::awaited();
        stdin.write(b"early ");
        stdin.write(b"bird");
        stdin.end();
        let (reader, writer) = nix::unistd::pipe().unwrap();
        stdin.arrive(writer, &poll());
        assert!(stdin.is_over());
        stdin.close();
        let mut got = String::new();
        std::fs::File::from(reader).read_to_string(&mut got).unwrap();
        assert_eq!(got, "early bird");
    }

    #[test]
    fn no_further_packet_is_taken_for_a_terminal_that_does_not_come() {
        let mut stdin = Stdin::awaited();
        let packet = [7; 32 * 1024];
        for _ in 0..EARLY_INPUT / packet.len() {
            assert!(stdin.takes_more());
            stdin.write(&packet);
        }
        assert!(!stdin.takes_more());
    }

    #[test]
    fn a_container_that_closed_its_stdin_is_no_error() {
        let (reader, mut stdin) = pipe();
        drop(reader);
        stdin.write(b"x");
        assert!(stdin.is_over());
        assert!(stdin.takes_more());
    }

    #[test]
    fn input_for_a_terminal_that_nobody_has_open_waits_for_the_next_who_opens_it() {
        let (master, path, slave) = test_terminal::new();
        drop(slave);
        let poll = poll();
        let mut stdin = Stdin::awaited();
        stdin.arrive(master, &poll);
        let line = [&[b'i'; 63][..], b"\n"].concat();
        let mut sent = 0;
        let mut ready = Vec::new();
        let mut serve = |stdin: &mut Stdin, limit| {
            stdin.update();
            poll.wait(Some(limit), &mut ready).unwrap();
            ready.iter().for_each(|(_, readiness)| stdin.serve(*readiness));
            !ready.is_empty()
        };
        // The kernel makes room while it passes on what was written, but not indefinitely.
        let mut wakes = 0;
        while stdin.takes_more() {
            stdin.write(&line);
            sent += line.len();
            while stdin.is_blocked() && serve(&mut stdin, Duration::from_millis(50)) {
                wakes += 1;
                assert!(wakes < 1000, "it spins");
            }
        }
        assert!(stdin.is_blocked());
        let mut slave = test_terminal::open(&path);
        let mut got = 0;
        while got < sent {
            let read = slave.read(&mut [0; 4096]);
            got += read.unwrap_or(0);
            serve(&mut stdin, Duration::from_millis(1));
        }
        assert_eq!(got, sent);
        assert!(stdin.takes_more());
    }

    #[test]
    fn a_write_that_fails_is_tried_again_and_loses_nothing() {
        let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = peer.local_addr().unwrap();
        drop(peer);
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        socket.connect(address).unwrap();
        socket.send(b"x").unwrap();
        let peer = std::net::UdpSocket::bind(address).unwrap();
        let poll = poll();
        let mut stdin = Stdin::open(socket.into(), &poll);
        stdin.write(b"kept");
        assert!(!stdin.takes_more() && stdin.failure().is_none(), "one failure is not worth a warning");
        stdin.update();
        let mut ready = Vec::new();
        poll.wait(Some(Duration::from_millis(10)), &mut ready).unwrap();
        assert!(ready.is_empty(), "it rests");
        assert!(stdin.retry(stdin.retry_at().unwrap()));
        assert!(stdin.takes_more());
        let mut got = [0; 16];
        assert_eq!(peer.recv(&mut got).map(|count| got[..count].to_vec()).unwrap(), b"kept");
    }
}
