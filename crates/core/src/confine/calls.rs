//! The system calls of a monitor whose container runs, until its own end. A call that can be made after the start must be
//! added here; `__test__/e2e` runs confined where a test has no exit command.
//!
//! The list is wider than what is normally called: it also holds what the C library, the allocator and Rust's library may
//! use instead, and what fallbacks for older kernels use. It is there to keep out what a monitor never does: trace,
//! mount, enter or make namespaces, load code into the kernel, change users, speak to a network. A monitor that is
//! upgraded executes a file which it has open; the new executable has the same restrictions, so the list also holds what
//! a program does when it starts.
//!
//! Calls that not every machine has are in [`super::machine`].

use std::ffi::c_long;

/// These are allowed whatever their arguments are.
#[rustfmt::skip]
pub(super) const ALLOWED: &[c_long] = &[
    // Output, logs, clients.
    libc::SYS_read, libc::SYS_write, libc::SYS_readv, libc::SYS_writev, libc::SYS_pread64, libc::SYS_pwrite64,
    libc::SYS_preadv, libc::SYS_pwritev, libc::SYS_lseek, libc::SYS_splice, libc::SYS_sendfile,
    libc::SYS_copy_file_range,
    libc::SYS_recvfrom, libc::SYS_recvmsg, libc::SYS_sendto, libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    // Files: rotation, compression, reopening, exit files, `oom`.
    libc::SYS_openat, libc::SYS_openat2, libc::SYS_close, libc::SYS_close_range, libc::SYS_fstat,
    libc::SYS_statx, libc::SYS_statfs, libc::SYS_fstatfs, libc::SYS_faccessat,
    libc::SYS_faccessat2, libc::SYS_readlinkat, libc::SYS_getdents64, libc::SYS_getcwd, libc::SYS_linkat,
    libc::SYS_unlinkat, libc::SYS_renameat2, libc::SYS_ftruncate, libc::SYS_fallocate,
    libc::SYS_fsync, libc::SYS_fdatasync, libc::SYS_fchmod, libc::SYS_fchmodat,
    libc::SYS_utimensat, libc::SYS_umask, libc::SYS_flock, libc::SYS_fcntl, libc::SYS_ioctl, libc::SYS_dup,
    libc::SYS_dup3, libc::SYS_pipe2, libc::SYS_memfd_create,
    libc::SYS_inotify_init1, libc::SYS_inotify_add_watch, libc::SYS_inotify_rm_watch,
    // Sockets: clients, the journal, syslog, sd-notify. `socket` itself is in `FILTERED`.
    libc::SYS_connect, libc::SYS_accept4, libc::SYS_shutdown, libc::SYS_getsockopt,
    libc::SYS_setsockopt, libc::SYS_getsockname, libc::SYS_getpeername,
    // Waiting.
    libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait, libc::SYS_epoll_pwait2, libc::SYS_ppoll,
    libc::SYS_pselect6, libc::SYS_eventfd2, libc::SYS_signalfd4, libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime, libc::SYS_timerfd_gettime, libc::SYS_nanosleep, libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_gettimeofday, libc::SYS_futex,
    libc::SYS_sched_yield, libc::SYS_restart_syscall,
    // The container, and the child that compresses. `clone` itself is in `FILTERED`.
    libc::SYS_wait4, libc::SYS_waitid, libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill,
    libc::SYS_pidfd_open, libc::SYS_pidfd_send_signal, libc::SYS_getpid, libc::SYS_getppid, libc::SYS_gettid, libc::SYS_getpgid,
    libc::SYS_setpriority, libc::SYS_getpriority, libc::SYS_set_robust_list, libc::SYS_rseq,
    libc::SYS_prctl, libc::SYS_exit, libc::SYS_exit_group,
    // Another version of this program (`handover`).
    libc::SYS_execveat, libc::SYS_set_tid_address, libc::SYS_prlimit64,
    libc::SYS_rt_sigaction, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait, libc::SYS_sigaltstack,
    // Memory, and what libraries ask.
    libc::SYS_munmap, libc::SYS_mremap, libc::SYS_mprotect, libc::SYS_madvise, libc::SYS_brk,
    libc::SYS_getrandom, libc::SYS_getuid, libc::SYS_geteuid, libc::SYS_getgid, libc::SYS_getegid,
    libc::SYS_uname, libc::SYS_sysinfo, libc::SYS_sched_getaffinity, libc::SYS_getrusage,
    libc::SYS_capget,
];

/// Calls that are neither needed nor harmful. They are allowed where their numbers lie between those of allowed calls, because the program
/// is shorter then: the kernel compiles it, and runs it with every number when it is installed.
#[rustfmt::skip]
pub(super) const HARMLESS: &[c_long] = &[
    // Tested before the list is searched.
    libc::SYS_socket, libc::SYS_clone,
    libc::SYS_msync, libc::SYS_mincore, libc::SYS_getitimer, libc::SYS_setitimer, libc::SYS_bind, libc::SYS_listen,
    libc::SYS_socketpair, libc::SYS_truncate, libc::SYS_chdir, libc::SYS_fchdir, libc::SYS_mkdirat,
    libc::SYS_symlinkat, libc::SYS_fchown, libc::SYS_fchownat, libc::SYS_mknodat, libc::SYS_times, libc::SYS_setpgid,
    libc::SYS_setsid, libc::SYS_getsid, libc::SYS_getgroups, libc::SYS_getresuid, libc::SYS_getresgid,
    libc::SYS_rt_sigqueueinfo, libc::SYS_rt_sigsuspend,
    libc::SYS_timer_create, libc::SYS_timer_settime, libc::SYS_timer_gettime, libc::SYS_timer_getoverrun,
    libc::SYS_timer_delete, libc::SYS_tee, libc::SYS_vmsplice,
    libc::SYS_get_robust_list, libc::SYS_sched_setaffinity, libc::SYS_preadv2, libc::SYS_pwritev2,
    libc::SYS_membarrier, libc::SYS_mlock2,
];

/// Namespaces that clone(2) could make.
const NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u32;

/// A condition for the lower half of a first argument.
#[derive(Clone, Copy, Debug)]
pub(super) enum First {
    /// It is this number.
    Is(u32),
    /// It has none of these bits.
    HasNone(u32),
}

/// These are allowed if their first argument is right.
pub(super) const FILTERED: &[(c_long, First)] =
    &[(libc::SYS_socket, First::Is(1 /* AF_UNIX */)), (libc::SYS_clone, First::HasNone(NAMESPACES))];
