//! What differs between machines: how they are named, and system calls that not all of them have. With [`super::calls`] it is
//! the whole list.
//!
//! Older machines have names for calls that newer ones have under another name only. 32-bit ones have calls with wider numbers
//! beside those with their own, of which the C library may use either.

use std::ffi::c_long;

pub(super) use here::{ALLOWED, ARCHITECTURE, HARMLESS};

#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
mod here {
    use super::{COMMON, OLD, c_long};

    /// `AUDIT_ARCH_…` (`linux/audit.h`): numbers mean something else for programs of another architecture, which this process
    /// could also call as.
    pub(in super::super) const ARCHITECTURE: Option<u32> = Some(0xc000_003e);
    /// As `calls::ALLOWED`.
    pub(in super::super) const ALLOWED: &[&[c_long]] =
        &[COMMON, OLD, &[libc::SYS_accept, libc::SYS_sync_file_range, libc::SYS_select, libc::SYS_time, libc::SYS_alarm, libc::SYS_arch_prctl]];
    /// As `calls::HARMLESS`.
    pub(in super::super) const HARMLESS: &[c_long] = &[
        libc::SYS_fadvise64, libc::SYS_pkey_mprotect, libc::SYS_pkey_alloc, libc::SYS_pkey_free,
        libc::SYS_pause, libc::SYS_mkdir, libc::SYS_rmdir, libc::SYS_symlink, libc::SYS_chown, libc::SYS_lchown,
        libc::SYS_getrlimit, libc::SYS_utimes, libc::SYS_futimesat, libc::SYS_epoll_ctl_old,
        libc::SYS_epoll_wait_old, libc::SYS_epoll_create,
    ];
}

#[cfg(any(target_arch = "aarch64", target_arch = "riscv64"))]
mod here {
    use super::{COMMON, c_long};

    pub(in super::super) const ARCHITECTURE: Option<u32> =
        Some(if cfg!(target_arch = "aarch64") { 0xc000_00b7 } else { 0xc000_00f3 });
    /// renameat(2), which riscv64 does not have.
    #[cfg(target_arch = "aarch64")]
    const RENAMEAT: &[c_long] = &[libc::SYS_renameat];
    #[cfg(target_arch = "riscv64")]
    const RENAMEAT: &[c_long] = &[];
    pub(in super::super) const ALLOWED: &[&[c_long]] =
        &[COMMON, RENAMEAT, &[libc::SYS_accept, libc::SYS_sync_file_range]];
    pub(in super::super) const HARMLESS: &[c_long] =
        &[libc::SYS_fadvise64, libc::SYS_pkey_mprotect, libc::SYS_pkey_alloc, libc::SYS_pkey_free];
}

#[cfg(all(target_arch = "powerpc64", target_endian = "little"))]
#[rustfmt::skip]
mod here {
    use super::{COMMON, OLD, c_long};

    pub(in super::super) const ARCHITECTURE: Option<u32> = Some(0xc000_0015);
    pub(in super::super) const ALLOWED: &[&[c_long]] = &[COMMON, OLD, &[
        libc::SYS_accept, libc::SYS_sync_file_range2, libc::SYS_select, libc::SYS__newselect, libc::SYS__llseek,
        libc::SYS_send, libc::SYS_recv, libc::SYS_time, libc::SYS_alarm, libc::SYS_ugetrlimit,
        libc::SYS_statfs64, libc::SYS_fstatfs64, libc::SYS_sigreturn, libc::SYS_waitpid,
    ]];
    pub(in super::super) const HARMLESS: &[c_long] = &[];
}

#[cfg(all(target_arch = "arm", target_endian = "little"))]
#[rustfmt::skip]
mod here {
    use super::{OLD, c_long};

    pub(in super::super) const ARCHITECTURE: Option<u32> = Some(0x4000_0028);
    /// Calls with 64 bits for seconds, of Linux 5.1 (`arch/arm/tools/syscall.tbl`).
    const TIME64: &[c_long] = &[
        403, // clock_gettime64
        406, // clock_getres_time64
        407, // clock_nanosleep_time64
        410, // timerfd_gettime64
        411, // timerfd_settime64
        412, // utimensat_time64
        413, // pselect6_time64
        414, // ppoll_time64
        417, // recvmmsg_time64
        421, // rt_sigtimedwait_time64
        422, // futex_time64
    ];
    /// `cacheflush` and `set_tls` (`asm/unistd.h`).
    const PRIVATE: &[c_long] = &[0x000f_0002, 0x000f_0005];
    pub(in super::super) const ALLOWED: &[&[c_long]] = &[OLD, TIME64, PRIVATE, &[
        libc::SYS_accept, libc::SYS_arm_sync_file_range, libc::SYS__newselect, libc::SYS__llseek, libc::SYS_send,
        libc::SYS_recv, libc::SYS_mmap2, libc::SYS_fcntl64, libc::SYS_stat64, libc::SYS_lstat64, libc::SYS_fstat64,
        libc::SYS_fstatat64, libc::SYS_statfs64, libc::SYS_fstatfs64, libc::SYS_ftruncate64, libc::SYS_sendfile64,
        libc::SYS_getuid32, libc::SYS_geteuid32, libc::SYS_getgid32, libc::SYS_getegid32, libc::SYS_ugetrlimit,
        libc::SYS_sigreturn,
    ]];
    pub(in super::super) const HARMLESS: &[c_long] = &[];
}

#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64",
    all(any(target_arch = "powerpc64", target_arch = "arm"), target_endian = "little")
)))]
mod here {
    use super::c_long;

    /// Not known here. Not s390x's either: its C library makes sockets by socketcall(2), which hides their family from a filter, and
    /// the first argument of its clone(2) is the stack.
    pub(in super::super) const ARCHITECTURE: Option<u32> = None;
    pub(in super::super) const ALLOWED: &[&[c_long]] = &[];
    pub(in super::super) const HARMLESS: &[c_long] = &[];
}

/// What 64-bit machines have in common.
#[cfg(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64",
    all(target_arch = "powerpc64", target_endian = "little")
))]
const COMMON: &[c_long] = &[libc::SYS_mmap, libc::SYS_newfstatat];

/// What newer machines have under another name only.
#[cfg(any(target_arch = "x86_64", all(any(target_arch = "powerpc64", target_arch = "arm"), target_endian = "little")))]
#[rustfmt::skip]
const OLD: &[c_long] = &[
    libc::SYS_open, libc::SYS_creat, libc::SYS_stat, libc::SYS_lstat, libc::SYS_access, libc::SYS_readlink,
    libc::SYS_link, libc::SYS_unlink, libc::SYS_rename, libc::SYS_renameat, libc::SYS_chmod, libc::SYS_getdents,
    libc::SYS_dup2, libc::SYS_pipe, libc::SYS_poll, libc::SYS_epoll_wait,
    libc::SYS_eventfd, libc::SYS_signalfd, libc::SYS_inotify_init, libc::SYS_getpgrp, libc::SYS_fork,
];
