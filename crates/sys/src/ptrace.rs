//! What a traced process stopped for, and descriptors of another process: what `nix` does not offer safely of ptrace(2) and its
//! kin. All calls of ptrace(2) for a process must come from the thread that traces it.

use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::{io, mem, ptr};

use nix::Result;
use nix::errno::Errno;
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

/// `struct ptrace_syscall_info` of linux/ptrace.h, which the `libc` crate has for glibc only. Its union is a sequence of 64-bit words
/// for a stop at an entry, the number and six arguments; at an exit the first one is the result.
#[repr(C)]
#[derive(Default)]
struct SyscallInfo {
    op: u8,
    reserved: u8,
    flags: u16,
    arch: u32,
    instruction_pointer: u64,
    stack_pointer: u64,
    words: [u64; 8],
}

/// Requests and kinds of stops, linux/ptrace.h.
const GET_SYSCALL_INFO: libc::c_uint = 0x420e;
const ENTRY: u8 = 1;
const EXIT: u8 = 2;

/// Describes a system call stop (`PTRACE_GET_SYSCALL_INFO`, Linux 5.3).
///
/// # Errors
/// `ESRCH` if the process was killed meanwhile.
pub fn stop_of(pid: Pid) -> Result<Stop> {
    let mut info = SyscallInfo::default();
    let size = mem::size_of::<SyscallInfo>();
    // `as _`: the type of a request is unsigned in glibc, signed in musl.
    // SAFETY: the kernel writes at most `size` bytes to `info`, all of whose bit patterns are valid.
    let written =
        unsafe { libc::ptrace(GET_SYSCALL_INFO as _, pid.as_raw(), size, ptr::from_mut(&mut info)) };
    Errno::result(written)?;
    let [first, args @ .., _] = info.words;
    Ok(match info.op {
        ENTRY => Stop::Entry(first, args),
        EXIT => Stop::Exit(first.cast_signed()),
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
