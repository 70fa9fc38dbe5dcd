//! A terminal of their own for tests.

use std::fs::{File, OpenOptions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::pty::{grantpt, posix_openpt, ptsname_r, unlockpt};

/// The master side of a new terminal, the path of the terminal, and the terminal, open.
pub(crate) fn new() -> (OwnedFd, PathBuf, File) {
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
    let master = posix_openpt(flags).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = PathBuf::from(ptsname_r(&master).unwrap());
    let terminal = open(&path);
    conmon_sys::tty::map_newlines(&master).unwrap();
    (master.into(), path, terminal)
}

/// Opens the terminal again.
pub(crate) fn open(path: &Path) -> File {
    let flags = libc::O_NOCTTY | libc::O_NONBLOCK;
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).unwrap()
}
