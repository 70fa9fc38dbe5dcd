//! Descriptors known only by number: inherited ones, and those received in messages.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{Mode, stat};

use crate::ioctl::{input_queue, output_queue};

/// A directory with an entry for each open descriptor (proc_pid_fd(5)).
const LISTING: &CStr = c"/proc/self/fd";

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

/// The numbers of all open descriptors from 3 on.
///
/// # Errors
/// If `/proc` cannot be read.
pub fn open_numbers() -> nix::Result<Vec<RawFd>> {
    if let Some(found) = count_open().and_then(|count| probe(3, count)) {
        return Ok(found);
    }
    let mut found = Vec::new();
    for_each_listed(&open_listing()?, 3, libc::c_uint::MAX, |number| found.push(number))?;
    Ok(found)
}

/// How many descriptors are open. `None` before Linux 6.2, where the directory has no size.
fn count_open() -> Option<usize> {
    usize::try_from(stat(LISTING).ok()?.st_size).ok().filter(|size| *size > 0)
}

/// The open ones from `first` on, if `count` are open in all and no number is too high to be found by trying. A directory entry
/// costs the kernel an inode: with a manager's seven descriptors the list takes 30 µs, trying their numbers 5.
fn probe(first: RawFd, count: usize) -> Option<Vec<RawFd>> {
    /// More than a manager passes, and still less work than a list.
    const HIGHEST: RawFd = 63;
    let open: Vec<_> = (0..=HIGHEST).filter(|number| is_open(*number)).take(count).collect();
    (open.len() == count).then(|| open.into_iter().filter(|number| *number >= first).collect())
}

fn is_open(number: RawFd) -> bool {
    fcntl(borrow(number), FcntlArg::F_GETFD).is_ok()
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

/// Calls `act` for each open descriptor from `first` to `last` except the directory's own. Closing descriptors meanwhile
/// does not move other entries: directory positions are the numbers themselves.
fn for_each_listed(
    directory: &OwnedFd,
    first: libc::c_uint,
    last: libc::c_uint,
    mut act: impl FnMut(RawFd),
) -> nix::Result<()> {
    let mut entries = Entries([0; 1024]);
    loop {
        let count = entries.fill(directory)?;
        if count == 0 {
            return Ok(());
        }
        for number in entries.numbers(count) {
            let wanted = libc::c_uint::try_from(number).is_ok_and(|number| (first..=last).contains(&number));
            if wanted && number != directory.as_raw_fd() {
                act(number);
            }
        }
    }
}

fn open_listing() -> nix::Result<OwnedFd> {
    open(LISTING, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
}

fn close_number(number: RawFd) {
    // SAFETY: the child owns a copy of every descriptor and uses none of these afterwards; EBADF changes nothing.
    unsafe { libc::close(number) };
}

/// Directory entries as getdents64(2) returns them.
struct Entries([u8; 1024]);

impl Entries {
    /// Offsets of the record length and the name in `struct linux_dirent64`.
    const LENGTH_AT: usize = 16;
    const NAME_AT: usize = 19;

    /// Returns the number of bytes read, 0 at the end.
    fn fill(&mut self, directory: &OwnedFd) -> nix::Result<usize> {
        let (fd, room) = (directory.as_raw_fd(), self.0.len());
        // SAFETY: the kernel writes at most `room` bytes to the buffer, which has that length.
        let count = unsafe { libc::syscall(libc::SYS_getdents64, fd, self.0.as_mut_ptr(), room) };
        usize::try_from(count).map_err(|_| Errno::last())
    }

    fn numbers(&self, count: usize) -> impl Iterator<Item = RawFd> {
        let mut rest = self.0.get(..count).unwrap_or(&[]);
        std::iter::from_fn(move || {
            let length = rest.get(Self::LENGTH_AT..Self::LENGTH_AT + 2)?;
            let length = usize::from(u16::from_ne_bytes(length.try_into().ok()?));
            let name = rest.get(Self::NAME_AT..length)?;
            rest = rest.get(length..)?;
            let digits = CStr::from_bytes_until_nul(name).ok().and_then(|name| name.to_str().ok());
            Some(digits.and_then(|digits| digits.parse().ok()).unwrap_or(-1))
        })
    }
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
        let open: Vec<_> = copies.into_iter().filter(|number| is_open(*number)).collect();
        assert_eq!(open, [FIRST - 1, LAST + 1]);
        open.into_iter().for_each(close);
    }

    #[test]
    fn what_is_open_is_listed_without_the_listing_itself() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let copy = fcntl(&file, FcntlArg::F_DUPFD_CLOEXEC(720)).unwrap();
        let listed = open_numbers().unwrap();
        assert!(listed.contains(&copy) && listed.contains(&file.as_raw_fd()));
        assert!(listed.iter().all(|number| *number > 2));
        close(copy);
        assert!(!open_numbers().unwrap().contains(&copy));
    }

    #[test]
    fn descriptors_are_found_by_trying_if_all_of_them_are_low() {
        let null = std::fs::File::open("/dev/null").unwrap();
        let lowest = probe(0, 4).unwrap();
        assert!(lowest.len() == 4 && lowest.iter().all(|number| is_open(*number)), "{lowest:?}");
        assert_eq!(probe(3, 4).unwrap(), lowest.split_at(lowest.partition_point(|number| *number < 3)).1);
        let copy = fcntl(&null, FcntlArg::F_DUPFD_CLOEXEC(760)).unwrap();
        // 760 is never reached.
        assert_eq!(probe(3, 1000), None);
        close(copy);
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
