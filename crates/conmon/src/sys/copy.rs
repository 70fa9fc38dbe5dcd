//! memcpy(3) and memmove(3) for x86-64. musl's are `rep movsq` for any length, which takes longer to start than a record of a log takes
//! to copy, and bytes backwards: 20-byte lines cost 1.35 times the CPU time. On other machines musl's are as good as glibc's.
//!
//! No loop here may become a call of these functions. The compiler makes such calls only of loops whose ranges it knows
//! not to overlap; about these it knows nothing.

#[cfg(not(test))]
use std::ffi::c_void;

/// A block of the loops.
const BLOCK: usize = 32;
/// From here on `rep movsq` is as fast.
const LONG: usize = 2048;

/// Takes the place of musl's.
// SAFETY: the symbol has the signature of memcpy(3), and does what it does.
#[cfg(not(test))]
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void {
    // SAFETY: the caller promises the same.
    unsafe { copy_forwards(to.cast(), from.cast(), length) };
    to
}

/// Takes the place of musl's.
// SAFETY: the symbol has the signature of memmove(3), and does what it does.
#[cfg(not(test))]
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut c_void, from: *const c_void, length: usize) -> *mut c_void {
    // SAFETY: the caller promises the same.
    unsafe { copy_any(to.cast(), from.cast(), length) };
    to
}

/// # Safety
/// `length` bytes can be read from `from` and written to `to`.
#[inline(always)]
unsafe fn copy_any(to: *mut u8, from: *const u8, length: usize) {
    // True if `to` is before `from`, where the difference wraps around, or at its end or after.
    if to.addr().wrapping_sub(from.addr()) >= length {
        // SAFETY: the caller promises the same.
        unsafe { copy_forwards(to, from, length) };
    } else {
        // SAFETY: the caller promises the same.
        unsafe { copy_backwards(to, from, length) };
    }
}

/// # Safety
/// As [`copy_any`], if `to` is not within the bytes to read.
#[inline(always)]
unsafe fn copy_forwards(to: *mut u8, from: *const u8, length: usize) {
    if length <= BLOCK {
        // SAFETY: the caller promises the same.
        return unsafe { copy_short(to, from, length) };
    }
    // Before a block that overlaps it is written.
    let last = length - BLOCK;
    // SAFETY: the length is more than a block.
    let end = unsafe { load::<BLOCK>(from, last) };
    let mut at = 0;
    if length >= LONG {
        // SAFETY: that many words are within the length.
        unsafe {
            std::arch::asm!(
                "rep movsq",
                inout("rcx") length / 8 => _, inout("rdi") to => _, inout("rsi") from => _,
                options(nostack, preserves_flags)
            );
        }
        at = last;
    }
    while at < last {
        // SAFETY: the block ends before the length.
        let bytes = unsafe { load::<BLOCK>(from, at) };
        // SAFETY: see above.
        unsafe { store(to, at, bytes) };
        at += BLOCK;
    }
    // SAFETY: see above.
    unsafe { store(to, last, end) };
}

/// # Safety
/// As [`copy_any`].
#[inline(always)]
unsafe fn copy_backwards(to: *mut u8, from: *const u8, length: usize) {
    if length <= BLOCK {
        // SAFETY: the caller promises the same.
        return unsafe { copy_short(to, from, length) };
    }
    // SAFETY: the length is more than a block.
    let begin = unsafe { load::<BLOCK>(from, 0) };
    let mut end = length;
    while end > BLOCK {
        end -= BLOCK;
        // SAFETY: the block begins at 0 or later.
        let bytes = unsafe { load::<BLOCK>(from, end) };
        // SAFETY: see above.
        unsafe { store(to, end, bytes) };
    }
    // SAFETY: see above.
    unsafe { store(to, 0, begin) };
}

/// All is read before anything is written.
///
/// # Safety
/// As [`copy_any`], and `length` is at most [`BLOCK`].
#[inline(always)]
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "one of them is carried out")]
unsafe fn copy_short(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: the caller promises the length, of which each arm has the bounds.
    unsafe {
        match length {
            0 => {}
            1 => copy_ends::<1>(to, from, length),
            2..4 => copy_ends::<2>(to, from, length),
            4..8 => copy_ends::<4>(to, from, length),
            8..16 => copy_ends::<8>(to, from, length),
            _ => copy_ends::<16>(to, from, length),
        }
    }
}

/// Copies the first and the last `N` bytes, which may overlap.
///
/// # Safety
/// As [`copy_any`], and `length` is at least `N`.
#[inline(always)]
unsafe fn copy_ends<const N: usize>(to: *mut u8, from: *const u8, length: usize) {
    // SAFETY: the caller promises the length, here and below.
    let begin = unsafe { load::<N>(from, 0) };
    // SAFETY: see above.
    let end = unsafe { load::<N>(from, length - N) };
    // SAFETY: see above.
    unsafe { store(to, 0, begin) };
    // SAFETY: see above.
    unsafe { store(to, length - N, end) };
}

/// # Safety
/// `N` bytes can be read there.
#[inline(always)]
unsafe fn load<const N: usize>(from: *const u8, at: usize) -> [u8; N] {
    // SAFETY: the caller promises it; a type of bytes may have any value.
    unsafe { from.wrapping_add(at).cast::<[u8; N]>().read_unaligned() }
}

/// # Safety
/// `N` bytes can be written there.
#[inline(always)]
unsafe fn store<const N: usize>(to: *mut u8, at: usize, bytes: [u8; N]) {
    // SAFETY: the caller promises it.
    unsafe { to.wrapping_add(at).cast::<[u8; N]>().write_unaligned(bytes) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: [usize; 5] = [LONG - 1, LONG, LONG + 1, LONG + 7, 2 * LONG + 5];

    #[test]
    fn every_length_is_moved_over_every_distance_and_nothing_beside_it() {
        let all: Vec<u8> = (0..=255).cycle().take(3 * LONG).collect();
        for length in (0..=200).chain(LENGTHS) {
            for (to, from) in [(1, length + 2), (length + 2, 1), (9, 1), (1, 9), (40, 1), (1, 40), (5, 5)] {
                let (mut moved, mut wanted) = (all.clone(), all.clone());
                moved.resize(2 * length + 64, 0);
                wanted.resize(2 * length + 64, 0);
                wanted.copy_within(from..from + length, to);
                let start = moved.as_mut_ptr();
                // SAFETY: both ranges are within the vector.
                unsafe { copy_any(start.wrapping_add(to), start.wrapping_add(from), length) };
                assert!(moved == wanted, "{length} bytes from {from} to {to}");
            }
        }
    }
}
