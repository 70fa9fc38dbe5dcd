//! The command line of this process. `std::env::args` has it without `main` of Rust only with glibc, which passes it to each function
//! of `.init_array`; musl does not.

use std::ffi::{CStr, OsString, c_char};
use std::os::unix::ffi::OsStringExt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// `argv` of C's `main`, which ends with a null pointer.
static ARGUMENTS: AtomicPtr<*const c_char> = AtomicPtr::new(ptr::null_mut());

/// Remembers the command line, for a program with C's `main`.
///
/// # Safety
/// `arguments` must be `argv` of `main`.
pub unsafe fn remember(arguments: *const *const c_char) {
    ARGUMENTS.store(arguments.cast_mut(), Ordering::Relaxed);
}

/// The words of the command line, the name of the program first.
pub fn arguments() -> Vec<Vec<u8>> {
    let first = ARGUMENTS.load(Ordering::Relaxed).cast_const();
    if first.is_null() {
        return std::env::args_os().map(OsString::into_vec).collect();
    }
    let words = (0..).map_while(|index: usize| {
        // SAFETY: `remember` had `argv`, and the iterator ends at its null pointer.
        let word = unsafe { *first.wrapping_add(index) };
        // SAFETY: the others point to strings that live as long as the process.
        (!word.is_null()).then(|| unsafe { CStr::from_ptr(word) }.to_bytes().to_vec())
    });
    words.collect()
}
