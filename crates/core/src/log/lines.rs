//! [`Lines`]: puts the lines of one stream together, for formats that show a line only when it is whole.
//!
//! A read may end anywhere. What has no newline yet is kept until its end comes, the line gets too long, or the output
//! ends. Not for k8s-file, which shows a prompt immediately and marks it as a part.

use serde::{Deserialize, Serialize};

use super::newlines::newlines;
use super::volume::Volume;
use crate::handover::Blob;
use crate::length::to_u64;
use crate::stream::{PerStream, Stream};

/// Where a line that is too long may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// After exactly that many bytes.
    Anywhere,
    /// Up to three bytes earlier, where that keeps a UTF-8 character whole.
    BetweenCharacters,
}

/// A line, or a part of one that is too long or has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// With the newline, if this is the line's end.
    pub(crate) text: &'a [u8],
    /// The line begins here.
    pub(crate) begins: bool,
}

impl Piece<'_> {
    /// Whether the line continues, or was cut off.
    pub(crate) fn is_part(&self) -> bool {
        self.text.last() != Some(&b'\n')
    }

    pub(crate) fn volume(&self) -> Volume {
        Volume::new(self.text.len(), u64::from(!self.is_part()))
    }
}

/// The line in the making.
pub(crate) struct Lines {
    limit: usize,
    cut: Cut,
    held: Vec<u8>,
    inside: bool,
}

/// [`Lines`] as they are handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinesState {
    held: Blob,
    inside: bool,
}

impl Lines {
    pub(crate) fn state(&self) -> LinesState {
        LinesState { held: Blob(self.held.clone()), inside: self.inside }
    }

    /// Continues with what was handed over.
    pub(crate) fn restore(&mut self, state: LinesState) {
        (self.held, self.inside) = (state.held.0, state.inside);
    }

    /// `limit` counts the newline.
    pub(crate) fn new(limit: usize, cut: Cut) -> Self {
        Self { limit, cut, held: Vec::new(), inside: false }
    }

    /// Takes text as it was read, and passes to `give` what is complete now.
    #[inline]
    pub(crate) fn feed(&mut self, text: &[u8], give: &mut impl FnMut(Piece<'_>)) {
        let mut begin = 0;
        for at in newlines(text) {
            let line = &text[begin..=at];
            if self.held.is_empty() && line.len() <= self.limit {
                let begins = !std::mem::replace(&mut self.inside, false);
                give(Piece { text: line, begins });
            } else {
                self.assemble(line, give);
            }
            begin = at + 1;
        }
        self.assemble(&text[begin..], give);
    }

    /// Takes a part of a line, its end, or one that is longer than a piece. Not inlined: that costs every short line registers.
    #[inline(never)]
    fn assemble(&mut self, text: &[u8], give: &mut impl FnMut(Piece<'_>)) {
        let mut rest = text;
        while !rest.is_empty() {
            let room = self.limit.saturating_sub(self.held.len()).min(rest.len());
            let newline = memchr::memchr(b'\n', &rest[..room]);
            let taken = newline.map_or(room, |at| at + 1);
            let (head, tail) = rest.split_at(taken);
            if newline.is_none() && self.held.len() + taken < self.limit {
                self.held.extend_from_slice(head);
                return;
            }
            if self.held.is_empty() {
                let end = self.end_of_piece(head);
                self.give(&head[..end], give);
                rest = &rest[end..];
            } else {
                let mut line = std::mem::take(&mut self.held);
                line.extend_from_slice(head);
                let end = self.end_of_piece(&line);
                self.give(&line[..end], give);
                self.held = line.split_off(end);
                rest = tail;
            }
        }
    }

    /// There will be no more text: passes on what is left.
    pub(crate) fn finish(&mut self, give: &mut impl FnMut(Piece<'_>)) {
        let line = std::mem::take(&mut self.held);
        if !line.is_empty() {
            self.give(&line, give);
        }
    }

    fn give(&mut self, text: &[u8], give: &mut impl FnMut(Piece<'_>)) {
        let piece = Piece { text, begins: !self.inside };
        self.inside = piece.is_part();
        give(piece);
    }

    fn end_of_piece(&self, text: &[u8]) -> usize {
        match self.cut {
            Cut::BetweenCharacters if text.len() == self.limit => text.len() - unfinished_character(text),
            Cut::BetweenCharacters | Cut::Anywhere => text.len(),
        }
    }
}

/// Continues the lines of both streams with what was handed over.
pub(crate) fn restore_lines(lines: &mut PerStream<Lines>, state: PerStream<LinesState>) {
    for (stream, state) in state {
        lines.get_mut(stream).restore(state);
    }
}

/// Bytes of the lines of both streams that have no end yet.
pub(crate) fn unfinished(lines: &PerStream<Lines>) -> u64 {
    [Stream::Stdout, Stream::Stderr].map(|stream| to_u64(lines.get(stream).held.len())).into_iter().sum()
}

/// Number of bytes at the end that are an incomplete UTF-8 character.
fn unfinished_character(text: &[u8]) -> usize {
    for back in 1..=3.min(text.len().saturating_sub(1)) {
        let length = match text[text.len() - back] {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return 0,
        };
        return if length > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(limit: usize, cut: Cut, texts: &[&str]) -> Vec<(String, bool)> {
        let mut lines = Lines::new(limit, cut);
        let mut seen = Vec::new();
        let mut give = |piece: Piece<'_>| {
            seen.push((String::from_utf8_lossy(piece.text).into_owned(), piece.begins));
        };
        for text in texts {
            lines.feed(text.as_bytes(), &mut give);
        }
        lines.finish(&mut give);
        seen
    }

    fn expect(found: &[(String, bool)], wanted: &[(&str, bool)]) {
        let found: Vec<_> = found.iter().map(|(text, begins)| (text.as_str(), *begins)).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_line_that_arrives_in_pieces_is_assembled() {
        let found = pieces(100, Cut::Anywhere, &["o", "ne", "\ntw", "o\n", "three\nfour\n"]);
        expect(&found, &[("one\n", true), ("two\n", true), ("three\n", true), ("four\n", true)]);
    }

    #[test]
    fn a_last_line_without_a_newline_is_a_part() {
        expect(&pieces(100, Cut::Anywhere, &["a\nb"]), &[("a\n", true), ("b", true)]);
    }

    #[test]
    fn a_long_line_is_cut_at_the_limit_and_knows_where_it_began() {
        let found = pieces(4, Cut::Anywhere, &["abcdefghij\nx\n"]);
        expect(&found, &[("abcd", true), ("efgh", false), ("ij\n", false), ("x\n", true)]);
    }

    #[test]
    fn the_limit_counts_the_newline() {
        expect(&pieces(4, Cut::Anywhere, &["abc\n"]), &[("abc\n", true)]);
        expect(&pieces(4, Cut::Anywhere, &["abcd\n"]), &[("abcd", true), ("\n", false)]);
        expect(&pieces(4, Cut::Anywhere, &["ab", "cd", "\n"]), &[("abcd", true), ("\n", false)]);
    }

    #[test]
    fn every_division_of_a_text_gives_the_same_pieces() {
        let text = "ab\ncdefghijk\n\nl\u{e9}mn\u{1F600}opq\n";
        for cut in [Cut::Anywhere, Cut::BetweenCharacters] {
            let whole = pieces(5, cut, &[text]);
            for first in 0..text.len() {
                let (head, tail) = text.as_bytes().split_at(first);
                let mut lines = Lines::new(5, cut);
                let mut seen = Vec::new();
                let mut give = |piece: Piece<'_>| {
                    seen.push((String::from_utf8_lossy(piece.text).into_owned(), piece.begins));
                };
                lines.feed(head, &mut give);
                lines.feed(tail, &mut give);
                lines.finish(&mut give);
                assert_eq!(seen, whole, "divided after {first} bytes, {cut:?}");
            }
        }
    }

    #[test]
    fn a_character_is_not_cut_in_two_where_that_was_asked_for() {
        let found = pieces(4, Cut::BetweenCharacters, &["abc\u{e9}f\n"]);
        expect(&found, &[("abc", true), ("\u{e9}f\n", false)]);
        let found = pieces(5, Cut::BetweenCharacters, &["ab", "\u{1F600}f\n"]);
        expect(&found, &[("ab", true), ("\u{1F600}f", false), ("\n", false)]);
    }

    #[test]
    fn bytes_that_are_not_characters_are_cut_at_the_limit() {
        for text in [b"abc\xff".as_slice(), b"\x80\x80\x80\x80", b"ab\xc3\xa9", b"\xe9\x80\x80\x80"] {
            assert_eq!(unfinished_character(text), 0, "{text:?}");
        }
    }
}
