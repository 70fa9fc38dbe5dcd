//! The ioctl(2) requests that other modules here wrap: nix's macros generate public unsafe functions.

// The same number as TIOCOUTQ (linux/sockios.h).
nix::ioctl_read_bad!(output_queue, libc::TIOCOUTQ, libc::c_int);
nix::ioctl_read_bad!(input_queue, libc::FIONREAD, libc::c_int);
nix::ioctl_write_ptr_bad!(set_window_size, libc::TIOCSWINSZ, libc::winsize);
nix::ioctl_write_int_bad!(set_controlling_terminal, libc::TIOCSCTTY);
