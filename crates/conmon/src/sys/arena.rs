//! The engine's memory: one mapping, filled from the bottom, never compacted, and released as a whole.
//!
//! Not a general-purpose allocator: only the last block is reused once freed. docs/performance.md, "Start", has what it
//! saves in page faults and CPU time. `mmap(2)`, `madvise(2)`.

use std::cell::Cell;
use std::mem;
use std::ptr::{self, NonNull};
use std::rc::Rc;

use nix::errno::Errno;
use rquickjs::Runtime;
use rquickjs::allocator::Allocator;

use crate::failure::Failure;

/// What a real command line takes, faulted in by one call: 620 → 590 µs for a planner that refuses 83 words, 114 → 59 page faults.
const POPULATED: usize = 256 << 10;
/// Reserved until memory runs out, so that the engine can still create the exception.
const RESERVE: usize = 64 << 10;
/// Every block starts with its size and is aligned for the engine's widest type, `uint64_t`.
const HEADER: usize = mem::size_of::<usize>();

/// Runs `work` with a runtime whose memory is an arena of `size` bytes, and releases the arena.
///
/// If `ends_soon` returns true for the result, this process only forks and exits, so the arena is not released, and the
/// monitor does not inherit it (`MADV_DONTFORK`). That saves no time, but a page of the monitor's memory.
///
/// The runtime and its values are not `Send`, so the `Send` bounds keep them from leaving `work`.
///
/// # Errors
/// If memory cannot be mapped, or the work has used it up.
pub(crate) fn with_runtime<T, F>(
    size: usize,
    work: F,
    ends_soon: impl FnOnce(&T) -> bool,
) -> Result<Result<T, Failure>, Failure>
where
    T: Send,
    F: FnOnce(&Runtime) -> Result<T, Failure> + Send,
{
    let base = map(size).map_err(|errno| Failure::Arena(size, errno))?;
    let full = Rc::new(Cell::new(false));
    let bump =
        Bump { base, used: 0, high: 0, limit: size.saturating_sub(RESERVE), size, full: Rc::clone(&full) };
    let result = Runtime::new_with_alloc(bump).map_err(Failure::Engine).and_then(|runtime| {
        let result = work(&runtime);
        // Dropping it would free every object one by one.
        mem::forget(runtime);
        result
    });
    if !result.as_ref().is_ok_and(ends_soon) || hide_from_children(base, size).is_err() {
        unmap(base, size);
    }
    match result {
        Err(_) if full.get() => Err(Failure::ArenaFull(size)),
        result => Ok(result),
    }
}

fn map(size: usize) -> Result<NonNull<u8>, Errno> {
    let (protection, flags) =
        (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE);
    // SAFETY: a new anonymous mapping at an address of the kernel's choice overlaps no memory in use.
    let address = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
    if address == libc::MAP_FAILED {
        return Err(Errno::last());
    }
    // SAFETY: the pages are those of the new mapping. Before Linux 5.14 the advice is unknown, and changes nothing.
    unsafe { libc::madvise(address, size.min(POPULATED), libc::MADV_POPULATE_WRITE) };
    NonNull::new(address.cast()).ok_or(Errno::ENOMEM)
}

fn hide_from_children(base: NonNull<u8>, size: usize) -> Result<(), Errno> {
    // SAFETY: the mapping is ours, and the advice does not change its use in this process.
    match unsafe { libc::madvise(base.as_ptr().cast(), size, libc::MADV_DONTFORK) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}

fn unmap(base: NonNull<u8>, size: usize) {
    // SAFETY: nothing may use the mapping after this. Only the engine did; it is leaked, so it never runs again, and
    // the `Send` bounds of `work` kept its values from leaving.
    unsafe { libc::munmap(base.as_ptr().cast(), size) };
}

struct Bump {
    base: NonNull<u8>,
    /// Bytes in use, headers included; the rest is free.
    used: usize,
    /// The most bytes ever in use: beyond, the kernel's zeros are untouched.
    high: usize,
    limit: usize,
    size: usize,
    full: Rc<Cell<bool>>,
}

impl Bump {
    /// Extends the used part to `end`; false if it does not fit.
    fn extend_to(&mut self, end: usize) -> bool {
        if end > self.limit {
            self.limit = self.size;
            self.full.set(true);
            return false;
        }
        self.used = end;
        true
    }

    /// The block whose header is at `start`.
    fn at(&mut self, start: usize, size: usize) -> *mut u8 {
        // SAFETY: `start + HEADER + size` is at most `size` of the mapping (`extend_to`), so both stay within it.
        let header = unsafe { self.base.add(start) }.cast::<usize>();
        // SAFETY: the header is within the mapping, aligned (the mapping is, and every size is rounded), and unused.
        unsafe { header.write(size) };
        // SAFETY: as above.
        unsafe { header.add(1) }.cast().as_ptr()
    }

    /// The offset of the block's header.
    fn start_of(&self, block: NonNull<u8>) -> usize {
        block.addr().get() - self.base.addr().get() - HEADER
    }
}

/// Rounds a size up to the alignment. `None` if no block can be that large.
fn rounded(size: usize) -> Option<usize> {
    size.checked_next_multiple_of(HEADER)
}

fn size_of_block(block: NonNull<u8>) -> usize {
    // SAFETY: every block of the engine was created by `at`, which wrote its size just before it.
    let header = unsafe { block.cast::<usize>().sub(1) };
    // SAFETY: as above.
    unsafe { header.read() }
}

// SAFETY: blocks are at least as large as requested, aligned as `usize`, never overlap while in use, and do not move
// until the engine frees them; `usable_size` is the size in their header.
unsafe impl Allocator for Bump {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        let start = self.used;
        let end = rounded(size).and_then(|size| size.checked_add(HEADER)?.checked_add(start));
        let end = end.unwrap_or(usize::MAX);
        if !self.extend_to(end) {
            return ptr::null_mut();
        }
        self.high = self.high.max(end);
        self.at(start, end - start - HEADER)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(size) = count.checked_mul(size) else { return ptr::null_mut() };
        let touched = self.high.saturating_sub(self.used + HEADER).min(size);
        let block = self.alloc(size);
        if !block.is_null() {
            // SAFETY: the block has `size` bytes, of which only the first `touched` were ever used.
            unsafe { block.write_bytes(0, touched) };
        }
        block
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        let Some(block) = NonNull::new(block) else { return };
        let start = self.start_of(block);
        if start + HEADER + size_of_block(block) == self.used {
            self.used = start;
        }
    }

    unsafe fn realloc(&mut self, block: *mut u8, new_size: usize) -> *mut u8 {
        let Some(old) = NonNull::new(block) else { return self.alloc(new_size) };
        let old_size = size_of_block(old);
        let start = self.start_of(old);
        if start + HEADER + old_size == self.used {
            self.used = start;
            let grown = self.alloc(new_size);
            if grown.is_null() {
                self.used = start + HEADER + old_size;
            }
            return grown;
        }
        if new_size <= old_size {
            return block;
        }
        let moved = self.alloc(new_size);
        if !moved.is_null() {
            // SAFETY: both blocks have at least `old_size` bytes, and a new block overlaps no other.
            unsafe { ptr::copy_nonoverlapping(block, moved, old_size) };
        }
        moved
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        NonNull::new(block).map_or(0, size_of_block)
    }
}
