//! NEON.

use std::arch::aarch64::{
    uint8x16_t, vandq_u8, vceqq_u8, vcltq_s8, vcombine_u64, vcreate_u64, vdupq_n_s8, vdupq_n_u8,
    vgetq_lane_u64, vmaxvq_u8, vorrq_u8, vpaddq_u8, vreinterpretq_s8_u8, vreinterpretq_u8_u64,
    vreinterpretq_u64_u8,
};

use super::{BLOCK, VECTOR, last_vector};

/// A bit for each byte of one half of a vector.
const BITS: u64 = u64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128]);

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn newline_mask(block: &[u8; BLOCK]) -> u64 {
    let newline = vdupq_n_u8(0x0A);
    mask(block, |bytes| vceqq_u8(bytes, newline))
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn json_mask(block: &[u8; BLOCK]) -> u64 {
    mask(block, |bytes| needs_escape(bytes))
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn is_json_plain(text: &[u8]) -> bool {
    let (vectors, _) = text.as_chunks();
    let (blocks, vectors) = vectors.as_chunks();
    for [a, b, c, d] in blocks {
        let [a, b, c, d] = [a, b, c, d].map(|bytes| needs_escape(load(bytes)));
        if any(vorrq_u8(vorrq_u8(a, b), vorrq_u8(c, d))) {
            return false;
        }
    }
    let rest = last_vector(text);
    !vectors.iter().chain(&rest).any(|bytes| any(needs_escape(load(bytes))))
}

/// Sets all bits of each byte that a JSON string must escape.
#[inline]
#[target_feature(enable = "neon")]
fn needs_escape(bytes: uint8x16_t) -> uint8x16_t {
    // `"` and `&`, `<` and `>` differ in one bit.
    let quote = vceqq_u8(vandq_u8(bytes, vdupq_n_u8(!4)), vdupq_n_u8(0x22));
    let angle = vceqq_u8(vandq_u8(bytes, vdupq_n_u8(!2)), vdupq_n_u8(0x3C));
    let backslash = vceqq_u8(bytes, vdupq_n_u8(0x5C));
    // The comparison is signed: bytes from 0x80 on count as negative.
    let other = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20));
    vorrq_u8(vorrq_u8(quote, angle), vorrq_u8(backslash, other))
}

#[inline]
#[target_feature(enable = "neon")]
fn any(found: uint8x16_t) -> bool {
    vmaxvq_u8(found) != 0
}

#[inline]
#[target_feature(enable = "neon")]
fn load(bytes: &[u8; VECTOR]) -> uint8x16_t {
    let [low, high] = [0, 8].map(|at| u64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte])));
    halves(low, high)
}

#[inline]
#[target_feature(enable = "neon")]
fn halves(low: u64, high: u64) -> uint8x16_t {
    vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)))
}

/// `looked_for` sets all bits of each matching byte among sixteen.
///
/// One bit of each byte is kept, and pairwise sums bring those of eight bytes into one.
#[inline]
#[target_feature(enable = "neon")]
fn mask(block: &[u8; BLOCK], looked_for: impl Fn(uint8x16_t) -> uint8x16_t) -> u64 {
    let bits = halves(BITS, BITS);
    let (quarters, _) = block.as_chunks::<VECTOR>();
    let found = |quarter: usize| vandq_u8(looked_for(load(&quarters[quarter])), bits);
    let sums = vpaddq_u8(vpaddq_u8(found(0), found(1)), vpaddq_u8(found(2), found(3)));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)))
}
