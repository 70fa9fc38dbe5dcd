//! [`ManagerPipe`]: a pipe or socket on which a manager reads our answers.
//!
//! It is written to without blocking, whether or not it is set to: a manager that does not read must not stop a container
//! that runs. The flag itself is left alone, because it belongs to the open file description, which others may share.
//! poll(2) reports a pipe as writable when it takes `PIPE_BUF` (4096) bytes (pipe(7)), as many as a message has at most.
//! What it does not take waits in a queue.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::{Deserialize, Serialize};

use crate::handover::{Blob, Descriptors, adopt};
use crate::poll::{Interest, Poll, Token, Watched};

/// How often a write is tried that fails for another reason than a full pipe or a missing reader.
const TRIES: usize = 3;

/// An inherited pipe or socket that is written to until its reader goes away.
pub(crate) struct ManagerPipe {
    fd: Option<Watched<OwnedFd>>,
    /// Each is one write, because a SEQPACKET socket keeps them apart.
    queue: VecDeque<Vec<u8>>,
}

/// A [`ManagerPipe`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PipeState {
    fd: Option<RawFd>,
    queue: Vec<Blob>,
}

impl ManagerPipe {
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> PipeState {
        let queue = self.queue.iter().cloned().map(Blob).collect();
        PipeState { fd: self.fd.as_ref().map(|fd| descriptors.add(fd)), queue }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: PipeState, token: Token) -> Self {
        let queue = state.queue.into_iter().map(|Blob(message)| message).collect();
        Self { queue, ..Self::new(state.fd.and_then(adopt), token) }
    }

    pub(crate) fn new(fd: Option<OwnedFd>, token: Token) -> Self {
        Self { fd: fd.map(|fd| Watched::detached(fd, token)), queue: VecDeque::new() }
    }

    /// From now on `poll` reports when the manager has read enough for what waits in the queue.
    pub(crate) fn join(&mut self, poll: &Rc<Poll>) {
        if let Some(fd) = &mut self.fd {
            fd.join(poll);
        }
        self.watch();
    }

    /// Watches the pipe while messages are queued. If epoll_ctl(2) fails, the queue is written at the container's end.
    fn watch(&mut self) {
        let wanted = (!self.queue.is_empty()).then_some(Interest::Write);
        if let Some(fd) = &mut self.fd {
            let _ = fd.set(wanted);
        }
    }

    /// Writes a message of at most 4096 bytes, or as much of it as the pipe takes now.
    pub(crate) fn send(&mut self, message: Vec<u8>) {
        if self.fd.is_some() {
            self.queue.push_back(message);
            self.flush();
        }
    }

    /// Writes what is in the queue, as far as the pipe takes it now. A pipe without a reader is closed.
    pub(crate) fn flush(&mut self) {
        self.write();
        self.watch();
    }

    fn write(&mut self) {
        let Some(fd) = &self.fd else { return };
        let mut tries = TRIES;
        while let Some(message) = self.queue.front_mut() {
            if !takes_a_message(fd.as_fd(), PollTimeout::ZERO) {
                return;
            }
            match nix::unistd::write(fd, message) {
                Ok(count) if count < message.len() => drop(message.drain(..count)),
                Ok(_) => drop(self.queue.pop_front()),
                Err(Errno::EINTR) => {}
                // It has become full since.
                Err(Errno::EAGAIN) => return,
                Err(error) => {
                    tries -= 1;
                    if error == Errno::EPIPE || tries == 0 {
                        return self.close();
                    }
                }
            }
        }
    }

    /// The descriptor, if something waits until it can be written.
    pub(crate) fn blocked(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().filter(|_| !self.queue.is_empty()).map(AsFd::as_fd)
    }

    /// Writes the whole queue, waiting up to `patience` for the manager to read. Returns false if it did not. Blocks.
    pub(crate) fn flush_within(&mut self, patience: Duration) -> bool {
        let limit = Instant::now() + patience;
        while let Some(fd) = self.blocked() {
            let left = limit.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            // A descriptor that is ready but accepts nothing must not make this loop spin.
            if takes_a_message(fd, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
                self.flush();
                if self.blocked().is_some() {
                    std::thread::sleep(Duration::from_millis(10).min(left));
                }
            }
        }
        true
    }

    /// Closes the pipe: the manager reads its end.
    pub(crate) fn close(&mut self) {
        self.fd = None;
        self.queue.clear();
    }
}

/// Whether a write would not block: the pipe has room, or no reader. If poll(2) fails, the write is tried.
fn takes_a_message(fd: BorrowedFd<'_>, patience: PollTimeout) -> bool {
    let mut asked = [PollFd::new(fd, PollFlags::POLLOUT)];
    match poll(&mut asked, patience) {
        Ok(count) => count > 0,
        Err(Errno::EINTR | Errno::EAGAIN | Errno::ENOMEM) => false,
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use nix::fcntl::OFlag;
    use nix::unistd::pipe2;

    use super::*;

    const MESSAGE: &[u8] = b"{\"data\": 42}\n";

    /// A pipe that has no room, its reader and what fills it. A write to it blocks.
    fn full() -> (ManagerPipe, std::fs::File, usize) {
        let (reader, writer) = pipe2(OFlag::O_CLOEXEC).unwrap();
        conmon_sys::fds::set_nonblocking(&writer).unwrap();
        let mut filling = 0;
        while let Ok(count) = nix::unistd::write(&writer, &[b'x'; 4096]) {
            filling += count;
        }
        nix::fcntl::fcntl(&writer, nix::fcntl::FcntlArg::F_SETFL(OFlag::empty())).unwrap();
        (ManagerPipe::new(Some(writer), Token::SyncPipe), reader.into(), filling)
    }

    #[test]
    fn a_full_pipe_blocks_nobody_and_gets_its_messages_when_it_is_read() {
        let (mut pipe, mut reader, filling) = full();
        pipe.send(MESSAGE.to_vec());
        pipe.send(MESSAGE.to_vec());
        assert!(pipe.blocked().is_some());
        assert!(!pipe.flush_within(Duration::from_millis(1)));
        let reading = std::thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            all.split_off(filling)
        });
        assert!(pipe.flush_within(Duration::from_secs(10)));
        assert!(pipe.blocked().is_none());
        pipe.close();
        assert_eq!(reading.join().unwrap(), MESSAGE.repeat(2));
    }

    #[test]
    fn a_pipe_that_is_full_wakes_the_loop_until_everything_is_written() {
        let poll = Rc::new(Poll::new().unwrap());
        let (mut pipe, mut reader, filling) = full();
        pipe.join(&poll);
        let mut ready = Vec::new();
        let mut wakes = || {
            poll.wait(Some(Duration::ZERO), &mut ready).unwrap();
            !ready.is_empty()
        };
        assert!(!wakes(), "nothing waits");
        pipe.send(MESSAGE.to_vec());
        assert!(!wakes(), "the pipe is full");
        reader.read_exact(&mut vec![0; filling]).unwrap();
        assert!(wakes());
        pipe.flush();
        assert!(!wakes() && pipe.blocked().is_none());
    }

    #[test]
    fn a_pipe_without_a_reader_is_closed() {
        let (mut pipe, reader, _) = full();
        drop(reader);
        pipe.send(MESSAGE.to_vec());
        assert!(pipe.fd.is_none() && pipe.flush_within(Duration::ZERO));
    }
}
