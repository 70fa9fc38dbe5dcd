//! SSE2.

use std::arch::x86_64::{
    __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
    _mm_set1_epi8,
};

use super::{BLOCK, VECTOR, last_vector};

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn newline_mask(block: &[u8; BLOCK]) -> u64 {
    let newline = _mm_set1_epi8(0x0A);
    mask(block, |bytes| _mm_cmpeq_epi8(bytes, newline))
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn json_mask(block: &[u8; BLOCK]) -> u64 {
    mask(block, |bytes| needs_escape(bytes))
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn is_json_plain(text: &[u8]) -> bool {
    let (vectors, _) = text.as_chunks();
    let (blocks, vectors) = vectors.as_chunks();
    for [a, b, c, d] in blocks {
        let [a, b, c, d] = [a, b, c, d].map(|bytes| needs_escape(load(bytes)));
        if any(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) {
            return false;
        }
    }
    let rest = last_vector(text);
    !vectors.iter().chain(&rest).any(|bytes| any(needs_escape(load(bytes))))
}

/// Sets all bits of each byte that a JSON string must escape.
#[inline]
#[target_feature(enable = "sse2")]
fn needs_escape(bytes: __m128i) -> __m128i {
    // `"` and `&`, `<` and `>` differ in one bit.
    let quote = _mm_cmpeq_epi8(_mm_and_si128(bytes, _mm_set1_epi8(!4)), _mm_set1_epi8(0x22));
    let angle = _mm_cmpeq_epi8(_mm_and_si128(bytes, _mm_set1_epi8(!2)), _mm_set1_epi8(0x3C));
    let backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x5C));
    // The comparison is signed: bytes from 0x80 on count as negative.
    let other = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    _mm_or_si128(_mm_or_si128(quote, angle), _mm_or_si128(backslash, other))
}

#[inline]
#[target_feature(enable = "sse2")]
fn any(found: __m128i) -> bool {
    _mm_movemask_epi8(found) != 0
}

#[inline]
#[target_feature(enable = "sse2")]
fn load(bytes: &[u8; VECTOR]) -> __m128i {
    let [low, high] = [0, 8].map(|at| i64::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte])));
    _mm_set_epi64x(high, low)
}

/// `looked_for` sets all bits of each matching byte among sixteen.
#[inline]
#[target_feature(enable = "sse2")]
fn mask(block: &[u8; BLOCK], looked_for: impl Fn(__m128i) -> __m128i) -> u64 {
    let (quarters, _) = block.as_chunks();
    quarters.iter().rev().fold(0, |mask, quarter| {
        let found = _mm_movemask_epi8(looked_for(load(quarter)));
        mask << 16 | u64::from(found.cast_unsigned())
    })
}
