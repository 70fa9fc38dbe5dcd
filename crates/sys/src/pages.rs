//! [`Pages`]: a large buffer that costs nothing until it is touched and can release its memory.
//!
//! A monitor is idle most of its life; a heap buffer would stay resident once used. mmap(2) and madvise(2)
//! `MADV_DONTNEED` keep the address and drop the pages.

use std::io;
use std::num::NonZeroUsize;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use nix::sys::mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap_anonymous, munmap};

/// An anonymous private mapping, readable and writable, zero where not written since the last release.
pub struct Pages {
    start: NonNull<libc::c_void>,
    len: NonZeroUsize,
}

impl Pages {
    /// Reserves `len` bytes of address space.
    pub fn reserve(len: NonZeroUsize) -> io::Result<Self> {
        let (protection, flags) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_PRIVATE);
        // SAFETY: a new anonymous mapping at an address of the kernel's choice overlaps nothing.
        let start = unsafe { mmap_anonymous(None, len, protection, flags) }?;
        Ok(Self { start, len })
    }

    /// Releases the memory; the content becomes zeros.
    pub fn release(&mut self) {
        // SAFETY: the range is exactly our own private anonymous mapping; `&mut self` excludes other borrows.
        let released = unsafe { madvise(self.start, self.len.get(), MmapAdvise::MADV_DONTNEED) };
        debug_assert!(released.is_ok());
    }
}

impl Deref for Pages {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        // SAFETY: the mapping is `len` readable, initialised (zero-filled) bytes and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.len.get()) }
    }
}

impl DerefMut for Pages {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`, writable, and `&mut self` makes the borrow the only one.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr().cast(), self.len.get()) }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: unmaps exactly what `reserve` mapped; no borrow can outlive `self`.
        let unmapped = unsafe { munmap(self.start, self.len.get()) };
        debug_assert!(unmapped.is_ok());
    }
}

// SAFETY: the mapping belongs to this value alone, like the memory of a `Box<[u8]>`.
unsafe impl Send for Pages {}

/// Releases the heap's free pages. glibc keeps freed memory once a large block was freed (mallopt(3), "dynamic mmap
/// threshold"): a client that lagged for a moment would cost megabytes indefinitely. Only in our own executable.
pub fn trim_heap() {
    // SAFETY: malloc_trim(3) takes an integer and touches only free memory.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::malloc_trim(0)
    };
}

/// The most stack below a caller that is released. The kernel keeps a gap of a mebibyte below a stack (`stack_guard_gap` in
/// its list of parameters), so this range holds the stack or nothing.
const STACK_BELOW: usize = 256 * 1024;

/// Releases the pages that deeper calls left on the stack: after the start these are as many as all others. Only in our
/// own executable, from its main thread.
#[inline(never)]
pub fn trim_stack() {
    // SAFETY: sysconf(3) takes and returns an integer.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Ok(page @ 1..) = usize::try_from(page) else { return };
    let here = 0_u8;
    // The page below this one may hold the frame of the call itself.
    let end = (&raw const here).addr() / page * page - page;
    let start = std::ptr::without_provenance_mut::<libc::c_void>(end - STACK_BELOW);
    // SAFETY: nothing lives below the stack pointer, and nothing else is mapped there. For the part beyond the stack the
    // kernel reports ENOMEM after it has handled the rest (madvise(2)).
    unsafe { libc::madvise(start, STACK_BELOW, libc::MADV_DONTNEED) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_pages_read_as_zero_and_can_be_used_again() {
        let mut pages = Pages::reserve(NonZeroUsize::new(1 << 16).unwrap()).unwrap();
        pages[40_000] = 7;
        pages.release();
        assert!(pages.iter().all(|byte| *byte == 0));
        pages[0] = 1;
        assert_eq!(pages[0], 1);
    }
}
