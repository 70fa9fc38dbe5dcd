//! What a test needs of the kernel that no safe function gives.

use std::fs::File;
use std::os::fd::{FromRawFd, RawFd};

/// Takes over a descriptor that came in a control message (`unix(7)`, SCM_RIGHTS).
pub(crate) fn adopt(fd: RawFd) -> File {
    // SAFETY: the kernel just made this descriptor for us; nobody else knows its number.
    unsafe { File::from_raw_fd(fd) }
}
