//! Code that needs `unsafe` or depends on the architecture: a child traced from its first instruction, and the registers
//! of a stopped system call (ptrace(2), syscall(2)).

#![expect(unsafe_code, reason = "a traced child has to be prepared between fork and exec")]

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::unistd::Pid;

/// Starts a command traced by this thread, with `fds` as its descriptors from 3 on.
///
/// # Errors
///
/// Those of fork(2) and execve(2).
pub(crate) fn spawn_traced(command: &mut Command, fds: &[OwnedFd]) -> io::Result<Child> {
    let numbers: Vec<i32> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    // SAFETY: between fork and exec the closure only makes system calls, on a list allocated before.
    unsafe {
        command.pre_exec(move || {
            place(&numbers)?;
            ptrace::traceme()?;
            Ok(())
        })
    };
    command.spawn()
}

/// Duplicates each descriptor to its number; sources that have such a number are moved away first.
fn place(sources: &[i32]) -> io::Result<()> {
    const FIRST: i32 = 3;
    const ABOVE: i32 = 100;
    for (at, source) in (ABOVE..).zip(sources) {
        duplicate(*source, at)?;
    }
    for (from, to) in (ABOVE..).zip(FIRST..).take(sources.len()) {
        duplicate(from, to)?;
        // SAFETY: the number was created here, in a process about to execute another program.
        unsafe { libc::close(from) };
    }
    Ok(())
}

fn duplicate(from: i32, to: i32) -> io::Result<()> {
    // SAFETY: dup2(2) accepts any numbers and reports those that are not open.
    match unsafe { libc::dup2(from, to) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// At entry: skips the call. Its result must be set at exit.
#[cfg(target_arch = "x86_64")]
pub(crate) fn skip_call(pid: Pid) -> Result<(), Errno> {
    let mut registers = ptrace::getregs(pid)?;
    registers.orig_rax = u64::MAX;
    ptrace::setregs(pid, registers)
}

/// At entry: sets the third argument.
#[cfg(target_arch = "x86_64")]
pub(crate) fn set_count(pid: Pid, count: u64) -> Result<(), Errno> {
    let mut registers = ptrace::getregs(pid)?;
    registers.rdx = count;
    ptrace::setregs(pid, registers)
}

/// At exit: sets the result to this error.
#[cfg(target_arch = "x86_64")]
pub(crate) fn set_error(pid: Pid, errno: Errno) -> Result<(), Errno> {
    let mut registers = ptrace::getregs(pid)?;
    registers.rax = i64::from(-(errno as i32)).cast_unsigned();
    ptrace::setregs(pid, registers)
}

/// Registers are implemented for one architecture only.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn skip_call(_: Pid) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn set_count(_: Pid, _: u64) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn set_error(_: Pid, _: Errno) -> Result<(), Errno> {
    Err(Errno::ENOSYS)
}
