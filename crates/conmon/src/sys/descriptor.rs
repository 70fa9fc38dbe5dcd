//! Inherited descriptors become owned ones.

use std::fs::File;
use std::os::fd::{BorrowedFd, FromRawFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};

/// Takes an inherited descriptor over and marks it close-on-exec.
///
/// # Errors
/// When there is no such descriptor.
pub(crate) fn adopt(fd: RawFd) -> Result<File, Errno> {
    // SAFETY: the number must stay open while it is borrowed, and nobody closes anything in these two lines. A number
    // that is not open makes the call fail with EBADF.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    fcntl(borrowed, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    // SAFETY: it must be open, which was just seen, and owned by nobody else: it was named to us in the environment,
    // once, and the variable is gone before this is called.
    Ok(unsafe { File::from_raw_fd(fd) })
}
