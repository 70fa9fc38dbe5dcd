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
    ///
    /// # Errors
    /// Those of mmap(2).
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

/// Unmaps the pages of the executable that are never written: code and constants. Each comes back from the page cache when it
/// is used, so this is for a process that does nothing for long. Only in our own executable.
pub fn release_image() {
    // SAFETY: dl_iterate_phdr(3) calls the function with a description of each loaded object; it needs no data.
    unsafe { libc::dl_iterate_phdr(Some(release_segments), std::ptr::null_mut()) };
}

/// Called for the executable only, which comes first.
unsafe extern "C" fn release_segments(
    object: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    _data: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the caller passes a valid description.
    let object = unsafe { &*object };
    // SAFETY: the description has the address and the number of the program headers, which stay mapped.
    let headers = unsafe { std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    // From the last on: the headers are in the first, and reading one maps its page again.
    for header in headers.iter().rev() {
        if header.p_type != libc::PT_LOAD || header.p_flags & libc::PF_W != 0 {
            continue;
        }
        let (Ok(address), Ok(length)) =
            (usize::try_from(object.dlpi_addr + header.p_vaddr), usize::try_from(header.p_memsz))
        else {
            continue;
        };
        let start = address / page_size() * page_size();
        let segment = std::ptr::without_provenance_mut(start);
        // SAFETY: a segment that cannot be written is a mapping of the file, whose pages read the same again. Segments do not
        // share pages, and what a loader relocates (PT_GNU_RELRO) is in one that can be written.
        unsafe { libc::madvise(segment, address + length - start, libc::MADV_DONTNEED) };
    }
    1
}

/// The size of this machine's pages: 4, 16 or 64 KiB on aarch64.
pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf(3) takes and returns an integer.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// The most stack below a caller that is released. The kernel keeps a gap of a mebibyte below a stack (`stack_guard_gap` in
/// its list of parameters), so this range holds the stack or nothing.
const STACK_BELOW: usize = 256 * 1024;

/// More than the rest of this function's frame, that of the call, and the red zone below it need.
const OWN_FRAMES: usize = 512;

/// Releases the pages that deeper calls left on the stack: after the start these are as many as all others. Only in our
/// own executable, from its main thread.
#[inline(never)]
pub fn trim_stack() {
    let page = page_size();
    let here = 0_u8;
    let end = ((&raw const here).addr() - OWN_FRAMES) / page * page;
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
