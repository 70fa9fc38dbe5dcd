//! What a traced process stopped for, and descriptors of another process: what `nix` does not offer safely of ptrace(2) and its
//! kin. All calls of ptrace(2) for a process must come from the thread that traces it.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use nix::Result;
use nix::sys::ptrace::syscall_info;
use nix::unistd::Pid;

use crate::fds;

/// Where a traced process stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Before a call, with its number and arguments.
    Entry(u64, [u64; 6]),
    /// After one, with its result: a negative one is an error number.
    Exit(i64),
    /// Not at a system call.
    Other,
}

/// Describes a system call stop (`PTRACE_GET_SYSCALL_INFO`, Linux 5.3).
///
/// # Errors
/// `ESRCH` if the process was killed meanwhile.
pub fn stop_of(pid: Pid) -> Result<Stop> {
    let info = syscall_info(pid)?;
    Ok(match info.op {
        libc::PTRACE_SYSCALL_INFO_ENTRY => {
            // SAFETY: for this kind of stop the kernel fills in this member.
            let entry = unsafe { info.u.entry };
            Stop::Entry(entry.nr, entry.args)
        }
        libc::PTRACE_SYSCALL_INFO_EXIT => {
            // SAFETY: as above.
            let exit = unsafe { info.u.exit };
            Stop::Exit(exit.sval)
        }
        _ => Stop::Other,
    })
}

/// Duplicates a descriptor of the process that a pidfd names (pidfd_getfd(2), Linux 5.6). Both share the open file description.
///
/// # Errors
/// `EBADF` if the number is not open, `EPERM` without the permissions of ptrace(2), `ENOSYS` on older kernels.
pub fn descriptor_of(pidfd: impl AsFd, number: RawFd) -> io::Result<OwnedFd> {
    let pidfd = pidfd.as_fd().as_raw_fd();
    // SAFETY: pidfd_getfd(2) takes three integers; the result is checked before it is used as a descriptor.
    let copy = unsafe { libc::syscall(libc::SYS_pidfd_getfd, pidfd, number, 0) };
    match RawFd::try_from(copy) {
        Ok(copy) if copy >= 0 => Ok(fds::own(copy)),
        _ => Err(io::Error::last_os_error()),
    }
}
