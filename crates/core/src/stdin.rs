//! The way of attach clients' input to the container: in order, never lost while the pipe is full, never blocking.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;

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
}

enum State {
    /// A terminal is to come: input is kept until it does.
    Awaited,
    Open(OwnedFd),
    /// There is none, or it is gone: input is dropped.
    Closed,
}

impl Stdin {
    pub(crate) fn open(fd: OwnedFd) -> Self {
        Self::with(State::Open(fd))
    }

    pub(crate) fn awaited() -> Self {
        Self::with(State::Awaited)
    }

    pub(crate) fn none() -> Self {
        Self::with(State::Closed)
    }

    fn with(state: State) -> Self {
        Self { state, pending: Vec::new(), done: 0, ending: false, broken: false, written: 0 }
    }

    /// The descriptor, while there is one.
    pub(crate) fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.state {
            State::Open(fd) => Some(fd.as_fd()),
            State::Awaited | State::Closed => None,
        }
    }

    /// The terminal that was awaited.
    pub(crate) fn arrive(&mut self, fd: OwnedFd) {
        self.state = State::Open(fd);
        self.write_pending();
    }

    /// Whether the descriptor has served, and is for its owner to close. Not closed here: whoever waits for it must be
    /// told first, because the kernel goes on telling of a terminal that is open under another number (epoll(7), Q6).
    pub(crate) fn is_over(&self) -> bool {
        self.fd().is_some() && (self.broken || self.ending && self.done >= self.pending.len())
    }

    /// Whether a further packet may be taken from a client.
    pub(crate) fn takes_more(&self) -> bool {
        match self.state {
            State::Awaited => self.pending.len() < EARLY_INPUT,
            State::Open(_) => !self.is_blocked(),
            State::Closed => true,
        }
    }

    /// Whether something waits for the pipe to become writable.
    pub(crate) fn is_blocked(&self) -> bool {
        self.done < self.pending.len() && self.fd().is_some() && !self.broken
    }

    /// One client's packet, whole.
    pub(crate) fn write(&mut self, packet: &[u8]) {
        match &self.state {
            _ if self.broken => {}
            State::Closed => {}
            State::Awaited => self.pending.extend_from_slice(packet),
            State::Open(_) => {
                let blocked = self.is_blocked();
                let written = if blocked { 0 } else { self.write_now(packet) };
                if let Some(rest) = packet.get(written..).filter(|_| !self.broken) {
                    self.pending.extend_from_slice(rest);
                }
            }
        }
    }

    /// Goes on where the pipe was full.
    pub(crate) fn write_pending(&mut self) {
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

    /// Writes until it would block, or until nobody reads any more.
    fn write_now(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while let (false, Some(fd), Some(rest)) =
            (self.broken, self.fd(), bytes.get(written..).filter(|rest| !rest.is_empty()))
        {
            match nix::unistd::write(fd, rest) {
                Ok(count) => written += count,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => break,
                // EPIPE: the container closed its end; EIO: its terminal is gone. Both are its right.
                Err(_) => self.broken = true,
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
    use std::io::Read;

    fn pipe() -> (std::fs::File, Stdin) {
        let (reader, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
        (reader.into(), Stdin::open(writer))
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
        stdin.arrive(writer);
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
}
