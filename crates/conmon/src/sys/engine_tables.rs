//! The engine's relocated tables, which `engine.ld` puts on pages of their own.
//!
//! The kernel keeps a private copy of each page that relocation has written to for as long as the process lives, which would
//! be 20 kB more in every monitor. `madvise(2)`, `MADV_DONTNEED`.

// SAFETY: both are addresses that `engine.ld` defines; nothing is ever read or written through them.
unsafe extern "C" {
    static engine_tables_begin: u8;
    static engine_tables_end: u8;
}

/// Gives back the whole pages of the tables; what their last page holds besides is in use. The engine must not run afterwards.
pub(crate) fn give_back() {
    // SAFETY: sysconf(3) takes and returns an integer.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Ok(page @ 1..) = usize::try_from(page) else { return };
    let begin = (&raw const engine_tables_begin).addr().next_multiple_of(page);
    let end = (&raw const engine_tables_end).addr() / page * page;
    if begin < end {
        let start = (&raw const engine_tables_begin).with_addr(begin).cast_mut();
        // SAFETY: the pages hold nothing but the engine's tables, as `engine.ld` has put them, and the engine never runs again.
        // A private mapping of a file then shows what is in the file.
        unsafe { libc::madvise(start.cast(), end - begin, libc::MADV_DONTNEED) };
    }
}
