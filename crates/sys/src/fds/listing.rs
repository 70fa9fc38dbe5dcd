//! Which descriptors are open: asked by poll(2), or listed in `/proc`.

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{Mode, stat};

use super::borrow;

/// A directory with an entry for each open descriptor (proc_pid_fd(5)).
const LISTING: &CStr = c"/proc/self/fd";

/// The numbers of all open descriptors from 3 on.
///
/// # Errors
/// If `/proc` cannot be read.
pub fn open_numbers() -> nix::Result<Vec<RawFd>> {
    if let Some((count, mut found)) = count_open().zip(low_numbers())
        && found.len() == count
    {
        found.retain(|number| *number > 2);
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

/// The open ones below 64, more than a manager passes; `None` if poll(2) fails. A directory entry costs the kernel an inode: with a
/// manager's seven descriptors the list takes 30 µs, this call 2.
fn low_numbers() -> Option<Vec<RawFd>> {
    let mut asked: [_; 64] = std::array::from_fn(|number| {
        PollFd::new(borrow(RawFd::try_from(number).unwrap_or(RawFd::MAX)), PollFlags::empty())
    });
    poll(&mut asked, PollTimeout::ZERO).ok()?;
    let is_open = |fd: &&PollFd<'_>| fd.revents().is_some_and(|events| !events.contains(PollFlags::POLLNVAL));
    Some(asked.iter().filter(is_open).map(|fd| fd.as_fd().as_raw_fd()).collect())
}

/// Calls `act` for each open descriptor from `first` to `last` except the directory's own. Closing descriptors meanwhile
/// does not move other entries: directory positions are the numbers themselves.
pub(super) fn for_each_listed(
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

pub(super) fn open_listing() -> nix::Result<OwnedFd> {
    open(LISTING, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
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

#[cfg(test)]
mod tests {
    use nix::fcntl::{FcntlArg, fcntl};

    use super::*;
    use crate::fds::close;

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
    fn descriptors_below_64_are_found_without_the_list() {
        let file = std::fs::File::open("/dev/null").unwrap();
        let low = fcntl(&file, FcntlArg::F_DUPFD_CLOEXEC(50)).unwrap();
        let high = fcntl(&file, FcntlArg::F_DUPFD_CLOEXEC(760)).unwrap();
        let found = low_numbers().unwrap();
        assert!(found.contains(&low) && !found.contains(&high), "{found:?}");
        assert!(found.iter().all(|number| *number < 64));
        [low, high].into_iter().for_each(close);
        assert!(!low_numbers().unwrap().contains(&low));
    }
}
