//! The same as loops over bytes.

use super::BLOCK;

pub(super) fn newline_mask(block: &[u8; BLOCK]) -> u64 {
    mask(block, |byte| byte == b'\n')
}

pub(super) fn json_mask(block: &[u8; BLOCK]) -> u64 {
    mask(block, needs_escape)
}

pub(super) fn is_json_plain(text: &[u8]) -> bool {
    // Without an early return within a block, so that the compiler can compare many bytes together.
    text.chunks(BLOCK).all(|block| !block.iter().fold(false, |found, byte| found | needs_escape(*byte)))
}

fn needs_escape(byte: u8) -> bool {
    matches!(byte, 0..=0x1F | b'"' | b'\\' | b'<' | b'>' | b'&' | 0x80..)
}

fn mask(block: &[u8; BLOCK], looked_for: impl Fn(u8) -> bool) -> u64 {
    block.iter().rev().fold(0, |mask, byte| mask << 1 | u64::from(looked_for(*byte)))
}
