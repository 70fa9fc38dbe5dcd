//! The engine's relocated tables, which `engine.ld` places on separate pages.
//!
//! Each page that relocation has written to is a private copy for the life of the process: 20 kB in every monitor.
//! `madvise(2)`, `MADV_DONTNEED`.

// SAFETY: `engine.ld` defines both addresses; nothing is ever read or written through them.
unsafe extern "C" {
    static engine_tables_begin: u8;
    static engine_tables_end: u8;
}

/// Releases the tables' pages. The engine must not run afterwards.
pub(crate) fn give_back() {
    // SAFETY: sysconf(3) takes and returns an integer.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Ok(page @ 1..) = usize::try_from(page) else { return };
    let begin = (&raw const engine_tables_begin).addr().next_multiple_of(page);
    let end = (&raw const engine_tables_end).addr() / page * page;
    if begin < end {
        let start = (&raw const engine_tables_begin).with_addr(begin).cast_mut();
        // SAFETY: the pages hold only the engine's tables, as `engine.ld` places them, and the engine never runs again. The
        // private file mapping then shows the content of the file.
        unsafe { libc::madvise(start.cast(), end - begin, libc::MADV_DONTNEED) };
    }
}
