//! Descriptors known only by number: inherited ones, and those that arrive in messages.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};

// The same number as TIOCOUTQ (linux/sockios.h).
nix::ioctl_read_bad!(output_queue, libc::TIOCOUTQ, libc::c_int);
nix::ioctl_read_bad!(input_queue, libc::FIONREAD, libc::c_int);

/// Takes a descriptor that the caller of this process handed over, and marks it close-on-exec at once.
///
/// # Errors
/// `EBADF` if no such descriptor is open, or it is one of the standard streams.
pub(crate) fn adopt(number: RawFd) -> io::Result<OwnedFd> {
    if number <= 2 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: the number is only asked about here; fcntl below reports EBADF if nothing is open under it.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl(borrowed, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(own(number))
}

/// Owns an open descriptor that nobody else in this process owns: one that just arrived with a message, or was named
/// by the caller for this process alone.
pub(crate) fn own(number: RawFd) -> OwnedFd {
    // SAFETY: callers pass a number that the kernel just made for them or that the environment assigned to them; it is
    // open and no other object of this process closes it.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// The numbers of all descriptors open now, 3 and above.
///
/// # Errors
/// When `/proc` cannot be read.
pub(crate) fn open_numbers() -> io::Result<Vec<RawFd>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        if let Some(number) = name.to_str().and_then(|text| text.parse::<RawFd>().ok())
            && number > 2
        {
            numbers.push(number);
        }
    }
    // The directory itself was among them and is closed by now.
    numbers.retain(|number| is_open(*number));
    Ok(numbers)
}

fn is_open(number: RawFd) -> bool {
    // SAFETY: as in `adopt`: a number is asked about, nothing is read or closed.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl(borrowed, FcntlArg::F_GETFD).is_ok()
}

/// How much of what was sent on a unix socket its peer has not read yet, in the kernel's own measure, headers included
/// (`SIOCOUTQ`, which answers for every family what unix(7) says of `SIOCINQ`).
pub(crate) fn unread(socket: impl AsFd) -> io::Result<libc::c_int> {
    let mut count = 0;
    // SAFETY: SIOCOUTQ writes one integer, which lives for the call; the descriptor is borrowed and open.
    unsafe { output_queue(socket.as_fd().as_raw_fd(), &raw mut count) }?;
    Ok(count)
}

/// How many bytes wait to be read from a pipe (pipe(7)) or a terminal (`ioctl_tty(2)`).
pub(crate) fn readable(fd: impl AsFd) -> io::Result<libc::c_int> {
    let mut count = 0;
    // SAFETY: FIONREAD writes one integer, which lives for the call; the descriptor is borrowed and open.
    unsafe { input_queue(fd.as_fd().as_raw_fd(), &raw mut count) }?;
    Ok(count)
}

/// Closes an inherited descriptor by its number.
pub(crate) fn close(number: RawFd) {
    drop(own(number));
}

/// Makes reads and writes of this open file description return at once.
pub(crate) fn set_nonblocking(fd: impl AsFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
    fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Closes everything from 3 on. For a child that is about to be executed.
pub(crate) fn close_from_three() {
    // SAFETY: close_range(2) takes three integers and touches no memory; the child owns a copy of every descriptor and
    // uses none of them afterwards.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
}

/// Closes everything from 3 on but one. For a child that uses nothing else of what it inherited.
pub(crate) fn close_all_but(kept: BorrowedFd<'_>) {
    let Ok(kept) = libc::c_uint::try_from(kept.as_raw_fd()) else { return };
    for (first, last) in [(3, kept.saturating_sub(1)), (kept.saturating_add(1).max(3), libc::c_uint::MAX)] {
        if first <= last {
            // SAFETY: as in `close_from_three`.
            unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        }
    }
}

/// A message for a descriptor that is used only this once, whatever kind it is.
pub(crate) fn write_once(number: RawFd, message: &[u8]) -> io::Result<()> {
    // SAFETY: the number is used for one write(2); EBADF is reported if nothing is open under it.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    nix::unistd::write(borrowed, message)?;
    Ok(())
}
