//! The same for machines without such code: the process keeps its memory while it sleeps.

use super::{TRIES, Task};

/// Sleeps and executes the program.
///
/// # Safety
/// `task` is the address of a [`Task`] that stays mapped.
#[expect(clippy::multiple_unsafe_ops_per_block, reason = "system calls in a row that only read the task")]
pub(super) unsafe fn leave(task: usize, _stack: usize) -> ! {
    let task: *const Task = std::ptr::with_exposed_provenance(task);
    // SAFETY: see above.
    let task = unsafe { &*task };
    let time = |time: &[i64; 2]| libc::timespec { tv_sec: time[0] as _, tv_nsec: time[1] as _ };
    let (wake_at, pause, no_time) = (time(&task.wake_at), time(&task.pause), time(&task.no_time));
    let program: *const *const libc::c_char = std::ptr::with_exposed_provenance(task.argv);
    let environment = std::ptr::with_exposed_provenance(task.environment);
    let (all, mask) = ((&raw const task.all).cast(), (&raw const task.mask).cast());
    let (clock, none) = (libc::CLOCK_MONOTONIC, std::ptr::null_mut());
    // SAFETY: all of these only read; execve(2) reads arrays that end with a null pointer.
    unsafe {
        while libc::clock_nanosleep(clock, libc::TIMER_ABSTIME, &raw const wake_at, none) == libc::EINTR {}
        for _ in 0..TRIES {
            while libc::sigtimedwait(all, std::ptr::null_mut(), &raw const no_time) > 0 {}
            libc::sigprocmask(libc::SIG_SETMASK, mask, std::ptr::null_mut());
            libc::execve(*program, program, environment);
            libc::sigprocmask(libc::SIG_SETMASK, all, std::ptr::null_mut());
            libc::clock_nanosleep(clock, 0, &raw const pause, none);
        }
    }
    crate::process::exit_now(crate::process::EXECUTE_FAILED)
}
