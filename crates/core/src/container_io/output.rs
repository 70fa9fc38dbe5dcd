//! One of the container's outputs: read in large pieces, handed to the log in whole lines where it can be.
//!
//! A read that came back full has more behind it, so the part of a line at its end is kept for the next read instead of
//! being logged as a part; anything else is a prompt or the end of a burst and is shown at once. No more than
//! [`MAX_HELD`] bytes are ever kept back.

use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;
use std::time::Instant;

use conmon_sys::fds;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::backoff::{Backoff, in_a_row};
use crate::container_io::pipe_size::{self, PipeSize};
use crate::error::Error;
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
    pub(crate) fn has_read(&mut self, hung_up: bool) -> bool {
        let recovered = self.backoff.worked();
        std::mem::replace(&mut self.hung_up, hung_up) != hung_up || recovered
    }

    /// A read failed: it is not waited for until a pause is over. Returns whether that happened often enough for a warning.
    pub(crate) fn has_failed(&mut self) -> bool {
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
            self.pipe.has_read(count);
            self.taken += u64::try_from(count).unwrap_or(0);
            let end = held + count;
            let goes_on = count == 0 || sink.raw(self.stream, &buffer[held..end]);
            let outcome = match outcome {
                None if !goes_on => Some(Pumped::Stopped),
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
mod tests {
    use super::*;
    use crate::container_io::test_terminal;
    use std::io::Write;

    #[derive(Default)]
    struct Seen {
        raw: Vec<u8>,
        texts: Vec<Vec<u8>>,
    }

    impl Sink for Seen {
        fn raw(&mut self, _: Stream, bytes: &[u8]) -> bool {
            self.raw.extend_from_slice(bytes);
            true
        }
        fn text(&mut self, _: Stream, text: &[u8]) {
            self.texts.push(text.to_vec());
        }
    }

    fn poll() -> Rc<Poll> {
        Rc::new(Poll::new().unwrap())
    }

    fn pipe() -> (Output, std::fs::File) {
        let (reader, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
        (Output::new(reader, Stream::Stdout, &poll()), writer.into())
    }

    fn pump(output: &mut Output, seen: &mut Seen) -> Pumped {
        output.pump(&mut vec![0; READ + MAX_HELD], seen)
    }

    /// A worker of the kernel passes on what was written to a terminal, and a read may come between two of its steps.
    /// Another test may be starting a process, which holds everything open for a moment.
    fn pump_all(output: &mut Output, seen: &mut Seen) -> Pumped {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let pumped = pump(output, seen);
            if pumped != Pumped::Dry || std::time::Instant::now() > end {
                return pumped;
            }
        }
    }

    #[test]
    fn a_prompt_is_shown_at_once() {
        let (mut output, mut writer) = pipe();
        writer.write_all(b"one\nname: ").unwrap();
        let mut seen = Seen::default();
        assert_eq!(pump(&mut output, &mut seen), Pumped::Dry);
        assert_eq!(seen.texts, [b"one\nname: ".to_vec()]);
    }

    #[test]
    fn a_line_is_not_cut_where_a_full_read_ends() {
        let (mut output, mut writer) = pipe();
        let line = [&[b'x'; 6999][..], b"\n"].concat();
        let all = line.repeat(20);
        let mut seen = Seen::default();
        let (first, rest) = all.split_at(pipe_size::USUAL);
        writer.write_all(first).unwrap();
        let mut buffer = vec![0; READ + MAX_HELD];
        // The writer fills the pipe again as soon as there is room, as a busy container does.
        let filler = std::thread::scope(|scope| {
            let writing = scope.spawn(|| {
                let mut left = rest;
                while !left.is_empty() {
                    if let Ok(count) = writer.write(left) {
                        left = &left[count..];
                    }
                }
                drop(writer);
            });
            while output.pump(&mut buffer, &mut seen) != Pumped::Ended {}
            writing.join()
        });
        filler.unwrap();
        assert_eq!(seen.raw, all);
        assert_eq!(seen.texts.concat(), all);
    }

    #[test]
    fn of_a_long_line_less_than_the_bound_is_held_back() {
        assert_eq!(settled(&[b'x'; MAX_HELD - 1]), 0);
        assert_eq!(settled(&[b'x'; MAX_HELD]), MAX_HELD);
        assert_eq!(settled(&[b'x'; 3 * MAX_HELD + 5]), 3 * MAX_HELD);
        assert_eq!(settled(b"abc\nde"), 4);
    }

    #[test]
    fn a_terminal_that_every_process_has_closed_is_hung_up_until_it_is_written_to_again() {
        let (master, path, slave) = test_terminal::new();
        let mut output = Output::terminal(master, &poll());
        let mut seen = Seen::default();
        assert_eq!(pump(&mut output, &mut seen), Pumped::Dry, "open, and nothing written");
        let mut slave = Some(slave);
        for round in 0..50 {
            let mut file = slave.take().unwrap_or_else(|| test_terminal::open(&path));
            writeln!(file, "line {round}").unwrap();
            drop(file);
            assert_eq!(pump_all(&mut output, &mut seen), Pumped::HungUp);
            drop(test_terminal::open(&path));
            assert_eq!(
                pump_all(&mut output, &mut seen),
                Pumped::HungUp,
                "opened and closed, nothing written"
            );
        }
        let expected: String = (0..50).map(|round| format!("line {round}\r\n")).collect();
        assert_eq!(String::from_utf8(seen.raw).unwrap(), expected);
    }

    #[test]
    fn what_was_written_before_a_terminal_was_closed_comes_before_the_hang_up() {
        let (master, _, mut slave) = test_terminal::new();
        let mut output = Output::terminal(master, &poll());
        slave.write_all(b"last").unwrap();
        drop(slave);
        let mut seen = Seen::default();
        assert_eq!(pump_all(&mut output, &mut seen), Pumped::HungUp);
        assert_eq!(seen.texts.concat(), b"last");
    }

    #[test]
    fn a_read_that_fails_is_not_an_end() {
        let (_, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
        let mut output = Output::new(writer, Stream::Stdout, &poll());
        let mut seen = Seen::default();
        assert_eq!(pump(&mut output, &mut seen), Pumped::Failed(Errno::EBADF), "a pipe's other end");
    }

    #[test]
    fn the_end_of_the_other_side_is_told_after_its_last_words() {
        let (mut output, mut writer) = pipe();
        writer.write_all(b"last").unwrap();
        drop(writer);
        let mut seen = Seen::default();
        assert_eq!(pump(&mut output, &mut seen), Pumped::Dry);
        assert_eq!(pump(&mut output, &mut seen), Pumped::Ended);
        assert_eq!(seen.texts, [b"last".to_vec()]);
    }
}
