//! Sends many packets to one socket in one system call: sendmmsg(2).

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd};
use std::{mem, ptr};

use nix::errno::Errno;

/// The most packets one call sends.
pub const AT_ONCE: usize = 18;
/// The parts of a packet.
pub const PARTS: usize = 2;

/// Sends packets in order, at most [`AT_ONCE`], without blocking. Returns how many were sent; the next call reports why
/// the one after them was not.
///
/// # Errors
/// If the first packet could not be sent: `EAGAIN` if the socket has no room.
pub fn send_packets(socket: impl AsFd, packets: &[[IoSlice<'_>; PARTS]]) -> Result<usize, Errno> {
    // SAFETY: all-zero bytes are a valid `mmsghdr`: null pointers and lengths of 0.
    let mut headers: [libc::mmsghdr; AT_ONCE] = unsafe { mem::zeroed() };
    let mut count = 0_u32;
    for (header, packet) in headers.iter_mut().zip(packets) {
        // An `IoSlice` is an `iovec` (its documentation guarantees that); sendmmsg only reads it.
        header.msg_hdr.msg_iov = ptr::from_ref(packet).cast_mut().cast();
        // `as _`: a `size_t` in glibc, an `int` in musl.
        header.msg_hdr.msg_iovlen = PARTS as _;
        count += 1;
    }
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    loop {
        let socket = socket.as_fd().as_raw_fd();
        // Not musl's function, which makes a system call for each packet. The kernel's structure is also musl's if the bytes beside
        // its narrower members are 0.
        // SAFETY: the first `count` headers are initialised; their iovecs and the memory these name are borrowed by
        // `packets` for the call.
        let sent = unsafe { libc::syscall(libc::SYS_sendmmsg, socket, headers.as_mut_ptr(), count, flags) };
        match usize::try_from(sent) {
            Ok(sent) => return Ok(sent),
            Err(_) if Errno::last() == Errno::EINTR => {}
            Err(_) => return Err(Errno::last()),
        }
    }
}
