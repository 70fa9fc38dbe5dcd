//! The last code of a hibernating process: it uses nothing but its argument, its stack and system calls.

use core::arch::asm;

use super::regions::Range;
use super::{TRIES, Task};

/// The size of the kernel's signal sets: `_NSIG / 8`.
const SIGNAL_SET: usize = 8;

/// Continues in [`run`] on another stack.
///
/// # Safety
/// `task` and the memory below `stack` must stay mapped, and be the only memory that `run` uses.
#[cfg(target_arch = "x86_64")]
pub(super) unsafe fn leave(task: usize, stack: usize) -> ! {
    // SAFETY: the stack is aligned to 16 bytes, as the ABI wants it before a call; `run` does not return.
    unsafe {
        asm!("mov rsp, {stack}", "xor ebp, ebp", "call {run}", "ud2", stack = in(reg) stack, run = sym run,
            in("rdi") task, options(noreturn))
    }
}

/// As above.
///
/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
pub(super) unsafe fn leave(task: usize, stack: usize) -> ! {
    // SAFETY: as above.
    unsafe {
        asm!("mov sp, {stack}", "mov x29, xzr", "bl {run}", "brk #1", stack = in(reg) stack, run = sym run,
            in("x0") task, options(noreturn))
    }
}

/// Makes a system call; negative results are errors.
///
/// # Safety
/// That of the call.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn call(number: libc::c_long, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the kernel changes rax, rcx and r11 (syscall(2), "Architecture calling conventions").
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d,
            lateout("rcx") _, lateout("r11") _, options(nostack))
    };
    result
}

/// As above.
///
/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
unsafe fn call(number: libc::c_long, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the kernel changes x0 only.
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a => result, in("x1") b, in("x2") c, in("x3") d,
            options(nostack))
    };
    result
}

/// The rest of this process. Uses nothing but its argument, its stack and system calls.
#[inline(never)]
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "system calls in a row that only read the task")]
unsafe extern "C" fn run(task: usize) -> ! {
    const INTERRUPTED: isize = -(libc::EINTR as isize);
    const ABSOLUTE: usize = libc::TIMER_ABSTIME as usize;
    const CLOCK: usize = libc::CLOCK_MONOTONIC as usize;
    let task: *const Task = std::ptr::with_exposed_provenance(task);
    // SAFETY: see `leave`.
    let task = unsafe { &*task };
    let mut range: *const Range = std::ptr::with_exposed_provenance(task.ranges);
    let mut left = task.range_count;
    while left > 0 {
        // SAFETY: `range_count` ranges follow one another. Nothing in them is used from here on.
        unsafe {
            call(libc::SYS_madvise, (*range).start, (*range).length, libc::MADV_DONTNEED as usize, 0);
            range = range.add(1);
        }
        left -= 1;
    }
    let at = |time: &[i64; 2]| (&raw const *time).addr();
    // SAFETY: all of these only read the task.
    unsafe { while call(libc::SYS_clock_nanosleep, CLOCK, ABSOLUTE, at(&task.wake_at), 0) == INTERRUPTED {} }
    let (all, mask) = ((&raw const task.all).addr(), (&raw const task.mask).addr());
    let program: *const usize = std::ptr::with_exposed_provenance(task.argv);
    let mut left = TRIES;
    while left > 0 {
        // SAFETY: as above; execve(2) reads arrays that end with a null pointer.
        unsafe {
            while call(libc::SYS_rt_sigtimedwait, all, 0, at(&task.no_time), SIGNAL_SET) > 0 {}
            call(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK as usize, mask, 0, SIGNAL_SET);
            call(libc::SYS_execve, *program, task.argv, task.environment, 0);
            call(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK as usize, all, 0, SIGNAL_SET);
            call(libc::SYS_clock_nanosleep, CLOCK, 0, at(&task.pause), 0);
        }
        left -= 1;
    }
    loop {
        // SAFETY: takes an integer.
        unsafe { call(libc::SYS_exit_group, 127, 0, 0, 0) };
    }
}
