//! Descriptors known only by number: inherited ones, and those received in messages.

mod listing;

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use self::listing::{for_each_listed, open_listing};
use crate::ioctl::{input_queue, output_queue};

pub use self::listing::open_numbers;

/// Adopts a descriptor inherited from the caller of this process, and marks it close-on-exec.
///
/// # Errors
/// `EBADF` if no such descriptor is open, or it is one of the standard streams.
pub fn adopt(number: RawFd) -> nix::Result<OwnedFd> {
    if number <= 2 {
        return Err(Errno::EBADF);
    }
    fcntl(borrow(number), FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(own(number))
}

/// Owns an open descriptor that nothing else in this process owns: one just received in a message, or one that the
/// caller passed to this process alone.
pub(crate) fn own(number: RawFd) -> OwnedFd {
    // SAFETY: callers pass a number that the kernel just returned or that the environment names; it is open, and no
    // other object of this process closes it.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// The access mode and the status flags of a descriptor known by its number.
///
/// # Errors
/// `EBADF` if no such descriptor is open.
pub fn status_flags(number: RawFd) -> nix::Result<OFlag> {
    fcntl(borrow(number), FcntlArg::F_GETFL).map(OFlag::from_bits_retain)
}

/// Close-on-exec descriptors that execve(2) is to leave open.
pub struct KeptAcrossExec(Vec<RawFd>);

impl KeptAcrossExec {
    /// Clears the flag on those that have it.
    ///
    /// # Errors
    /// Those of fcntl(2). All have the flag again that had it.
    pub fn mark(numbers: impl Iterator<Item = RawFd>) -> nix::Result<Self> {
        let mut kept = Self(Vec::new());
        for number in numbers {
            let cleared = fcntl(borrow(number), FcntlArg::F_GETFD).and_then(|flags| {
                if flags == 0 {
                    return Ok(());
                }
                kept.0.push(number);
                fcntl(borrow(number), FcntlArg::F_SETFD(FdFlag::empty())).map(drop)
            });
            match cleared {
                // Nothing is open there to keep.
                Ok(()) | Err(Errno::EBADF) => {}
                Err(errno) => {
                    kept.undo();
                    return Err(errno);
                }
            }
        }
        Ok(kept)
    }

    /// Sets the flag again after a failed execve(2).
    pub fn undo(self) {
        for number in self.0 {
            let close = || fcntl(borrow(number), FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC));
            // Once more: a child that keeps a pipe open hides its end.
            let _ = close().or_else(|_| close());
        }
    }
}

/// Borrows a number for one fcntl(2), which returns EBADF if it is not open.
fn borrow(number: RawFd) -> BorrowedFd<'static> {
    // SAFETY: the descriptor must stay open while it is borrowed. Each caller drops it after a single call, which reads or
    // changes at most a flag of a number that is closed or reused by then; nothing is read, written or closed.
    unsafe { BorrowedFd::borrow_raw(number) }
}

/// How much of what was sent on a unix socket its peer has not read yet, as the kernel accounts it, headers included
/// (`SIOCOUTQ`, the counterpart of `SIOCINQ` in unix(7)).
///
/// # Errors
/// Those of ioctl(2).
pub fn unread(socket: impl AsFd) -> io::Result<libc::c_int> {
    let mut count = 0;
    // SAFETY: SIOCOUTQ writes one integer, which lives for the call; the descriptor is borrowed and open.
    unsafe { output_queue(socket.as_fd().as_raw_fd(), &raw mut count) }?;
    Ok(count)
}

/// How many bytes a pipe (pipe(7)), a terminal (`ioctl_tty(2)`) or a unix socket (unix(7)) has to read (`FIONREAD`).
///
/// # Errors
/// Those of ioctl(2).
pub fn readable(fd: impl AsFd) -> io::Result<libc::c_int> {
    let mut count = 0;
    // SAFETY: FIONREAD writes one integer, which lives for the call; the descriptor is borrowed and open.
    unsafe { input_queue(fd.as_fd().as_raw_fd(), &raw mut count) }?;
    Ok(count)
}

/// Closes an inherited descriptor by its number.
pub fn close(number: RawFd) {
    drop(own(number));
}

/// Makes this open file description non-blocking.
///
/// # Errors
/// Those of fcntl(2).
pub fn set_nonblocking(fd: impl AsFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(&fd, FcntlArg::F_GETFL)?);
    fcntl(&fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// The same for a pipe this process just created, whose open file description has no other flag: one call, not two.
///
/// # Errors
/// Those of fcntl(2).
pub fn set_new_pipe_nonblocking(pipe: impl AsFd) -> nix::Result<()> {
    fcntl(pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map(drop)
}

/// Waits for the first bytes of a pipe or socket, or for its end, even if the caller made it non-blocking.
/// Allocates nothing.
///
/// # Errors
/// Those of read(2), except `EINTR` and `EAGAIN`.
pub fn wait_for_bytes(fd: impl AsFd) -> io::Result<()> {
    let mut bytes = [0; 16];
    loop {
        match nix::unistd::read(&fd, &mut bytes) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let _ = poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], PollTimeout::NONE);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Closes all descriptors from 3 on. For a child about to call execve(2).
pub fn close_from_three() {
    close_range(3, libc::c_uint::MAX);
}

/// Closes the open descriptors from `first` to `last`, both included.
fn close_range(first: libc::c_uint, last: libc::c_uint) {
    // SAFETY: close_range(2) takes three integers and touches no memory; the child owns a copy of every descriptor and
    // uses none of these afterwards.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if closed != 0 {
        close_listed(first, last);
    }
}

/// The same before Linux 5.9, or where close_range(2) is refused: closes what `/proc` lists. Runs in the forked child of a
/// possibly multi-threaded process, so it must not allocate.
fn close_listed(first: libc::c_uint, last: libc::c_uint) {
    // If no descriptor is free, closing the first makes room.
    let directory = open_listing().or_else(|_| {
        if let Ok(number) = RawFd::try_from(first) {
            close_number(number);
        }
        open_listing()
    });
    let Ok(directory) = directory else { return };
    let _ = for_each_listed(&directory, first, last, close_number);
}

/// Marks all descriptors from `first` on close-on-exec.
///
/// # Errors
/// If close_range(2) lacks the flag (Linux before 5.11) and `/proc` cannot be read.
pub fn close_on_exec_from(first: libc::c_uint) -> nix::Result<()> {
    let flag = libc::CLOSE_RANGE_CLOEXEC;
    // SAFETY: close_range(2) takes three integers; with this flag it only changes a flag of descriptors.
    let marked = unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, flag) };
    if marked != 0 {
        for_each_listed(&open_listing()?, first, libc::c_uint::MAX, |number| {
            let _ = fcntl(borrow(number), FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC));
        })?;
    }
    Ok(())
}

fn close_number(number: RawFd) {
    // SAFETY: the child owns a copy of every descriptor and uses none of these afterwards; EBADF changes nothing.
    unsafe { libc::close(number) };
}

/// Closes all descriptors from 3 on except these. For a process that uses no other one. Allocates nothing.
pub fn close_all_but<const N: usize>(kept: [BorrowedFd<'_>; N]) {
    let mut kept = kept.map(|fd| fd.as_raw_fd().unsigned_abs());
    kept.sort_unstable();
    let mut first = 3;
    for number in kept {
        if number > first {
            close_range(first, number - 1);
        }
        first = first.max(number + 1);
    }
    close_range(first, libc::c_uint::MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Far above what concurrent tests open.
    const FIRST: RawFd = 700;
    const LAST: RawFd = 705;

    #[test]
    fn without_close_range_what_proc_lists_is_closed_and_nothing_else() {
        let null = std::fs::File::open("/dev/null").unwrap();
        let copies: Vec<_> = (FIRST - 1..=LAST + 1)
            .map(|number| fcntl(&null, FcntlArg::F_DUPFD_CLOEXEC(number)).unwrap())
            .collect();
        assert_eq!(copies.first().zip(copies.last()), Some((&(FIRST - 1), &(LAST + 1))));
        close_listed(700, 705);
        let open: Vec<_> = copies.into_iter().filter(|number| closes_on_exec(*number).is_some()).collect();
        assert_eq!(open, [FIRST - 1, LAST + 1]);
        open.into_iter().for_each(close);
    }

    /// Whether execve(2) would close it; `None`: nothing is open there.
    fn closes_on_exec(number: RawFd) -> Option<bool> {
        fcntl(borrow(number), FcntlArg::F_GETFD).ok().map(|flags| flags & libc::FD_CLOEXEC != 0)
    }

    /// Copies of a descriptor at these numbers, of which the first is to stay open across execve(2).
    fn copies(numbers: [RawFd; 2]) {
        let null = std::fs::File::open("/dev/null").unwrap();
        let [first, second] = numbers;
        assert_eq!(fcntl(&null, FcntlArg::F_DUPFD(first)), Ok(first));
        assert_eq!(fcntl(&null, FcntlArg::F_DUPFD_CLOEXEC(second)), Ok(second));
    }

    #[test]
    fn an_adopted_descriptor_is_open_above_two_and_closes_on_exec() {
        copies([730, 731]);
        let adopted = adopt(730).unwrap();
        assert_eq!(closes_on_exec(730), Some(true));
        assert_eq!(status_flags(730).map(|flags| flags & OFlag::O_ACCMODE), Ok(OFlag::O_RDONLY));
        drop(adopted);
        for number in [0, 2, 730] {
            assert_eq!(adopt(number).unwrap_err(), Errno::EBADF, "{number}");
        }
        assert_eq!(status_flags(730), Err(Errno::EBADF));
        close(731);
    }

    #[test]
    fn descriptors_kept_across_exec_get_their_own_flag_back() {
        copies([740, 741]);
        let kept = KeptAcrossExec::mark([740, 741, 742].into_iter()).unwrap();
        assert_eq!([740, 741, 742].map(closes_on_exec), [Some(false), Some(false), None]);
        kept.undo();
        assert_eq!([740, 741].map(closes_on_exec), [Some(false), Some(true)]);
        [740, 741].into_iter().for_each(close);
    }

    #[test]
    fn descriptors_from_a_number_on_close_on_exec() {
        copies([750, 752]);
        copies([751, 753]);
        close_on_exec_from(751).unwrap();
        assert_eq!([750, 751].map(closes_on_exec), [Some(false), Some(true)]);
        (750..=753).for_each(close);
    }

    #[test]
    fn a_pipe_that_does_not_block_is_waited_for_as_well() {
        let (reader, writer) = nix::unistd::pipe2(OFlag::O_NONBLOCK | OFlag::O_CLOEXEC).unwrap();
        let waiting = std::thread::spawn(move || wait_for_bytes(reader));
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert!(!waiting.is_finished());
        nix::unistd::write(&writer, b"x").unwrap();
        waiting.join().unwrap().unwrap();
    }
}
