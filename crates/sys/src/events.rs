//! Kernel objects that nix makes and that come from another executable of the same process.

use std::os::fd::OwnedFd;

use nix::sys::eventfd::EventFd;
use nix::sys::inotify::Inotify;

/// The eventfd (eventfd(2)) of this descriptor.
#[must_use]
pub fn eventfd(fd: OwnedFd) -> EventFd {
    // SAFETY: the object only reads and writes the descriptor, which it owns; with one of another kind that fails or moves
    // bytes, and touches no memory of this process but the buffers of the call.
    unsafe { EventFd::from_owned_fd(fd) }
}

/// The inotify instance (inotify(7)) of this descriptor.
#[must_use]
pub fn inotify(fd: OwnedFd) -> Inotify {
    // SAFETY: nix parses what it reads as events, and trusts their lengths: the descriptor must be one that
    // inotify_init1(2) has returned. Callers pass what an earlier executable of this process recorded as such.
    unsafe { Inotify::from_owned_fd(fd) }
}
