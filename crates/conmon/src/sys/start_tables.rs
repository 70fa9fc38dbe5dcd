//! Tables that are used only at the start, which `layout.ld` places on separate pages.
//!
//! Each page that was written to, by relocation or otherwise, is a private copy for the life of the process: 16 kB in every
//! monitor. `madvise(2)`, `MADV_DONTNEED`.

// SAFETY: `layout.ld`, or else `build.rs`, defines both addresses; nothing is ever read or written through them.
unsafe extern "C" {
    static start_tables_begin: u8;
    static start_tables_end: u8;
}

/// Releases the tables' pages; nothing in an executable that does not relocate itself (`build.rs`). The engine must not run afterwards.
pub(crate) fn release() {
    // SAFETY: sysconf(3) takes and returns an integer.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Ok(page @ 1..) = usize::try_from(page) else { return };
    let begin = (&raw const start_tables_begin).addr().next_multiple_of(page);
    let end = (&raw const start_tables_end).addr() / page * page;
    if begin < end {
        let start = (&raw const start_tables_begin).with_addr(begin).cast_mut();
        // SAFETY: the pages hold only the tables of the engine, which never runs again, and with glibc its tunables, which have no pointers:
        // `layout.ld`. The private file mapping then shows the content of the file.
        unsafe { libc::madvise(start.cast(), end - begin, libc::MADV_DONTNEED) };
    }
}
