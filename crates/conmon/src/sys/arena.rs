//! The engine's memory: one mapping, filled from the bottom, never tidied up, and released as a whole.
//!
//! Not an allocator for anything that lives long: freed blocks are used again only if they were the last ones. What
//! it saves in page faults and CPU time is in docs/performance.md, "Start". `mmap(2)`, `madvise(2)`.

use std::cell::Cell;
use std::mem;
use std::ptr::{self, NonNull};
use std::rc::Rc;

use nix::errno::Errno;
use rquickjs::Runtime;
use rquickjs::allocator::Allocator;

use crate::failure::Failure;

/// Kept back until memory runs out, so that the engine can still make the exception that says so.
const RESERVE: usize = 64 << 10;
/// Every block begins with its size and is aligned for the widest type of the engine, `uint64_t`.
const HEADER: usize = mem::size_of::<usize>();

/// Runs `work` with a runtime whose memory is an arena of `size` bytes, and releases the arena.
///
/// If `ends_soon` says of the result that this process only forks and ends, the arena is left to its end: releasing some
/// fifty pages takes 2 % of the way to the monitor, which does not inherit them (`MADV_DONTFORK`).
///
/// `Send` keeps the runtime and everything in it, which is not `Send`, from leaving `work`.
///
/// # Errors
/// When there is no memory, or the work failed for want of it.
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
        // Its end would free every object one by one.
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
    // SAFETY: a new anonymous mapping at an address of the kernel's choice touches no memory that anybody uses.
    let address = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
    if address == libc::MAP_FAILED {
        return Err(Errno::last());
    }
    NonNull::new(address.cast()).ok_or(Errno::ENOMEM)
}

fn hide_from_children(base: NonNull<u8>, size: usize) -> Result<(), Errno> {
    // SAFETY: the mapping is ours, and what this process does with it does not change.
    match unsafe { libc::madvise(base.as_ptr().cast(), size, libc::MADV_DONTFORK) } {
        0 => Ok(()),
        _ => Err(Errno::last()),
    }
}

fn unmap(base: NonNull<u8>, size: usize) {
    // SAFETY: nothing may use the mapping any more. Only the engine did; it is leaked, so nothing of it runs again, and
    // its values could not leave `work`, which asks for `Send`.
    unsafe { libc::munmap(base.as_ptr().cast(), size) };
}

struct Bump {
    base: NonNull<u8>,
    /// Bytes in use, headers included; everything from here on can be given out.
    used: usize,
    /// Bytes that were ever in use: from here on the kernel's zeroes are untouched.
    high: usize,
    limit: usize,
    size: usize,
    full: Rc<Cell<bool>>,
}

impl Bump {
    /// Takes everything up to `end` into use; false when there is no room.
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
        // SAFETY: the header is within the mapping, aligned (the mapping is, and every size is rounded), and nobody's.
        unsafe { header.write(size) };
        // SAFETY: as above.
        unsafe { header.add(1) }.cast().as_ptr()
    }

    /// Where the block's header is.
    fn start_of(&self, block: NonNull<u8>) -> usize {
        block.addr().get() - self.base.addr().get() - HEADER
    }
}

/// A size as blocks have it: a multiple of the alignment. `None` when no block can be that large.
fn rounded(size: usize) -> Option<usize> {
    size.checked_next_multiple_of(HEADER)
}

fn size_of_block(block: NonNull<u8>) -> usize {
    // SAFETY: every block that the engine knows was made by `at`, which wrote its size just before it.
    let header = unsafe { block.cast::<usize>().sub(1) };
    // SAFETY: as above.
    unsafe { header.read() }
}

// SAFETY: blocks are at least as large as asked for, aligned as `usize`, never overlap while in use, and stay where they
// are until the engine gives them up; `usable_size` is the size in their header.
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
            // SAFETY: the block has `size` bytes, of which only the first `touched` were ever in use.
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
