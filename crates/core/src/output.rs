//! One of the container's outputs: read in large pieces, handed to the log in whole lines where it can be.
//!
//! A read that came back full has more behind it, so the part of a line at its end is kept for the next read instead of
//! being logged as a part; anything else is a prompt or the end of a burst and is shown at once. No more than
//! [`MAX_HELD`] bytes are ever kept back.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;

use crate::pipe_size::{self, PipeSize};
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
    fd: OwnedFd,
    stream: Stream,
    held: Vec<u8>,
    /// Bytes read so far.
    pub(crate) taken: u64,
    pipe: PipeSize,
    /// Whether the loop waits for it now.
    pub(crate) watched: bool,
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
    /// Nobody holds the other end any more.
    Ended,
}

/// Takes what comes out of a container.
pub(crate) trait Sink {
    /// Bytes as they were read. False: no more for now.
    fn raw(&mut self, stream: Stream, bytes: &[u8]) -> bool;
    /// The same bytes for the log: whole lines, or a part of one when it must be shown.
    fn text(&mut self, stream: Stream, text: &[u8]);
}

impl Output {
    pub(crate) fn new(fd: OwnedFd, stream: Stream) -> Self {
        Self { fd, stream, held: Vec::new(), taken: 0, pipe: PipeSize::default(), watched: false }
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
                // EIO: the other side of a terminal is closed. Whatever else: nothing more can come.
                Err(_) => (0, Some(Pumped::Ended)),
            };
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

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn pipe() -> (Output, std::fs::File) {
        let (reader, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
        (Output::new(reader, Stream::Stdout), writer.into())
    }

    fn pump(output: &mut Output, seen: &mut Seen) -> Pumped {
        output.pump(&mut vec![0; READ + MAX_HELD], seen)
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
