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
    visit_segments(&mut |segment| {
        if segment.kind == libc::PT_LOAD && !segment.is_writable {
            let start = segment.start / page_size() * page_size();
            let address = std::ptr::without_provenance_mut(start);
            // SAFETY: a segment that cannot be written is a mapping of the file, whose pages read the same again. Segments do not
            // share pages, and what a loader relocates (PT_GNU_RELRO) is in one that can be written.
            unsafe { libc::madvise(address, segment.end - start, libc::MADV_DONTNEED) };
        }
    });
}

/// Makes read-only what only relocation writes. Start code of glibc does; that of musl only where there is a loader. Only in our own
/// executable.
pub fn protect_relocated() {
    visit_segments(&mut |segment| {
        if segment.kind == libc::PT_GNU_RELRO {
            let (start, end) =
                (segment.start / page_size() * page_size(), segment.end / page_size() * page_size());
            let address = std::ptr::without_provenance_mut(start);
            // SAFETY: the linker has placed nothing else on these pages than what is written before this.
            unsafe { libc::mprotect(address, end - start, libc::PROT_READ) };
        }
    });
}

/// A program header, with its address in memory.
struct Segment {
    kind: u32,
    is_writable: bool,
    start: usize,
    end: usize,
}

/// Visits those of the executable, from the last on: the headers are in the first segment, and reading one maps its page.
fn visit_segments(mut visit: &mut dyn FnMut(Segment)) {
    // SAFETY: dl_iterate_phdr(3) calls the function with a description of each loaded object, and with the data, which lives for the call.
    unsafe { libc::dl_iterate_phdr(Some(visit_object), (&raw mut visit).cast()) };
}

/// Called for the executable only, which comes first.
unsafe extern "C" fn visit_object(
    object: *mut libc::dl_phdr_info,
    _size: libc::size_t,
    data: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the caller passes a valid description.
    let object = unsafe { &*object };
    // SAFETY: `visit_segments` passes this.
    let visit = unsafe { &mut *data.cast::<&mut dyn FnMut(Segment)>() };
    // SAFETY: the description has the address and the number of the program headers, which stay mapped.
    let headers = unsafe { std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
    for header in headers.iter().rev() {
        let (Ok(start), Ok(length)) =
            (usize::try_from(object.dlpi_addr + header.p_vaddr), usize::try_from(header.p_memsz))
        else {
            continue;
        };
        let is_writable = header.p_flags & libc::PF_W != 0;
        visit(Segment { kind: header.p_type, is_writable, start, end: start + length });
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
