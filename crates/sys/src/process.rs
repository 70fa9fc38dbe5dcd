//! Processes: fork, execute, and pidfds (pidfd_open(2)), which name a process for good, unlike its number.

use std::ffi::{CStr, c_char, c_int};
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use nix::sched::{CloneFlags, clone};
use nix::unistd::{ForkResult, Pid};

use crate::environment::Environment;
use crate::fds;
use crate::pages::Pages;

/// What a shell reports for a command it could not execute.
pub const EXECUTE_FAILED: c_int = 127;

/// The stack of a child that shares our memory; of what it does not touch nothing exists.
const CHILD_STACK: NonZeroUsize = NonZeroUsize::new(64 * 1024).unwrap();

/// Forks; the child runs `work`, which ends in an `execve`, and exits with 127 if it comes back.
///
/// The process may have other threads (Node's), so until it executes a program the child may only do what
/// signal-safety(7) allows: system calls on memory prepared before, no allocation, no locks.
pub fn fork(work: impl FnOnce()) -> io::Result<Pid> {
    // SAFETY: the child only runs `work`, whose contract above is that of fork(2) in a process with threads.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            work();
            exit_now(EXECUTE_FAILED)
        }
    }
}

/// As [`fork`], but the child has our memory instead of a copy, and we stand still until it has executed its program or
/// ended (vfork(2)): no page table is copied, and no page is copied afterwards because both write to it.
///
/// Only for a process without other threads, and for `work` that waits for nobody. What it changes in memory stays changed.
pub fn fork_lending_memory(work: impl FnOnce()) -> io::Result<Pid> {
    let mut stack = Pages::reserve(CHILD_STACK)?;
    let mut work = Some(work);
    let child = Box::new(|| {
        if let Some(work) = work.take() {
            work();
        }
        exit_now(EXECUTE_FAILED)
    });
    let flags = CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK;
    // SAFETY: the child runs on a stack of its own that outlives it, for this call returns only when it has left our
    // memory; it frees nothing of ours and returns to nowhere. Descriptors, signal dispositions and the signal mask are
    // copies, so what it does to them is not done to us.
    let pid = unsafe { clone(child, &mut stack, flags, Some(libc::SIGCHLD)) }?;
    Ok(pid)
}

/// Forks where this process is known to have no other thread, so the child may do whatever it likes.
/// `None` in the child.
pub fn fork_alone() -> io::Result<Option<Pid>> {
    // SAFETY: callers have no other thread, so the child is not bound to async-signal-safe calls.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(Some(child)),
        ForkResult::Child => Ok(None),
    }
}

/// Leaves the processor to others when they want it: for work that nobody waits for. Of a process with threads only this
/// thread (setpriority(2), under "C library/kernel differences").
pub fn take_a_back_seat() {
    const NICE: c_int = 10;
    // SAFETY: setpriority(2) takes three integers; 0 is the caller.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) };
}

/// Ends this process at once, running nothing.
pub fn exit_now(status: c_int) -> ! {
    // SAFETY: _exit(2) takes an integer and does not return.
    unsafe { libc::_exit(status) }
}

/// A program and its arguments as execve(2) takes them, made before a fork because nothing may be allocated after it.
pub struct Image<'a> {
    program: &'a CStr,
    argv: Vec<*const c_char>,
}

impl<'a> Image<'a> {
    /// `argv[0]` is also the path of the program.
    pub fn new(argv: &[&'a CStr]) -> io::Result<Self> {
        let program = *argv.first().ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?;
        Ok(Self { program, argv: argv.iter().map(|arg| arg.as_ptr()).chain([std::ptr::null()]).collect() })
    }

    /// Becomes the program; returns only when that failed.
    pub fn execute(&self, environment: &Environment) -> io::Error {
        // SAFETY: program and the elements of argv are live C strings borrowed by `self`, those of the environment are
        // borrowed by it, and both arrays end with a null pointer.
        unsafe { libc::execve(self.program.as_ptr(), self.argv.as_ptr(), environment.pointers().as_ptr()) };
        io::Error::last_os_error()
    }
}

/// A descriptor that becomes readable when the process ends.
pub fn pidfd_open(pid: Pid) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open(2) takes two integers; the result is checked before it is used as a descriptor.
    let number = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
    match RawFd::try_from(number) {
        Ok(number) if number >= 0 => Ok(fds::own(number)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Signals the process that the pidfd names; `ESRCH` if it has ended, never another process.
pub fn pidfd_send_signal(pidfd: impl AsFd, signal: c_int) -> io::Result<()> {
    let fd = pidfd.as_fd().as_raw_fd();
    // SAFETY: the descriptor is borrowed and open; a null siginfo means "as kill(2) would".
    let result = unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, std::ptr::null::<libc::siginfo_t>(), 0)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Signals all processes of a group; killpg(3), for signals that nix has no name for.
///
/// # Errors
/// Those of kill(2); `EINVAL` for a number that means other processes than those of one group.
pub fn kill_group(group: Pid, signal: c_int) -> io::Result<()> {
    if group.as_raw() <= 1 {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: kill(2) takes integers.
    let result = unsafe { libc::kill(-group.as_raw(), signal) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The signal that this process gets when its parent ends, 0 for none; prctl(2), `PR_GET_PDEATHSIG`.
pub fn parent_death_signal() -> c_int {
    let mut signal = 0;
    // SAFETY: the second argument points to an integer that outlives the call.
    let result = unsafe { libc::prctl(libc::PR_GET_PDEATHSIG, &raw mut signal) };
    if result == 0 { signal } else { 0 }
}

/// Our children, of whatever origin. Empty where the kernel does not list them (`CONFIG_PROC_CHILDREN`).
/// For a process with one thread.
pub fn children() -> Vec<Pid> {
    let list = std::fs::read_to_string("/proc/thread-self/children").unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|word| word.parse().ok()).map(Pid::from_raw).collect()
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this code.
    Exited(i32),
    /// By a signal, real-time ones included.
    Killed(i32),
}

impl Ended {
    /// As a shell counts: the code, or 128 plus the signal.
    pub fn status(self) -> i32 {
        match self {
            Self::Exited(code) => code,
            Self::Killed(signal) => 128 + signal,
        }
    }
}

/// What waitpid(2) found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// This child has ended, and is reaped.
    Ended(Pid, Ended),
    /// None has ended yet.
    None,
    /// There is no such child.
    NotOurs,
}

/// Which child to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// Whichever ends first.
    Any,
    /// The one with this pid.
    This(Pid),
}

/// Whether it is a child of ours that has not been reaped, running or not: until then nobody else gets its number.
pub fn is_child(pid: Pid) -> bool {
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    let Ok(number) = libc::id_t::try_from(pid.as_raw()) else { return false };
    // SAFETY: waitid(2) takes a null pointer for "no details wanted" (Linux; "C library/kernel differences").
    unsafe { libc::waitid(libc::P_PID, number, std::ptr::null_mut(), options) == 0 }
}

/// Reaps a child that has ended; with `block`, waits until one has.
pub fn reap(child: Child, block: bool) -> Waited {
    let pid = match child {
        Child::Any => -1,
        Child::This(pid) => pid.as_raw(),
    };
    let options = if block { 0 } else { libc::WNOHANG };
    let mut status = 0;
    loop {
        // SAFETY: waitpid(2) writes one integer, which lives for the call.
        let found = unsafe { libc::waitpid(pid, &raw mut status, options) };
        return match found {
            0 => Waited::None,
            found if found > 0 && libc::WIFSIGNALED(status) => {
                Waited::Ended(Pid::from_raw(found), Ended::Killed(libc::WTERMSIG(status)))
            }
            found if found > 0 => {
                Waited::Ended(Pid::from_raw(found), Ended::Exited(libc::WEXITSTATUS(status)))
            }
            _ if nix::errno::Errno::last() == nix::errno::Errno::EINTR => continue,
            _ => Waited::NotOurs,
        };
    }
}
