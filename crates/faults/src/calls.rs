//! Which system calls can fail, and how: the errors that their man pages (section 2) list.
//!
//! Errors about the caller's own arguments (EBADF, EFAULT, EINVAL etc.) are left out, unless a kernel or a file system
//! that lacks a feature returns them too. EINTR and EAGAIN are added wherever the kernel may return them for some kind of
//! descriptor. Calls that man pages call "always successful" are in [`INFALLIBLE`]; a call in neither list is reported, so
//! that none is forgotten.

use nix::errno::Errno::{self, *};

/// When the error is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The call does nothing.
    Refused,
    /// The call does its work and still returns the error, like close(2) and fsync(2).
    Done,
}

/// One system call and the injected faults.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) errnos: &'static [Errno],
    pub(crate) effect: Effect,
    /// Transfers at most as many bytes, or pieces, as the third argument says.
    pub(crate) short: bool,
}

const fn call(name: &'static str, errnos: &'static [Errno]) -> Call {
    Call { name, errnos, effect: Effect::Refused, short: false }
}

const fn done(name: &'static str, errnos: &'static [Errno]) -> Call {
    Call { name, errnos, effect: Effect::Done, short: false }
}

const fn transfer(name: &'static str, errnos: &'static [Errno]) -> Call {
    Call { name, errnos, effect: Effect::Refused, short: true }
}

const OPEN: &[Errno] = &[
    EACCES, EAGAIN, EDQUOT, EINTR, ELOOP, EMFILE, ENFILE, ENODEV, ENOENT, ENOMEM, ENOSPC, ENXIO, EPERM,
    EROFS, ETXTBSY, EIO,
];
const READ: &[Errno] = &[EAGAIN, EINTR, EIO, ENOMEM];
const WRITE: &[Errno] = &[EAGAIN, EDQUOT, EFBIG, EINTR, EIO, ENOSPC, EPERM, EPIPE, ENOMEM];
const SEND: &[Errno] = &[EACCES, EAGAIN, ECONNREFUSED, ECONNRESET, EINTR, ENOBUFS, ENOMEM, EPIPE, ENOTCONN];
const RECEIVE: &[Errno] = &[EAGAIN, EINTR, ENOMEM, ECONNRESET];
const STAT: &[Errno] = &[EACCES, ELOOP, ENOENT, ENOMEM, EINTR, EIO];
const PATH: &[Errno] =
    &[EACCES, EDQUOT, EIO, ELOOP, ENOENT, ENOMEM, ENOSPC, EPERM, EROFS, EBUSY, EEXIST, EMLINK, EXDEV, EINTR];
const MEMORY: &[Errno] = &[ENOMEM, EAGAIN, EACCES, EPERM];
const FORK: &[Errno] = &[EAGAIN, ENOMEM, ENOSPC, EPERM];
const SLOTS: &[Errno] = &[EMFILE, ENFILE, ENOMEM, EINTR, ENOSYS, EPERM];

/// All calls into which faults are injected.
pub(crate) const CALLS: &[Call] = &[
    call("accept", &[EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM]),
    call("accept4", &[EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM]),
    call("access", &[EACCES, ELOOP, ENOENT, ENOMEM, EIO, EROFS]),
    call("bind", &[EACCES, EADDRINUSE, ELOOP, ENOENT, ENOMEM, EROFS, EINTR]),
    call("capset", &[EPERM]),
    call("chdir", &[EACCES, EIO, ELOOP, ENOENT, ENOMEM]),
    call("chmod", &[EACCES, EIO, ELOOP, ENOENT, ENOMEM, EPERM, EROFS]),
    call("clone", FORK),
    call("clone3", &[EAGAIN, ENOMEM, ENOSPC, EPERM, ENOSYS]),
    done("close", &[EINTR, EIO, ENOSPC, EDQUOT]),
    call("close_range", &[EMFILE, ENOMEM, ENOSYS, EPERM]),
    call("connect", &[EACCES, EAGAIN, ECONNREFUSED, EINTR, ENOENT, EPERM]),
    call("copy_file_range", &[EINTR, EIO, ENOMEM, ENOSPC, EPERM, EXDEV, ENOSYS]),
    call("dup", SLOTS),
    call("dup2", &[EBUSY, EINTR, EMFILE, ENOMEM]),
    call("dup3", &[EBUSY, EINTR, EMFILE, ENOMEM]),
    call("epoll_create1", SLOTS),
    call("epoll_ctl", &[ENOMEM, ENOSPC, EPERM, EINTR]),
    call("epoll_pwait", &[EINTR]),
    call("epoll_wait", &[EINTR]),
    call("eventfd2", SLOTS),
    call(
        "execveat",
        &[EACCES, EAGAIN, EBADF, EIO, ELOOP, EMFILE, ENFILE, ENOENT, ENOEXEC, ENOMEM, EPERM, ETXTBSY],
    ),
    call("execve", &[EACCES, EAGAIN, EIO, ELOOP, EMFILE, ENFILE, ENOENT, ENOEXEC, ENOMEM, EPERM, ETXTBSY]),
    call("fallocate", &[EINTR, EIO, ENOSPC, EPERM, ENOSYS]),
    call("fchdir", &[EACCES, EIO, ENOMEM]),
    call("fchmod", &[EIO, EPERM, EROFS, ENOMEM, EINTR]),
    call("fchmodat", &[EIO, EPERM, EROFS, ENOMEM, ENOENT]),
    call("fchown", &[EIO, EPERM, EROFS, ENOMEM]),
    call("fcntl", &[EAGAIN, EINTR, EMFILE, ENOMEM, EPERM]),
    done("fdatasync", &[EINTR, EIO, ENOSPC, EROFS, EDQUOT]),
    call("flock", &[EINTR, ENOLCK, EAGAIN]),
    call("fstat", &[EIO, ENOMEM]),
    call("fstatfs", &[EINTR, EIO, ENOMEM, ENOSYS]),
    done("fsync", &[EINTR, EIO, ENOSPC, EROFS, EDQUOT]),
    call("ftruncate", &[EFBIG, EINTR, EIO, EPERM, EROFS, ETXTBSY]),
    call("getcwd", &[EACCES, ENOENT, ENOMEM]),
    call("getdents64", &[ENOENT, EINTR, EIO, ENOMEM]),
    call("getpgid", &[EPERM, ESRCH]),
    call("getrandom", &[EAGAIN, EINTR, ENOSYS]),
    call("getsockopt", &[ENOMEM, ENOTCONN]),
    call("inotify_add_watch", &[EACCES, ENOENT, ENOMEM, ENOSPC]),
    call("inotify_init1", &[EMFILE, ENFILE, ENOMEM]),
    call("ioctl", &[EINTR, EIO, EPERM]),
    call("kill", &[EPERM, ESRCH]),
    call("landlock_add_rule", &[ENOMEM, EPERM, ENOSYS]),
    call("landlock_create_ruleset", &[EOPNOTSUPP, ENOSYS, EPERM, EMFILE]),
    call("landlock_restrict_self", &[EPERM, ENOSYS, E2BIG]),
    call("link", PATH),
    call("linkat", PATH),
    call("listen", &[EADDRINUSE, ENOMEM]),
    call("lseek", &[ESPIPE, EINTR]),
    call("lstat", STAT),
    call("madvise", &[EAGAIN, EINTR, EIO, ENOMEM, EPERM]),
    call("memfd_create", SLOTS),
    call("mkdir", PATH),
    call("mkdirat", PATH),
    call("mknod", PATH),
    call("mknodat", PATH),
    call("mmap", MEMORY),
    call("mprotect", &[ENOMEM, EACCES]),
    call("mremap", &[ENOMEM, EAGAIN]),
    call("munmap", &[ENOMEM]),
    call("newfstatat", STAT),
    call("open", OPEN),
    call("openat", OPEN),
    call("openat2", &[EAGAIN, E2BIG, ENOSYS, EPERM, EXDEV, ELOOP, EMFILE, ENOENT, EACCES, ENOMEM]),
    call("pidfd_open", &[EMFILE, ENFILE, ENODEV, ENOMEM, ENOSYS, EPERM, EINTR]),
    call("pidfd_send_signal", &[EPERM, ESRCH, ENOSYS]),
    call("pipe2", SLOTS),
    call("poll", &[EINTR, ENOMEM]),
    call("ppoll", &[EINTR, ENOMEM]),
    call("prctl", &[EPERM, EACCES]),
    transfer("pread64", READ),
    transfer("pwrite64", WRITE),
    call("prlimit64", &[EPERM]),
    transfer("read", READ),
    call("readlink", STAT),
    call("readlinkat", STAT),
    call("readv", READ),
    transfer("recvfrom", RECEIVE),
    call("recvmmsg", RECEIVE),
    call("recvmsg", &[EAGAIN, EINTR, ENOMEM, ECONNRESET, EMFILE]),
    call("rename", PATH),
    call("renameat", PATH),
    call("renameat2", PATH),
    call("rmdir", PATH),
    call("rt_sigtimedwait", &[EAGAIN, EINTR]),
    call("seccomp", &[EACCES, ENOMEM, ENOSYS, EPERM]),
    call("sendmmsg", SEND),
    call("sendmsg", SEND),
    transfer("sendto", SEND),
    call("setpgid", &[EACCES, EPERM, ESRCH]),
    call("setpriority", &[EACCES, EPERM, ESRCH]),
    call("setsid", &[EPERM]),
    call("setsockopt", &[ENOMEM, ENOBUFS, EPERM]),
    call("shutdown", &[ENOTCONN, ENOBUFS]),
    call("signalfd4", SLOTS),
    call("socket", &[EACCES, EMFILE, ENFILE, ENOBUFS, ENOMEM]),
    call("socketpair", SLOTS),
    call("splice", &[EAGAIN, ENOMEM, EINTR]),
    call("stat", STAT),
    call("statfs", STAT),
    call("statx", &[EACCES, ELOOP, ENOENT, ENOMEM, EINTR, EIO, ENOSYS, EPERM]),
    call("symlink", PATH),
    call("symlinkat", PATH),
    call("tgkill", &[EAGAIN, EPERM, ESRCH]),
    call("timerfd_create", SLOTS),
    call("timerfd_settime", &[ECANCELED]),
    call("unlink", PATH),
    call("unlinkat", PATH),
    call("utimensat", &[EACCES, EPERM, EROFS, ENOENT]),
    call("vfork", FORK),
    call("fork", FORK),
    call("wait4", &[EINTR, ECHILD]),
    call("waitid", &[EINTR, ECHILD, EAGAIN]),
    transfer("write", WRITE),
    transfer("writev", WRITE),
];

/// Calls that do not fail in a way a program could see or handle, and the C library's set-up before `main`, which ends the
/// process with a message on failure.
pub(crate) const INFALLIBLE: &[&str] = &[
    "arch_prctl",
    "brk",
    "capget",
    "clock_gettime",
    "clock_nanosleep",
    "exit",
    "exit_group",
    "futex",
    "getegid",
    "geteuid",
    "getgid",
    "getpgrp",
    "getpid",
    "getppid",
    "gettid",
    "getuid",
    "nanosleep",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "set_tid_address",
    "sigaltstack",
    "sysinfo",
    "umask",
    "uname",
];

/// The faults of a call, by its name.
pub(crate) fn find(name: &str) -> Option<&'static Call> {
    CALLS.iter().find(|call| call.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::number_of;

    #[test]
    fn every_call_in_the_tables_has_a_number() {
        for name in CALLS.iter().map(|call| call.name).chain(INFALLIBLE.iter().copied()) {
            assert!(number_of(name).is_some(), "{name}");
        }
    }

    #[test]
    fn no_call_is_listed_twice() {
        let mut names: Vec<_> =
            CALLS.iter().map(|call| call.name).chain(INFALLIBLE.iter().copied()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
