//! The code that a hibernating process runs last: it uses nothing but its argument, its stack and system calls.

use super::machine::call;
use super::regions::Range;
use super::{TRIES, Task};

/// The size of the kernel's signal sets: `_NSIG / 8`.
const SIGNAL_SET: usize = 8;

/// Releases the ranges, waits, and executes the program. Exits with 127 if that fails [`TRIES`] times.
///
/// # Safety
/// `task` must be the address of a [`Task`] that stays mapped, and its ranges must hold nothing that is used from here on.
#[inline(never)]
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "system calls in a row that only read the task")]
pub(super) unsafe extern "C" fn run(task: usize) -> ! {
    const INTERRUPTED: isize = -(libc::EINTR as isize);
    const CHILD_ENDED: isize = libc::SIGCHLD as isize;
    const ABSOLUTE: usize = libc::TIMER_ABSTIME as usize;
    const CLOCK: usize = libc::CLOCK_MONOTONIC as usize;
    let task: *const Task = std::ptr::with_exposed_provenance(task);
    // SAFETY: `leave` passes the address of a task that stays mapped and that nothing else uses.
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
    let set = |set: &u64| (&raw const *set).addr();
    if task.awaited != 0 {
        loop {
            // SAFETY: only reads the task; returns the number of a signal.
            match unsafe { call(libc::SYS_rt_sigtimedwait, set(&task.awaited), 0, 0, SIGNAL_SET) } {
                CHILD_ENDED => break,
                INTERRUPTED => {}
                signal if signal > 0 => {
                    // SAFETY: takes integers. The receiver is a child, whose number passes to no other process until it is reaped.
                    unsafe { call(libc::SYS_kill, task.receiver, signal.cast_unsigned(), 0, 0) };
                }
                _ => {
                    // SAFETY: only reads the task.
                    unsafe { call(libc::SYS_clock_nanosleep, CLOCK, 0, at(&task.pause), 0) };
                }
            }
        }
    }
    // SAFETY: only reads the task.
    unsafe { while call(libc::SYS_clock_nanosleep, CLOCK, ABSOLUTE, at(&task.wake_at), 0) == INTERRUPTED {} }
    let (all, mask) = (set(&task.all), set(&task.mask));
    let mut left = TRIES;
    while left > 0 {
        // SAFETY: as above; execve(2) reads arrays that end with a null pointer.
        unsafe {
            while call(libc::SYS_rt_sigtimedwait, set(&task.discarded), 0, at(&task.no_time), SIGNAL_SET) > 0
            {
            }
            call(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK as usize, mask, 0, SIGNAL_SET);
            call(libc::SYS_execve, task.program, task.argv, task.environment, 0);
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
