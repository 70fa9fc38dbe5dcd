//! [`Batch`]: records that are written in one call: short ones copied into a buffer, long texts from where they were read.
//!
//! Measured, copying is cheaper for texts below [`LONG`] bytes than a piece of writev(2) each.

use std::io::{self, IoSlice};
use std::num::NonZeroUsize;
use std::ops::Range;

use conmon_sys::pages::Pages;

/// Room for the records of one read of the container's output, with their headers.
const BUFFER: NonZeroUsize = NonZeroUsize::new(256 * 1024).unwrap();

/// From this length on a text is not copied.
pub(crate) const LONG: usize = 2048;

/// A text that was not copied.
#[derive(Clone, Debug)]
struct LongText {
    /// Bytes of the buffer before it.
    at: usize,
    /// Where it is in the source.
    range: Range<usize>,
}

/// Records that wait to be written.
pub(super) struct Batch {
    buffer: Pages,
    /// Bytes in the buffer.
    copied: usize,
    texts: Vec<LongText>,
    /// Bytes of all records.
    len: usize,
}

impl Batch {
    pub(super) fn reserve() -> io::Result<Self> {
        Ok(Self { buffer: Pages::reserve(BUFFER)?, copied: 0, texts: Vec::new(), len: 0 })
    }

    /// Bytes of all records.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// More are never pending.
    pub(super) const fn capacity() -> usize {
        BUFFER.get()
    }

    /// Adds a copy of a record of `length` bytes, for which there must be room.
    #[inline]
    pub(super) fn copy(&mut self, parts: &[&[u8]], length: usize) {
        let Some(mut room) = self.buffer.get_mut(self.copied..self.copied + length) else { return };
        self.copied += length;
        self.len += length;
        for part in parts {
            let (place, rest) = room.split_at_mut(part.len());
            place.copy_from_slice(part);
            room = rest;
        }
    }

    /// Adds a long text, of which only the place is kept.
    pub(super) fn refer(&mut self, range: Range<usize>) {
        self.len += range.len();
        self.texts.push(LongText { at: self.copied, range });
    }

    /// All records; `source` has the long texts.
    pub(super) fn records<'a>(&'a self, source: &'a [u8]) -> Records<'a> {
        Records { copied: self.buffer.get(..self.copied).unwrap_or_default(), texts: &self.texts, source }
    }

    /// Nothing is pending any more.
    pub(super) fn clear(&mut self) {
        (self.copied, self.len) = (0, 0);
        self.texts.clear();
    }

    /// Releases the memory, unless it is in use.
    pub(super) fn release(&mut self) {
        if self.len == 0 {
            self.buffer.release();
            self.texts = Vec::new();
        }
    }
}

/// Records, in one piece or in several.
#[derive(Clone, Copy)]
pub(crate) struct Records<'a> {
    copied: &'a [u8],
    texts: &'a [LongText],
    source: &'a [u8],
}

impl<'a> From<&'a [u8]> for Records<'a> {
    fn from(records: &'a [u8]) -> Self {
        Self { copied: records, texts: &[], source: &[] }
    }
}

impl<'a> Records<'a> {
    /// Their bytes, if they are in one piece.
    pub(crate) fn whole(&self) -> Option<&'a [u8]> {
        self.texts.is_empty().then_some(self.copied)
    }

    /// Their pieces, in order.
    pub(crate) fn pieces(&self) -> Vec<IoSlice<'a>> {
        let mut pieces = Vec::with_capacity(2 * self.texts.len() + 1);
        let mut begin = 0;
        for LongText { at, range } in self.texts {
            let text = self.source.get(range.clone()).unwrap_or_default();
            pieces.extend([self.copied.get(begin..*at).unwrap_or_default(), text].map(IoSlice::new));
            begin = *at;
        }
        pieces.push(IoSlice::new(self.copied.get(begin..).unwrap_or_default()));
        pieces
    }

    /// A copy of them in one piece, for where errors and readers that are slow make the cost irrelevant.
    #[cold]
    pub(crate) fn concat(&self) -> Vec<u8> {
        self.pieces().iter().fold(Vec::new(), |mut all, piece| {
            all.extend_from_slice(piece);
            all
        })
    }
}
