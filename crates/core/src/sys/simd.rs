//! Many bytes compared at once.

/// How many bytes [`newline_mask`] looks at.
pub(crate) const BLOCK: usize = 64;

/// A bit for each newline, the lowest for the first byte.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn newline_mask(block: &[u8; BLOCK]) -> u64 {
    // SAFETY: the processor must have SSE2, and every x86-64 has.
    unsafe { sse2(block) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn sse2(block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    let newline = _mm_set1_epi8(0x0A);
    let (quarters, _) = block.as_chunks::<16>();
    quarters.iter().rev().fold(0, |mask, quarter| {
        let [low, high] = [0, 8].map(|at| i64::from_le_bytes(std::array::from_fn(|byte| quarter[at + byte])));
        let found = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_set_epi64x(high, low), newline));
        mask << 16 | u64::from(found.cast_unsigned())
    })
}

/// A bit for each newline, the lowest for the first byte.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn newline_mask(block: &[u8; BLOCK]) -> u64 {
    block.iter().rev().fold(0, |mask, byte| mask << 1 | u64::from(*byte == b'\n'))
}
