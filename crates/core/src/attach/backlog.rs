//! [`Backlog`]: output that some client has not read yet, kept once for all of them.
//!
//! A position counts the bytes of output since the start; each client has the position up to which it has read. Output from the position
//! of the slowest client on is kept in a ring buffer, whose memory is released when it is empty and the monitor is idle.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;

use conmon_sys::pages::Pages;
use serde::{Deserialize, Serialize};

use crate::handover::{Blob, patiently};
use crate::length::to_u64;
use crate::stream::Stream;

/// Room for what a client may be behind before the container has to wait, and for one more read.
const ROOM: NonZeroUsize = NonZeroUsize::new((1 << 20) + (1 << 18)).unwrap();

/// The output that some client has not read yet.
#[derive(Default)]
pub(crate) struct Backlog {
    ring: Option<Pages>,
    /// Index of the first byte in the ring, and the number of bytes.
    head: usize,
    length: usize,
    /// The position after all output so far.
    end: u64,
    /// Which stream the output before a position came from, in order.
    runs: VecDeque<(Stream, u64)>,
}

/// A [`Backlog`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BacklogState {
    end: u64,
    /// What is kept, oldest first: a piece of one stream each.
    pieces: Vec<(Stream, Blob)>,
}

impl Backlog {
    pub(crate) fn state(&self) -> BacklogState {
        let mut pieces = Vec::new();
        let mut position = self.end - to_u64(self.length);
        while let Some((stream, piece)) = self.piece_at(position).filter(|(_, piece)| !piece.is_empty()) {
            pieces.push((stream, Blob(piece.to_vec())));
            position += to_u64(piece.len());
        }
        BacklogState { end: self.end, pieces }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: BacklogState) -> Self {
        let length: usize = state.pieces.iter().map(|(_, Blob(piece))| piece.len()).sum();
        let begin = state.end.saturating_sub(to_u64(length));
        let mut backlog = Self { end: begin, ..Self::default() };
        if length > 0 {
            patiently(|| backlog.make_room(length));
        }
        for (stream, Blob(piece)) in state.pieces {
            // There is room.
            let _ = backlog.add(stream, &piece, begin);
        }
        backlog
    }

    /// The position after all output so far.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Adds output that clients have taken up to the position `taken` at least.
    ///
    /// # Errors
    /// If memory cannot be mapped; the data then counts as sent.
    pub(crate) fn add(&mut self, stream: Stream, bytes: &[u8], taken: u64) -> io::Result<()> {
        let begin = self.end;
        self.end += to_u64(bytes.len());
        let unneeded = if self.length == 0 { to_usize(taken.saturating_sub(begin)) } else { 0 };
        let bytes = bytes.get(unneeded..).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        self.make_room(bytes.len())?;
        self.copy_in(bytes);
        match self.runs.back_mut() {
            Some((last, end)) if *last == stream => *end = self.end,
            _ => self.runs.push_back((stream, self.end)),
        }
        Ok(())
    }

    /// The longest piece of one stream that is kept in one place and begins at this position.
    pub(crate) fn piece_at(&self, position: u64) -> Option<(Stream, &[u8])> {
        let (stream, run_end) = *self.runs.get(self.runs.partition_point(|(_, end)| *end <= position))?;
        let ring = self.ring.as_deref()?;
        let skipped = self.length.checked_sub(to_usize(self.end - position))?;
        let mut begin = self.head + skipped;
        if begin >= ring.len() {
            begin -= ring.len();
        }
        let end = begin.saturating_add(to_usize(run_end - position)).min(ring.len());
        Some((stream, ring.get(begin..end)?))
    }

    /// Drops the output before this position, which all clients have read.
    pub(crate) fn forget_before(&mut self, position: u64) {
        let kept = to_usize(self.end.saturating_sub(position)).min(self.length);
        let ring = self.ring.as_ref().map_or(0, |ring| ring.len());
        self.head += self.length - kept;
        if self.head >= ring {
            self.head -= ring;
        }
        self.length = kept;
        if kept == 0 {
            // Start over, to use memory that is resident already.
            self.head = 0;
        }
        while self.runs.front().is_some_and(|(_, end)| *end <= position) {
            self.runs.pop_front();
        }
    }

    /// Releases the memory, if the backlog is empty.
    pub(crate) fn release(&mut self) {
        if self.length == 0 {
            (self.ring, self.runs) = (None, VecDeque::new());
        }
    }

    fn make_room(&mut self, more: usize) -> io::Result<()> {
        let needed = self.length + more;
        if self.ring.as_ref().is_some_and(|ring| ring.len() >= needed) {
            return Ok(());
        }
        let room = NonZeroUsize::new(needed.next_power_of_two()).map_or(ROOM, |needed| needed.max(ROOM));
        let mut larger = Pages::reserve(room)?;
        if let Some(ring) = &self.ring {
            let first = self.length.min(ring.len() - self.head);
            larger[..first].copy_from_slice(&ring[self.head..self.head + first]);
            larger[first..self.length].copy_from_slice(&ring[..self.length - first]);
        }
        (self.ring, self.head) = (Some(larger), 0);
        Ok(())
    }

    fn copy_in(&mut self, bytes: &[u8]) {
        let Some(ring) = self.ring.as_deref_mut() else { return };
        let mut begin = self.head + self.length;
        if begin >= ring.len() {
            begin -= ring.len();
        }
        let (first, second) = bytes.split_at(bytes.len().min(ring.len() - begin));
        ring[begin..begin + first.len()].copy_from_slice(first);
        ring[..second.len()].copy_from_slice(second);
        self.length += bytes.len();
    }
}

fn to_usize(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::properties::config;

    /// Everything from a position on.
    fn rest(backlog: &Backlog, mut position: u64) -> Vec<(Stream, u8)> {
        let mut found = Vec::new();
        while let Some((stream, piece)) = backlog.piece_at(position) {
            assert!(!piece.is_empty());
            found.extend(piece.iter().map(|byte| (stream, *byte)));
            position += to_u64(piece.len());
        }
        assert_eq!(position, backlog.end());
        found
    }

    #[test]
    fn output_that_every_client_took_immediately_is_not_kept() {
        let mut backlog = Backlog::default();
        backlog.add(Stream::Stdout, b"abc", 3).unwrap();
        assert_eq!((backlog.end(), backlog.ring.is_none()), (3, true));
        backlog.add(Stream::Stdout, b"def", 5).unwrap();
        assert_eq!((backlog.end(), backlog.length), (6, 1));
        assert_eq!(rest(&backlog, 5), [(Stream::Stdout, b'f')]);
    }

    #[test]
    fn output_comes_out_as_it_went_in_from_every_position_however_the_ring_turns() {
        let mut backlog = Backlog::default();
        let mut all = Vec::new();
        let mut taken = 0;
        for round in 0_u16..2000 {
            let stream = if round % 7 < 4 { Stream::Stdout } else { Stream::Stderr };
            let bytes: Vec<u8> =
                (0..usize::from(round) * 37 % 9000).map(|at| (at % 251).to_le_bytes()[0]).collect();
            all.extend(bytes.iter().map(|byte| (stream, *byte)));
            backlog.add(stream, &bytes, taken).unwrap();
            if round % 3 == 0 {
                taken += (backlog.end() - taken) / 3;
                backlog.forget_before(taken);
            }
            if round % 97 == 0 {
                assert_eq!(rest(&backlog, taken), all[to_usize(taken)..]);
            }
        }
        assert_eq!(backlog.ring.as_ref().unwrap().len(), ROOM.get());
    }

    #[test]
    fn more_than_there_is_room_for_is_kept_all_the_same() {
        let mut backlog = Backlog::default();
        let all = vec![7; 3 * ROOM.get()];
        backlog.add(Stream::Stdout, &all[..100], 0).unwrap();
        backlog.forget_before(50);
        for part in all[100..].chunks(100_000) {
            backlog.add(Stream::Stdout, part, 0).unwrap();
        }
        assert_eq!(rest(&backlog, 50).len(), all.len() - 50);
    }

    #[test]
    fn memory_is_released_when_nothing_is_kept() {
        let mut backlog = Backlog::default();
        backlog.add(Stream::Stderr, b"abc", 0).unwrap();
        backlog.release();
        assert_eq!(rest(&backlog, 0).len(), 3);
        backlog.forget_before(3);
        backlog.release();
        assert!(backlog.ring.is_none() && backlog.runs.capacity() == 0 && backlog.piece_at(3).is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: config().cases / 2, ..config() })]

        #[test]
        fn a_backlog_is_a_list_of_all_output_whose_beginning_is_forgotten(
            steps in prop::collection::vec((any::<bool>(), 0..100_000_usize, 0..5_u64, any::<bool>()), 0..40),
        ) {
            let pattern: Vec<u8> = (0..251).collect();
            let (mut backlog, mut taken) = (Backlog::default(), 0);
            let (mut all, mut writes) = (Vec::new(), Vec::new());
            for (stderr, length, quarters, release) in steps {
                let stream = if stderr { Stream::Stderr } else { Stream::Stdout };
                let bytes = pattern.repeat(length / pattern.len());
                all.extend_from_slice(&bytes);
                writes.push((stream, to_u64(all.len())));
                backlog.add(stream, &bytes, taken).unwrap();
                taken = if quarters == 4 { backlog.end() } else { taken + (backlog.end() - taken) / 4 * quarters };
                backlog.forget_before(taken);
                if release {
                    backlog.release();
                }
            }
            while let Some((stream, piece)) = backlog.piece_at(taken) {
                prop_assert!(!piece.is_empty() && piece == &all[to_usize(taken)..][..piece.len()]);
                let last = taken + to_u64(piece.len());
                let first_write = writes.partition_point(|(_, end)| *end <= taken);
                let from = writes[first_write..].iter().take_while(|(_, end)| *end < last).chain(writes.iter().find(|(_, end)| *end >= last));
                prop_assert!(from.copied().all(|(source, _)| source == stream));
                taken = last;
            }
            prop_assert_eq!(taken, backlog.end());
        }
    }
}
