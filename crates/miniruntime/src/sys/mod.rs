//! The few system calls that no safe wrapper offers; the only place with `unsafe`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::sys::signal::Signal;
use nix::unistd::ForkResult;

/// fork(2). This program has one thread, so the child may do what it likes.
pub(crate) fn fork() -> nix::Result<ForkResult> {
    // SAFETY: after a fork in a process with several threads only async-signal-safe calls are allowed; no thread is
    // ever started in this program.
    unsafe { nix::unistd::fork() }
}

/// Ends this process without running what the parent registered.
pub(crate) fn exit_now(status: i32) -> ! {
    // SAFETY: _exit has no preconditions and does not return.
    unsafe { libc::_exit(status) }
}

/// The number behind a signal's name.
pub(crate) fn number_of(signal: Signal) -> i32 {
    // The enum takes its discriminants from the kernel's numbers, all of which fit.
    signal as i32
}

/// Every signal back to its default action; signal(7). The standard library ignores SIGPIPE, and the caller may ignore
/// others, which execve(2) would hand on.
pub(crate) fn default_signals() {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: the default action runs no code of ours. SIGKILL, SIGSTOP and the two signals that the C library
        // keeps for itself are refused, which changes nothing.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Makes `terminal` the controlling terminal of this session; ioctl_tty(2).
pub(crate) fn set_controlling_terminal(terminal: impl AsFd) -> io::Result<()> {
    let fd = terminal.as_fd().as_raw_fd();
    // SAFETY: TIOCSCTTY takes an integer, no pointer; `fd` is open for the duration of the call.
    check(unsafe { libc::ioctl(fd, libc::TIOCSCTTY, 0) }.into()).map(drop)
}

/// Marks every descriptor from `first` on close-on-exec; close_range(2), Linux 5.11.
pub(crate) fn close_on_exec_from(first: u32) -> io::Result<()> {
    let flag = libc::CLOSE_RANGE_CLOEXEC;
    // SAFETY: the call takes numbers only and changes no more than a flag of descriptors that may or may not be open.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, flag) }).map(drop).or_else(|_| {
        for_each_open(first, |fd| {
            // SAFETY: as above.
            unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
        })
    })
}

/// Closes every descriptor from `first` on, whoever owns it.
pub(crate) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: the call takes numbers only. Callers own nothing that they use or drop afterwards: they end by _exit.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) }).map(drop).or_else(|_| {
        for_each_open(first, |fd| {
            // SAFETY: as above.
            unsafe { libc::close(fd) };
        })
    })
}

/// Without close_range(2): what is open now, read before anything changes.
fn for_each_open(first: u32, act: impl Fn(RawFd)) -> io::Result<()> {
    let names: Vec<_> = std::fs::read_dir("/proc/self/fd")?.filter_map(Result::ok).collect();
    let numbers = names.iter().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(|number| *number >= first).filter_map(|number| RawFd::try_from(number).ok()).for_each(act);
    Ok(())
}

/// pidfd_open(2).
pub(crate) fn pidfd_open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes numbers only.
    let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    let fd = RawFd::try_from(fd).map_err(io::Error::other)?;
    // SAFETY: the kernel just made this descriptor for us; nobody else knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// pidfd_send_signal(2).
pub(crate) fn pidfd_send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> io::Result<()> {
    let none = std::ptr::null::<libc::siginfo_t>();
    let fd = pidfd.as_raw_fd();
    // SAFETY: a null siginfo pointer is allowed and means that of kill(2); the descriptor is open.
    check(unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, none, 0) }).map(drop)
}

/// kill(2) on a process group; `group` must not be one of the numbers with a special meaning.
pub(crate) fn kill_group(group: i32, signal: i32) -> io::Result<()> {
    assert!(group > 1, "group {group} would reach processes that are not the container's");
    // SAFETY: the call takes numbers only.
    check(unsafe { libc::kill(-group, signal) }.into()).map(drop)
}

/// The signal that this process gets when its parent dies, 0 for none; prctl(2).
pub(crate) fn parent_death_signal() -> i32 {
    let mut signal = 0;
    // SAFETY: the second argument points to an int that outlives the call.
    let got = unsafe { libc::prctl(libc::PR_GET_PDEATHSIG, &raw mut signal) };
    if got == 0 { signal } else { 0 }
}

fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Installs a seccomp filter for this process and what it executes; seccomp(2).
pub(crate) fn install_filter(filter: &[libc::sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).map_err(io::Error::other)?,
        filter: filter.as_ptr().cast_mut(),
    };
    if !nix::unistd::geteuid().is_root() {
        nix::sys::prctl::set_no_new_privs()?;
    }
    // SAFETY: the kernel copies the program, which borrows from `filter` for the duration of the call.
    check(unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) }.into())
        .map(drop)
}
