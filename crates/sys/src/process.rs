//! Processes: fork, exec, and pidfds (pidfd_open(2)), which, unlike pids, are never reused.

use std::ffi::{CStr, c_char, c_int};
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};

use nix::sched::{CloneFlags, clone};
use nix::unistd::{ForkResult, Pid};

use crate::environment::Environment;
use crate::fds;
use crate::ioctl::{PidfdInfo, pidfd_get_info};
use crate::pages::Pages;

/// The status a shell reports for a command it could not execute.
pub const EXECUTE_FAILED: c_int = 127;

/// The stack of a child that shares our memory; untouched pages are not allocated.
const CHILD_STACK: NonZeroUsize = NonZeroUsize::new(64 * 1024).unwrap();

/// Forks; the child runs `work`, which ends in an `execve`, and exits with 127 if `work` returns.
///
/// The process may have other threads (Node's), so until execve(2) the child may only do what signal-safety(7) allows:
/// system calls on memory prepared before, no allocation, no locks.
///
/// # Errors
/// Those of fork(2).
pub fn fork(work: impl FnOnce()) -> io::Result<Pid> {
    // SAFETY: the child only runs `work`, whose contract above is that of fork(2) in a multi-threaded process.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            work();
            exit_now(EXECUTE_FAILED)
        }
    }
}

/// Like [`fork`], but the child shares our memory, and the caller is suspended until the child has called execve(2) or
/// exited (vfork(2)): neither the page table nor, later, any written page is copied. That saves 24 page faults and 5 % of the
/// CPU time of a container's life: 2138 instead of 2255 µs.
///
/// Only for a single-threaded process, and for `work` that does not block. Its changes to memory persist.
///
/// # Errors
/// Those of mmap(2), for the child's stack, and of clone(2).
pub fn vfork_exec(work: impl FnOnce()) -> io::Result<Pid> {
    let mut stack = Pages::reserve(CHILD_STACK)?;
    let mut work = Some(work);
    let child = Box::new(|| {
        if let Some(work) = work.take() {
            work();
        }
        exit_now(EXECUTE_FAILED)
    });
    let flags = CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK;
    // SAFETY: the child runs on a stack of its own that outlives it, for this call returns only after the child has left
    // our memory; it frees none of it and never returns. Descriptors, signal dispositions and the signal mask are
    // copies, so changing them does not affect us.
    let pid = unsafe { clone(child, &mut stack, flags, Some(libc::SIGCHLD)) }?;
    Ok(pid)
}

/// Forks a process known to be single-threaded, so the child is not restricted. Returns `None` in the child.
///
/// # Errors
/// Those of fork(2).
pub fn fork_alone() -> io::Result<Option<Pid>> {
    // SAFETY: callers have no other thread, so the child is not bound to async-signal-safe calls.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { child } => Ok(Some(child)),
        ForkResult::Child => Ok(None),
    }
}

/// Like [`fork_alone`], but the child has this pid (clone3(2), `set_tid`, Linux 5.5). The child must execute a program next: what libc
/// keeps about its thread is the parent's.
///
/// # Errors
/// `EEXIST` if the pid is in use, also as a process group or session; `EPERM` without `CAP_CHECKPOINT_RESTORE`.
pub fn fork_alone_as(pid: Pid) -> io::Result<Option<Pid>> {
    let wanted = pid.as_raw();
    let arguments = CloneArguments {
        exit_signal: u64::from(libc::SIGCHLD.unsigned_abs()),
        set_tid: address_of(&wanted),
        set_tid_size: 1,
        ..CloneArguments::default()
    };
    // SAFETY: the kernel reads the structure and the number, which live for the call. Nothing is shared with the child, and callers
    // have no other thread, as for `fork_alone`.
    let made = unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<CloneArguments>()) };
    match i32::try_from(made) {
        Ok(0) => Ok(None),
        Ok(child) if child > 0 => Ok(Some(Pid::from_raw(child))),
        _ => Err(io::Error::last_os_error()),
    }
}

/// `struct clone_args` of `linux/sched.h`, which not every C library's headers have. 0 means "not used".
#[repr(C, align(8))]
#[derive(Default)]
struct CloneArguments {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// An address as the kernel takes it in a structure.
fn address_of<T>(value: &T) -> u64 {
    u64::try_from(std::ptr::from_ref(value).expose_provenance()).unwrap_or_default()
}

/// Lowers the scheduling priority, for work that nobody waits for. Affects only the calling thread (setpriority(2), "C
/// library/kernel differences").
pub fn lower_priority() {
    const NICE: c_int = 10;
    // SAFETY: setpriority(2) takes three integers; 0 is the caller.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) };
}

/// Ends this process immediately, without running exit handlers.
pub fn exit_now(status: c_int) -> ! {
    // SAFETY: _exit(2) takes an integer and does not return.
    unsafe { libc::_exit(status) }
}

/// A program and its arguments for execve(2), prepared before a fork because the child must not allocate.
pub struct Image<'a> {
    program: &'a CStr,
    argv: Vec<*const c_char>,
}

impl<'a> Image<'a> {
    /// `argv[0]` is also the path of the program.
    ///
    /// # Errors
    /// `EINVAL` for an empty vector.
    pub fn new(argv: &[&'a CStr]) -> io::Result<Self> {
        let program = *argv.first().ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?;
        Ok(Self::of(program, argv))
    }

    /// With a program that `argv` need not name.
    pub fn of(program: &'a CStr, argv: &[&'a CStr]) -> Self {
        Self { program, argv: argv.iter().map(|arg| arg.as_ptr()).chain([std::ptr::null()]).collect() }
    }

    /// Executes the program; returns only on failure.
    pub fn execute(&self, environment: &Environment<'_>) -> io::Error {
        // SAFETY: program and the elements of argv are live C strings that `self` borrows, the environment borrows its own,
        // and both arrays end with a null pointer.
        unsafe { libc::execve(self.program.as_ptr(), self.argv.as_ptr(), environment.pointers().as_ptr()) };
        io::Error::last_os_error()
    }
}

/// Executes a file that is open (execveat(2), `AT_EMPTY_PATH`): whatever has its path by now, this is the one that was checked.
/// Returns only on failure.
pub fn execute_file(file: impl AsFd, argv: &[&CStr], environment: &Environment<'_>) -> io::Error {
    let argv: Vec<*const c_char> = argv.iter().map(|arg| arg.as_ptr()).chain([std::ptr::null()]).collect();
    let (file, environment) = (file.as_fd().as_raw_fd(), environment.pointers().as_ptr());
    // SAFETY: the elements of argv are live C strings, the environment borrows its own, and both arrays end with a null pointer.
    unsafe {
        libc::syscall(libc::SYS_execveat, file, c"".as_ptr(), argv.as_ptr(), environment, libc::AT_EMPTY_PATH)
    };
    io::Error::last_os_error()
}

/// Opens a descriptor that becomes readable when the process ends.
///
/// # Errors
/// `ESRCH` if there is no such process, `ENOSYS` before Linux 5.3; pidfd_open(2).
pub fn pidfd_open(pid: Pid) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open(2) takes two integers; the result is checked before it is used as a descriptor.
    let number = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
    match RawFd::try_from(number) {
        Ok(number) if number >= 0 => Ok(fds::own(number)),
        _ => Err(io::Error::last_os_error()),
    }
}

/// How a process ended that its parent has reaped, from a pidfd opened before that (`PIDFD_GET_INFO`, Linux 6.15). `None` if it has
/// not been reaped yet, or the kernel is older.
pub fn pidfd_ended(pidfd: impl AsFd) -> Option<Ended> {
    /// `PIDFD_INFO_EXIT`.
    const EXIT: u64 = 1 << 3;
    let mut info = PidfdInfo { mask: EXIT, ..PidfdInfo::default() };
    // SAFETY: the structure, whose size is part of the request's number, lives for the call; the descriptor is borrowed and open.
    unsafe { pidfd_get_info(pidfd.as_fd().as_raw_fd(), &raw mut info) }.ok()?;
    (info.mask & EXIT != 0).then(|| Ended::of(info.exit_code))
}

/// Signals the process of the pidfd, never another one.
///
/// # Errors
/// `ESRCH` if it has ended; pidfd_send_signal(2).
pub fn pidfd_send_signal(pidfd: impl AsFd, signal: c_int) -> io::Result<()> {
    let fd = pidfd.as_fd().as_raw_fd();
    // SAFETY: the descriptor is borrowed and open; a null siginfo means "as kill(2) would".
    let result = unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, std::ptr::null::<libc::siginfo_t>(), 0)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Signals all processes of a group like killpg(3), also with signals nix has no name for.
///
/// # Errors
/// Those of kill(2); `EINVAL` for a number that does not name a single process group.
pub fn kill_group(group: Pid, signal: c_int) -> io::Result<()> {
    if group.as_raw() <= 1 {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    // SAFETY: kill(2) takes integers.
    let result = unsafe { libc::kill(-group.as_raw(), signal) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The signal this process receives when its parent ends, 0 for none; prctl(2), `PR_GET_PDEATHSIG`.
pub fn parent_death_signal() -> c_int {
    let mut signal = 0;
    // SAFETY: the second argument points to an integer that outlives the call.
    let result = unsafe { libc::prctl(libc::PR_GET_PDEATHSIG, &raw mut signal) };
    if result == 0 { signal } else { 0 }
}

/// The name of this thread, up to 15 bytes (prctl(2), `PR_GET_NAME`). nix's function of that purpose has the kernel write to a
/// buffer that the compiler takes for constant.
pub fn name() -> Vec<u8> {
    let mut name = [0_u8; 16];
    // SAFETY: the kernel writes at most 16 bytes, which live for the call.
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    name.split(|byte| *byte == 0).next().unwrap_or_default().to_vec()
}

/// All children of this process. Empty where the kernel does not list them (`CONFIG_PROC_CHILDREN`).
/// For a single-threaded process.
pub fn children() -> Vec<Pid> {
    listed("/proc/thread-self/children")
}

/// All children of another process. Empty as for [`children`].
pub fn children_of(pid: Pid) -> Vec<Pid> {
    listed(&format!("/proc/{pid}/task/{pid}/children"))
}

fn listed(path: &str) -> Vec<Pid> {
    let list = std::fs::read_to_string(path).unwrap_or_default();
    list.split_ascii_whitespace().filter_map(|word| word.parse().ok()).map(Pid::from_raw).collect()
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It exited with this code.
    Exited(i32),
    /// A signal killed it, real-time signals included.
    Killed(i32),
}

impl Ended {
    /// From a status as waitpid(2) returns it.
    pub fn of(status: c_int) -> Self {
        match libc::WIFSIGNALED(status) {
            true => Self::Killed(libc::WTERMSIG(status)),
            false => Self::Exited(libc::WEXITSTATUS(status)),
        }
    }

    /// The status as a shell reports it: the code, or 128 plus the signal.
    pub fn status(self) -> i32 {
        match self {
            Self::Exited(code) => code,
            Self::Killed(signal) => 128 + signal,
        }
    }
}

/// The result of waitpid(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// This child has ended and been reaped.
    Ended(Pid, Ended),
    /// No child has ended yet.
    None,
    /// No such child.
    NotOurs,
}

/// Which child to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// The one that ends first.
    Any,
    /// The one with this pid.
    This(Pid),
}

/// Whether it is our child and not yet reaped, running or not: until then its pid is not reused.
pub fn is_child(pid: Pid) -> bool {
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    let Ok(number) = libc::id_t::try_from(pid.as_raw()) else { return false };
    // SAFETY: waitid(2) takes a null pointer for "no details wanted" (Linux; "C library/kernel differences").
    unsafe { libc::waitid(libc::P_PID, number, std::ptr::null_mut(), options) == 0 }
}

/// How a child ended, without reaping it (waitid(2), `WNOWAIT`); `None` if none has ended.
pub fn ended_child(child: Child) -> Option<(Pid, Ended)> {
    /// SIGCHLD is sent once for each child: after a failure nothing would make the caller try again.
    const TRIES: usize = 3;
    let (kind, number) = match child {
        Child::Any => (libc::P_ALL, 0),
        Child::This(pid) => (libc::P_PID, libc::id_t::try_from(pid.as_raw()).ok()?),
    };
    // SAFETY: a structure of integers, for which 0 is valid.
    let mut found = unsafe { std::mem::zeroed::<libc::siginfo_t>() };
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: waitid(2) writes the structure, which lives for the call.
    let waits = || unsafe { libc::waitid(kind, number, &raw mut found, options) } == 0;
    if !std::iter::repeat_with(waits).take(TRIES).any(|worked| worked) {
        return None;
    }
    // SAFETY: waitid(2) sets the pid, to 0 if no child has ended.
    let pid = Some(unsafe { found.si_pid() }).filter(|pid| *pid > 0)?;
    // SAFETY: it sets the status as well.
    let status = unsafe { found.si_status() };
    let ended = match found.si_code {
        libc::CLD_EXITED => Ended::Exited(status),
        _ => Ended::Killed(status),
    };
    Some((Pid::from_raw(pid), ended))
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
            found if found > 0 => Waited::Ended(Pid::from_raw(found), Ended::of(status)),
            _ if nix::errno::Errno::last() == nix::errno::Errno::EINTR => continue,
            _ => Waited::NotOurs,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_has_ended_is_seen_before_it_is_reaped() {
        for (script, ended) in [("exit 7", Ended::Exited(7)), ("kill -9 $$", Ended::Killed(libc::SIGKILL))] {
            let mut process = std::process::Command::new("sh").args(["-c", script]).spawn().unwrap();
            let pid = Pid::from_raw(i32::try_from(process.id()).unwrap());
            let child = Child::This(pid);
            let seen = std::iter::repeat_with(|| ended_child(child)).find_map(|seen| seen).unwrap();
            assert_eq!((seen, ended_child(child)), ((pid, ended), Some((pid, ended))));
            process.wait().unwrap();
            assert_eq!(ended_child(child), None);
        }
    }

    #[test]
    fn the_name_of_a_thread_is_read() {
        std::thread::spawn(|| {
            for set in [c"a", c"fifteen letters"] {
                nix::sys::prctl::set_name(set).unwrap();
                assert_eq!(name(), set.to_bytes());
            }
        })
        .join()
        .unwrap();
    }
}
