//! [`Excerpt`]: the beginning and the end of what a runtime writes to stderr, for the message of a failure.
//!
//! Runtimes print the reason of a failure last, so the end of a long text matters as much as its beginning.

use crate::plan::ELLIPSIS;

/// Length of each of the two parts, in bytes.
const PART: usize = 32 * 1024;

/// The beginning and the end of a text, at most 64 KiB.
#[derive(Default)]
pub(crate) struct Excerpt {
    beginning: Vec<u8>,
    /// Up to two [`PART`]s: removing a few bytes from its front at a time would move the rest each time.
    end: Vec<u8>,
    cut: bool,
}

impl Excerpt {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(PART - self.beginning.len()));
        self.beginning.extend_from_slice(first);
        self.end.extend_from_slice(rest);
        if self.end.len() > 2 * PART {
            self.drop_all_but(PART);
        }
    }

    /// The text as UTF-8. Invalid bytes become U+FFFD, and no character is cut in two.
    pub(crate) fn text(&mut self) -> String {
        if self.end.len() > PART {
            self.drop_all_but(PART);
        }
        if !self.cut {
            return String::from_utf8_lossy(&[&self.beginning[..], &self.end].concat()).into_owned();
        }
        let beginning = String::from_utf8_lossy(whole_at_end(&self.beginning));
        let end = String::from_utf8_lossy(whole_at_start(&self.end));
        [&beginning, ELLIPSIS, &end].concat()
    }

    fn drop_all_but(&mut self, length: usize) {
        self.end.drain(..self.end.len() - length);
        self.cut = true;
    }
}

/// Without the first bytes of a character whose last ones are missing.
fn whole_at_end(bytes: &[u8]) -> &[u8] {
    let last = bytes.utf8_chunks().last();
    // A chunk that is a prefix of a valid character and at the end is one that was cut.
    let cut = last
        .filter(|chunk| std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none()));
    &bytes[..bytes.len() - cut.map_or(0, |chunk| chunk.invalid().len())]
}

/// Without the last bytes of a character whose first ones are missing.
fn whole_at_start(bytes: &[u8]) -> &[u8] {
    const LONGEST_REST: usize = 3;
    let rest = bytes.iter().take(LONGEST_REST).take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count();
    &bytes[rest..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pieces: &[&[u8]]) -> String {
        let mut excerpt = Excerpt::default();
        pieces.iter().for_each(|piece| excerpt.add(piece));
        excerpt.text()
    }

    #[test]
    fn a_text_that_fits_is_kept_whole() {
        assert_eq!(text(&[]), "");
        assert_eq!(text(&[b"a\xffb", b"\xc3", b"\xa9"]), "a\u{fffd}bé");
        let long = "é".repeat(PART);
        assert_eq!(text(&[long.as_bytes()]), long);
    }

    #[test]
    fn the_beginning_and_the_end_of_a_longer_text_are_kept() {
        for size in [1, 1000, 4 * PART] {
            let middle = vec![b'x'; size];
            let pieces: Vec<&[u8]> = std::iter::once(&b"first"[..])
                .chain(vec![&middle[..]; 8 * PART / size])
                .chain([&b"last"[..]])
                .collect();
            let text = text(&pieces);
            assert!(text.starts_with("firstx") && text.ends_with("xlast"), "{size}");
            assert_eq!(text.matches(ELLIPSIS).count(), 1);
            assert_eq!(text.len(), 2 * PART + ELLIPSIS.len());
        }
    }

    #[test]
    fn no_character_is_cut_in_two() {
        for shift in 0..4 {
            let text = text(&["x".repeat(shift).as_bytes(), "😀".repeat(PART).as_bytes()]);
            assert!(!text.contains('\u{fffd}'), "{shift}");
            assert!(text.len() > 2 * PART - 8);
        }
    }
}
