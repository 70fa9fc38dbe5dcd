//! [`newlines`]: finds the newlines of a text.
//!
//! A search that restarts after each newline (memchr(3), and the crate of that name) pays its set-up for each line, which is expensive
//! for short lines. Here 64 bytes are compared together, and the newlines found in them are returned one by one. In long lines, where
//! memchr is faster, it is used.

use conmon_sys::simd::{BLOCK, newline_mask};

/// Blocks without a newline after which a line counts as long.
const LONG: u32 = 4;

/// The position of every newline in `text`, in order.
pub(crate) fn newlines(text: &[u8]) -> Newlines<'_> {
    Newlines { rest: text, found: 0, at: 0, next: 0, empty: 0 }
}

/// The iterator of [`newlines`].
pub(crate) struct Newlines<'a> {
    /// The text that has not been searched yet.
    rest: &'a [u8],
    /// A bit for each newline of the block at `at` that has not been returned yet.
    found: u64,
    at: usize,
    /// Where the next block begins.
    next: usize,
    /// How many blocks in a row had no newline.
    empty: u32,
}

impl Iterator for Newlines<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            if self.rest.is_empty() {
                return None;
            }
            self.search_block();
        }
        self.empty = 0;
        let bit = self.found.trailing_zeros();
        self.found &= self.found - 1;
        usize::try_from(bit).ok().map(|bit| self.at + bit)
    }
}

impl Newlines<'_> {
    /// Searches the next block.
    #[inline]
    fn search_block(&mut self) {
        self.empty += 1;
        if self.empty > LONG {
            let skipped = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            (self.rest, self.next) = (&self.rest[skipped..], self.next + skipped);
        }
        self.at = self.next;
        if let Some((block, rest)) = self.rest.split_first_chunk::<BLOCK>() {
            (self.found, self.rest) = (newline_mask(block), rest);
            self.next += BLOCK;
        } else {
            let mut block = [0; BLOCK];
            block[..self.rest.len()].copy_from_slice(self.rest);
            (self.found, self.rest) = (newline_mask(&block), &[]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_newline_is_found_and_nothing_else_whatever_lies_around_it() {
        for length in 0..3 * BLOCK {
            for seed in 0..4_usize {
                let text: Vec<u8> = (0..length)
                    .map(|at| {
                        if (at * at + seed) % (seed + 2) == 0 { b'\n' } else { [0, 0x8A, 0x0B, 0x09][at % 4] }
                    })
                    .collect();
                let expected: Vec<usize> = (0..length).filter(|at| text[*at] == b'\n').collect();
                assert_eq!(newlines(&text).collect::<Vec<_>>(), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn the_newlines_around_a_long_line_are_found() {
        for length in (0..1000).chain([5000]) {
            let text = [&b"a\n"[..], &b"x".repeat(length), b"\n\nb"].concat();
            assert_eq!(newlines(&text).collect::<Vec<_>>(), [1, length + 2, length + 3]);
        }
    }
}
