//! What an error number means, in the C library's words. Its table is part of every executable anyway; that of `nix` would be
//! a second one, whose pages relocation makes private to each process.

use std::ffi::CStr;

use nix::errno::Errno;

/// A description like `No such file or directory`: strerror(3). May be called in a forked child.
#[must_use]
pub fn describe(errno: Errno) -> &'static str {
    if errno == Errno::UnknownErrno {
        return UNKNOWN;
    }
    // SAFETY: both functions take an integer and return null or a constant string that lives as long as the process.
    // strerrordesc_np(3) is safe in a signal handler; strerror(3) of musl neither allocates nor writes.
    #[cfg(target_env = "gnu")]
    let found = unsafe { strerrordesc_np(errno as libc::c_int) };
    // SAFETY: see above.
    #[cfg(not(target_env = "gnu"))]
    let found = unsafe { libc::strerror(errno as libc::c_int) }.cast_const();
    if found.is_null() {
        return UNKNOWN;
    }
    // SAFETY: a constant string, see above.
    unsafe { CStr::from_ptr(found) }.to_str().unwrap_or(UNKNOWN)
}

const UNKNOWN: &str = "Unknown error";

#[cfg(target_env = "gnu")]
// SAFETY: the declaration of strerrordesc_np(3), in glibc from 2.32 on.
unsafe extern "C" {
    fn strerrordesc_np(code: libc::c_int) -> *const libc::c_char;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_described_in_the_words_of_the_c_library() {
        assert_eq!(describe(Errno::ENOENT), "No such file or directory");
        assert_eq!(describe(Errno::EAGAIN), "Resource temporarily unavailable");
        assert_eq!(describe(Errno::UnknownErrno), "Unknown error");
    }
}
