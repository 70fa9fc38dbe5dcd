//! Which descriptors are open: tried by their numbers, or listed in `/proc`.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::stat::{Mode, stat};

use super::borrow;

/// A directory with an entry for each open descriptor (proc_pid_fd(5)).
const LISTING: &CStr = c"/proc/self/fd";

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

pub(super) fn is_open(number: RawFd) -> bool {
    fcntl(borrow(number), FcntlArg::F_GETFD).is_ok()
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
}
