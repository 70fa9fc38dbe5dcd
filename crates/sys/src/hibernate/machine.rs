//! The machine-dependent part of hibernation: switching to another stack, and system calls without the C library.

use core::ffi::c_long;

use super::last::run;

/// Whether this code needs no other memory, so that it can be released.
pub(super) const RELEASES: bool = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));

/// Continues in [`run`] on another stack.
///
/// # Safety
/// `task` and the memory below `stack` must stay mapped, and be the only memory that `run` uses.
#[cfg(target_arch = "x86_64")]
pub(super) unsafe fn leave(task: usize, stack: usize) -> ! {
    // SAFETY: the stack is aligned to 16 bytes, as the ABI wants it before a call; `run` does not return.
    unsafe {
        core::arch::asm!("mov rsp, {stack}", "xor ebp, ebp", "call {run}", "ud2", stack = in(reg) stack,
            run = sym run, in("rdi") task, options(noreturn))
    }
}

/// As above.
///
/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
pub(super) unsafe fn leave(task: usize, stack: usize) -> ! {
    // SAFETY: the stack is aligned to 16 bytes, as the processor requires; `run` does not return.
    unsafe {
        core::arch::asm!("mov sp, {stack}", "mov x29, xzr", "bl {run}", "brk #1", stack = in(reg) stack,
            run = sym run, in("x0") task, options(noreturn))
    }
}

/// The same for machines without such code: the process keeps its memory.
///
/// # Safety
/// `task` must stay mapped.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) unsafe fn leave(task: usize, _stack: usize) -> ! {
    // SAFETY: `task` stays mapped, as the caller guarantees.
    unsafe { run(task) }
}

/// Makes a system call; negative results are errors.
///
/// # Safety
/// That of the call.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) unsafe fn call(number: c_long, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the call. The kernel changes rax, rcx and r11 (syscall(2), "Architecture calling conventions").
    unsafe {
        core::arch::asm!("syscall", inlateout("rax") number => result, in("rdi") a, in("rsi") b, in("rdx") c,
            in("r10") d, lateout("rcx") _, lateout("r11") _, options(nostack))
    };
    result
}

/// As above.
///
/// # Safety
/// As above.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub(super) unsafe fn call(number: c_long, a: usize, b: usize, c: usize, d: usize) -> isize {
    let result;
    // SAFETY: the caller vouches for the call. The kernel changes x0 only.
    unsafe {
        core::arch::asm!("svc 0", in("x8") number, inlateout("x0") a => result, in("x1") b, in("x2") c,
            in("x3") d, options(nostack))
    };
    result
}

/// As above, through the C library.
///
/// # Safety
/// As above.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) unsafe fn call(number: c_long, a: usize, b: usize, c: usize, d: usize) -> isize {
    // SAFETY: the caller vouches for the call.
    match unsafe { libc::syscall(number, a, b, c, d) } {
        -1 => -(nix::errno::Errno::last_raw() as isize),
        result => result as isize,
    }
}
