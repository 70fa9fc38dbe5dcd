//! What an error number means, in glibc's words, which are C conmon's. The C library's table is part of every executable anyway; that of
//! `nix` would be a second one, whose pages relocation makes private to each process.

use std::ffi::CStr;

use nix::errno::Errno;

/// A description like `No such file or directory`: strerror(3). May be called in a forked child.
#[must_use]
pub fn describe(errno: Errno) -> &'static str {
    if errno == Errno::UnknownErrno {
        return UNKNOWN;
    }
    #[cfg(not(target_env = "gnu"))]
    if let Some(words) = glibcs_words(errno) {
        return words;
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

/// Where musl has other words for what a file, a socket or a process returns.
#[cfg(any(test, not(target_env = "gnu")))]
fn glibcs_words(errno: Errno) -> Option<&'static str> {
    let words = match errno {
        Errno::EIO => "Input/output error",
        Errno::ECHILD => "No child processes",
        Errno::ENOMEM => "Cannot allocate memory",
        Errno::EBUSY => "Device or resource busy",
        Errno::EXDEV => "Invalid cross-device link",
        Errno::EMFILE => "Too many open files",
        Errno::ENOTTY => "Inappropriate ioctl for device",
        Errno::ENAMETOOLONG => "File name too long",
        Errno::ELOOP => "Too many levels of symbolic links",
        Errno::ETIME => "Timer expired",
        Errno::EOVERFLOW => "Value too large for defined data type",
        Errno::ENOTSOCK => "Socket operation on non-socket",
        Errno::EMSGSIZE => "Message too long",
        Errno::EOPNOTSUPP => "Operation not supported",
        Errno::EADDRINUSE => "Address already in use",
        Errno::ENETUNREACH => "Network is unreachable",
        Errno::ENOTCONN => "Transport endpoint is not connected",
        Errno::ESHUTDOWN => "Cannot send after transport endpoint shutdown",
        Errno::ETIMEDOUT => "Connection timed out",
        Errno::EHOSTUNREACH => "No route to host",
        Errno::EINPROGRESS => "Operation now in progress",
        Errno::EUCLEAN => "Structure needs cleaning",
        Errno::EDQUOT => "Disk quota exceeded",
        _ => return None,
    };
    Some(words)
}

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

    #[test]
    fn no_c_library_changes_the_words() {
        for errno in (1..134).map(Errno::from_raw) {
            if let Some(words) = glibcs_words(errno) {
                assert_eq!(describe(errno), words);
            }
        }
    }
}
