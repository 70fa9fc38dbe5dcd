//! Byte searches with SIMD.
//!
//! On x86-64 with SSE2 and on aarch64 with NEON, which every processor of these has. Intrinsics, because the compiler makes no
//! movemask of a loop over bytes: logging 20-byte lines takes 1.92 instead of 2.41 ms of CPU a MiB.

#![cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64")),
    expect(unused_unsafe, reason = "the portable functions are safe")
)]

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod portable;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(target_arch = "aarch64")]
use neon as native;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use portable as native;
#[cfg(target_arch = "x86_64")]
use sse2 as native;

/// How many bytes a mask describes.
pub const BLOCK: usize = 64;

/// How many bytes a vector holds.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const VECTOR: usize = 16;

/// A bit for each newline, the lowest for the first byte.
#[inline]
pub fn newline_mask(block: &[u8; BLOCK]) -> u64 {
    // SAFETY: the processor must have SSE2 or NEON, and every x86-64 or aarch64 has.
    unsafe { native::newline_mask(block) }
}

/// A bit for each byte that a JSON string must escape: a control character, a quote, a backslash, what Go's
/// encoder escapes for HTML, and every byte that is not ASCII.
#[inline]
pub fn json_mask(block: &[u8; BLOCK]) -> u64 {
    // SAFETY: as above.
    unsafe { native::json_mask(block) }
}

/// Whether [`json_mask`] has no bit for any byte of the text.
#[inline]
pub fn is_json_plain(text: &[u8]) -> bool {
    // SAFETY: as above.
    unsafe { native::is_json_plain(text) }
}

/// The bytes of the last vector of a text, padded in front with spaces if the text is shorter; no byte if it ends with a whole
/// vector.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline]
fn last_vector(text: &[u8]) -> Option<[u8; VECTOR]> {
    match text.len() % VECTOR {
        0 => None,
        rest => Some(text.last_chunk().copied().unwrap_or_else(|| {
            let mut padded = [b' '; VECTOR];
            padded[VECTOR - rest..].copy_from_slice(text);
            padded
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of a block, among bytes that no mask has a bit for.
    #[test]
    fn masks_are_those_of_a_loop_over_bytes() {
        for byte in 0..=u8::MAX {
            for at in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[at] = byte;
                assert_eq!(newline_mask(&block), portable::newline_mask(&block), "{byte:#x} at {at}");
                assert_eq!(json_mask(&block), portable::json_mask(&block), "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn a_text_is_plain_if_no_byte_of_it_needs_an_escape() {
        for length in 0..3 * BLOCK {
            let plain = vec![b'x'; length];
            assert!(is_json_plain(&plain), "{length}");
            for at in 0..length {
                for byte in [0x1f, b'"', b'&', b'<', b'>', b'\\', 0x80, 0xff] {
                    let mut text = plain.clone();
                    text[at] = byte;
                    assert!(!is_json_plain(&text), "{byte:#x} at {at} of {length}");
                }
            }
        }
        let plain: Vec<u8> = (0..=u8::MAX).filter(|byte| portable::is_json_plain(&[*byte])).collect();
        assert!(is_json_plain(&plain) && plain.len() == 0x60 - 5);
        assert!(plain.iter().all(|byte| is_json_plain(&[*byte])));
    }
}
