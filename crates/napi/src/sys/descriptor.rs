//! Descriptors that are known by their number only. `fcntl(2)`.

use std::os::fd::{BorrowedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};

fn borrow(fd: RawFd) -> BorrowedFd<'static> {
    // SAFETY: it must stay open while it is borrowed. It is used for one call of fcntl, which on a number that is not
    // open does nothing and says EBADF.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

/// Access mode and status flags.
pub(crate) fn status_flags(fd: RawFd) -> Result<OFlag, Errno> {
    fcntl(borrow(fd), FcntlArg::F_GETFL).map(OFlag::from_bits_retain)
}

/// Descriptors that an exec does not close, though they were marked so.
pub(crate) struct Kept(Vec<RawFd>);

impl Kept {
    /// Takes the close-on-exec mark off.
    pub(crate) fn across_exec(list: impl Iterator<Item = RawFd>) -> Self {
        let marked = |fd: &RawFd| matches!(fcntl(borrow(*fd), FcntlArg::F_GETFD), Ok(flags) if flags != 0);
        let kept: Vec<RawFd> = list.filter(marked).collect();
        for fd in &kept {
            // Can only fail for a number that is not open any more: then there is nothing to keep.
            let _ = fcntl(borrow(*fd), FcntlArg::F_SETFD(FdFlag::empty()));
        }
        Self(kept)
    }

    /// Puts the mark on again: the exec failed.
    pub(crate) fn undo(self) {
        for fd in self.0 {
            let _ = fcntl(borrow(fd), FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC));
        }
    }
}
