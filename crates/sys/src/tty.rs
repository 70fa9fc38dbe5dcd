//! termios(3) and tty_ioctl(4) operations on the container's terminal.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::termios::{OutputFlags, SetArg, tcgetattr, tcsetattr};

use crate::ioctl::{set_controlling_terminal, set_window_size};

/// Rows and columns of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSize {
    /// Rows.
    pub rows: u16,
    /// Columns.
    pub columns: u16,
}

/// Sets the size of the terminal; the kernel sends SIGWINCH to the foreground process group.
///
/// # Errors
/// Those of ioctl(2).
pub fn resize(tty: impl AsFd, size: WindowSize) -> io::Result<()> {
    let size = libc::winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads one `winsize`, which lives for the call; the descriptor is borrowed and open.
    unsafe { set_window_size(tty.as_fd().as_raw_fd(), &raw const size) }?;
    Ok(())
}

/// Makes the terminal the controlling terminal of this process' session (ioctl_tty(2), `TIOCSCTTY`).
///
/// # Errors
/// Those of ioctl(2).
pub fn take_control(tty: impl AsFd) -> io::Result<()> {
    // SAFETY: TIOCSCTTY takes an integer; the descriptor is borrowed and open.
    unsafe { set_controlling_terminal(tty.as_fd().as_raw_fd(), 0) }?;
    Ok(())
}

/// Turns `\n` into `\r\n` on output (`ONLCR`), as Kubernetes expects.
///
/// # Errors
/// Those of tcgetattr(3) and tcsetattr(3).
pub fn map_newlines(tty: impl AsFd) -> io::Result<()> {
    let mut settings = tcgetattr(&tty)?;
    settings.output_flags |= OutputFlags::ONLCR;
    tcsetattr(&tty, SetArg::TCSANOW, &settings)?;
    Ok(())
}
