//! The ioctl(2) requests that other modules here wrap: nix's macros generate public unsafe functions.

// The same number as TIOCOUTQ (linux/sockios.h).
nix::ioctl_read_bad!(output_queue, libc::TIOCOUTQ, libc::c_int);
nix::ioctl_read_bad!(input_queue, libc::FIONREAD, libc::c_int);
nix::ioctl_write_ptr_bad!(set_window_size, libc::TIOCSWINSZ, libc::winsize);
nix::ioctl_write_int_bad!(set_controlling_terminal, libc::TIOCSCTTY);

/// `struct pidfd_info` of `<linux/pidfd.h>` in its first version.
#[repr(C)]
#[derive(Default)]
pub(crate) struct PidfdInfo {
    /// What is asked for, and then what was found.
    pub(crate) mask: u64,
    pub(crate) cgroup: u64,
    /// pid, tgid, ppid, and four pairs of user and group.
    pub(crate) ids: [u32; 11],
    /// As waitpid(2) returns it.
    pub(crate) exit_code: libc::c_int,
}

nix::ioctl_readwrite!(
    /// `PIDFD_GET_INFO`.
    pidfd_get_info,
    0xff,
    11,
    PidfdInfo
);
