//! What termios(3) and tty_ioctl(4) offer on the container's terminal.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::termios::{OutputFlags, SetArg, tcgetattr, tcsetattr};

nix::ioctl_write_ptr_bad!(set_window_size, libc::TIOCSWINSZ, libc::winsize);

/// Rows and columns of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowSize {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

/// Gives the terminal a size; the foreground process group gets SIGWINCH from the kernel.
pub(crate) fn resize(tty: impl AsFd, size: WindowSize) -> io::Result<()> {
    let size = libc::winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads one `winsize`, which lives for the call; the descriptor is borrowed and open.
    unsafe { set_window_size(tty.as_fd().as_raw_fd(), &raw const size) }?;
    Ok(())
}

/// Turns `\n` into `\r\n` on output, as Kubernetes expects.
pub(crate) fn map_newlines(tty: impl AsFd) -> io::Result<()> {
    let mut settings = tcgetattr(&tty)?;
    settings.output_flags |= OutputFlags::ONLCR;
    tcsetattr(&tty, SetArg::TCSANOW, &settings)?;
    Ok(())
}

/// For tests: the master side of a new terminal, the path of the terminal, and the terminal, open.
#[cfg(test)]
pub(crate) fn scratch() -> (std::os::fd::OwnedFd, std::path::PathBuf, std::fs::File) {
    use nix::fcntl::OFlag;
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
    let master = nix::pty::posix_openpt(flags).unwrap();
    nix::pty::grantpt(&master).unwrap();
    nix::pty::unlockpt(&master).unwrap();
    let path = std::path::PathBuf::from(nix::pty::ptsname_r(&master).unwrap());
    let slave = open_scratch(&path);
    map_newlines(&master).unwrap();
    (master.into(), path, slave)
}

/// For tests: opens it again.
#[cfg(test)]
pub(crate) fn open_scratch(path: &std::path::Path) -> std::fs::File {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = libc::O_NOCTTY | libc::O_NONBLOCK;
    std::fs::OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).unwrap()
}
