//! [`Progress`]: how much output a monitor has read and not yet logged.
//!
//! A monitor that is killed leaves this page behind, and the next one knows from it how much is lost. The page is written before and
//! after each step, in an order in which a kill between two of them makes the difference too large and never too small.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use conmon_sys::shared_page::SharedPage;

use super::Shelf;
use crate::length::to_u64;
use crate::stream::{PerStream, Stream};

/// Words of a stream.
const WORDS: usize = 3;
/// The most that a read in progress can bring; 0 between reads.
const READING: usize = 0;
/// Bytes that were read.
const READ: usize = 1;
/// Bytes that were passed on to the logs.
const PASSED_ON: usize = 2;
/// The first word after those of both streams: bytes that the first log holds.
const HELD: usize = 2 * WORDS;

/// See the module.
pub(crate) struct Progress {
    page: SharedPage,
}

/// The most that logs can lack.
#[derive(Debug)]
pub(crate) struct Unlogged {
    /// Bytes of each stream that may be in no log.
    pub(crate) streams: PerStream<u64>,
    /// Bytes of either stream that each log held, in their order.
    pub(crate) held: Vec<u64>,
}

impl Progress {
    /// That of the monitors which have this shelf.
    pub(crate) fn of(shelf: &Shelf) -> io::Result<Self> {
        Ok(Self { page: SharedPage::open(shelf.progress()?)? })
    }

    /// A read of at most `most` bytes begins; 0: it has returned nothing.
    pub(crate) fn reading(&self, stream: Stream, most: usize) {
        self.word(stream, READING).store(to_u64(most), Ordering::Release);
    }

    /// A read has returned this many bytes.
    pub(crate) fn has_read(&self, stream: Stream, bytes: usize) {
        self.add(stream, READ, bytes);
        self.reading(stream, 0);
    }

    /// This many bytes are in the logs, or [held](Self::holds) by them.
    pub(crate) fn has_passed_on(&self, stream: Stream, bytes: usize) {
        self.add(stream, PASSED_ON, bytes);
    }

    /// What of that is in memory, for each log.
    pub(crate) fn holds(&self, bytes: impl Iterator<Item = u64>) {
        for (word, bytes) in self.page[HELD..].iter().zip(bytes) {
            word.store(bytes, Ordering::Release);
        }
    }

    /// The most that the logs can lack; nothing from now on.
    pub(crate) fn take_unlogged(&self) -> Unlogged {
        let take = |word: &AtomicU64| word.swap(0, Ordering::AcqRel);
        let mut streams = PerStream::default();
        for stream in [Stream::Stdout, Stream::Stderr] {
            let [reading, read, passed_on] = [READING, READ, PASSED_ON].map(|at| take(self.word(stream, at)));
            *streams.get_mut(stream) = reading + read.saturating_sub(passed_on);
        }
        Unlogged { streams, held: self.page[HELD..].iter().map(take).collect() }
    }

    /// Only one process writes at a time.
    fn add(&self, stream: Stream, at: usize, bytes: usize) {
        let word = self.word(stream, at);
        word.store(word.load(Ordering::Relaxed) + to_u64(bytes), Ordering::Release);
    }

    fn word(&self, stream: Stream, at: usize) -> &AtomicU64 {
        match stream {
            Stream::Stdout => &self.page[at],
            Stream::Stderr => &self.page[WORDS + at],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of stdout, of stderr, and in the second log.
    fn unlogged(progress: &Progress) -> [u64; 3] {
        let Unlogged { streams, held } = progress.take_unlogged();
        [*streams.get(Stream::Stdout), *streams.get(Stream::Stderr), held[1]]
    }

    #[test]
    fn the_next_monitor_sees_what_was_read_and_not_passed_on() {
        let shelf = Shelf::new().unwrap();
        let [before, next] = [(); 2].map(|()| Progress::of(&shelf).unwrap());
        for (stream, bytes) in [(Stream::Stdout, 100), (Stream::Stderr, 20)] {
            before.reading(stream, 4096);
            before.has_read(stream, bytes);
        }
        before.has_passed_on(Stream::Stdout, 70);
        assert_eq!(unlogged(&next), [30, 20, 0]);
        assert_eq!(unlogged(&next), [0; 3]);
    }

    #[test]
    fn a_read_in_progress_may_have_brought_all_that_it_asked_for() {
        let shelf = Shelf::new().unwrap();
        let progress = Progress::of(&shelf).unwrap();
        progress.reading(Stream::Stdout, 4096);
        progress.holds([0, 5].into_iter());
        assert_eq!(unlogged(&progress), [4096, 0, 5]);
        progress.reading(Stream::Stdout, 4096);
        progress.reading(Stream::Stdout, 0);
        assert_eq!(unlogged(&progress), [0; 3]);
    }
}
