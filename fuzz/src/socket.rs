//! A socket pair like that of the monitor and an attach client.

use std::fs::File;
use std::os::fd::OwnedFd;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};

/// Two non-blocking ends that preserve packet boundaries.
///
/// # Panics
/// If no descriptors are available.
#[must_use]
pub fn pair() -> (OwnedFd, File) {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags).unwrap();
    (ours, File::from(theirs))
}
