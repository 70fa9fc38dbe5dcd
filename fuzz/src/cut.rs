//! Splits texts into pieces, like the reads of a pipe.

/// Splits the text into pieces of these lengths, repeated as needed; a length of 0 is 256.
#[must_use]
pub fn pieces<'a>(text: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut rest = text;
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle().take(text.len()) {
        let (piece, after) =
            rest.split_at(usize::from(length.wrapping_sub(1)).saturating_add(1).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
