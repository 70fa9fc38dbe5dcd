//! [`Backoff`]: when to repeat what failed. Used for sources that could not be read or written, and for steps at the start
//! and at the end of a container whose failure would lose its exit status or its cleanup.
//!
//! A descriptor whose read or write failed stays ready, so a level-triggered wait would return again and again (epoll(7)).
//! Its owner takes it out of the wait until the pause is over. The pause doubles up to a second: a single error delays
//! next to nothing, and one that lasts costs one wake-up a second.
//!
//! A step is repeated without a pause first, whatever the reason ([`in_a_row`]): that is enough for everything that happens
//! once. After that it is repeated with pauses only if its reason is transient ([`is_transient`]).

use std::io;
use std::time::{Duration, Instant};

/// How often a step is tried without a pause.
const TRIES: usize = 3;
/// The longest pause. A recovery is noticed within this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Failures in a row from which a problem is worth a warning.
const LASTING: u32 = 4;

/// The failures in a row of one source or step, and the pause before it is tried again.
#[derive(Debug)]
pub(crate) struct Backoff {
    first_pause: Duration,
    failures: u32,
    /// When the first of these failures happened.
    since: Option<Instant>,
    due: Option<Instant>,
}

impl Backoff {
    /// For a descriptor that is read or written whenever it is ready.
    pub(crate) const fn for_source() -> Self {
        Self::starting_with(Duration::from_millis(1))
    }

    /// For a step that has been tried [`in_a_row`].
    pub(crate) const fn for_step() -> Self {
        Self::starting_with(Duration::from_millis(10))
    }

    const fn starting_with(first_pause: Duration) -> Self {
        Self { first_pause, failures: 0, since: None, due: None }
    }

    /// Notes a failure and starts the pause.
    pub(crate) fn failed(&mut self, now: Instant) {
        let pause = self.first_pause.saturating_mul(1 << self.failures.min(10)).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.since.get_or_insert(now);
        self.due = Some(now + pause);
    }

    /// Notes a success: the next failure is a first one. Returns whether there was a failure before.
    pub(crate) fn worked(&mut self) -> bool {
        (self.since, self.due) = (None, None);
        std::mem::take(&mut self.failures) > 0
    }

    /// Whether the last attempt failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// Whether it has failed often enough for a warning.
    pub(crate) fn is_lasting(&self) -> bool {
        self.failures >= LASTING
    }

    /// For how long it has been failing.
    pub(crate) fn failing_for(&self, now: Instant) -> Duration {
        self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
    }

    /// When to try again; `None` if it does not fail or is being tried.
    pub(crate) fn next_try(&self) -> Option<Instant> {
        self.due
    }

    /// Whether the pause is not over, or has not been [taken](Self::take) since.
    pub(crate) fn is_pausing(&self) -> bool {
        self.due.is_some()
    }

    /// Whether to try now.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| due <= now)
    }

    /// Ends a pause that is over, and returns whether there was one.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.due.take_if(|due| *due <= now).is_some()
    }

    /// Blocks until the pause is over.
    pub(crate) fn sleep(&self) {
        if let Some(due) = self.due {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

/// Tries a step up to three times without a pause. The step must leave nothing behind when it fails.
///
/// # Errors
/// That of the last attempt.
pub(crate) fn in_a_row<T>(mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..TRIES {
        if let Ok(done) = step() {
            return Ok(done);
        }
    }
    step()
}

/// Tries a step [`in_a_row`], then with pauses while the reason of the failure [is transient](is_transient), for at most `limit`. Blocks.
///
/// # Errors
/// That of the last attempt.
pub(crate) fn retry_for<T>(limit: Duration, mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut backoff = Backoff::for_step();
    loop {
        match in_a_row(&mut step) {
            Err(error) if is_transient(&error) => {
                let now = Instant::now();
                backoff.failed(now);
                if backoff.failing_for(now) >= limit {
                    return Err(error);
                }
                backoff.sleep();
            }
            outcome => return outcome,
        }
    }
}

/// Whether the same step may succeed later although nobody corrects anything: a full file system, a limit on processes or
/// descriptors, no memory. A directory that is missing or not writable is not transient: managers remove directories before the
/// monitor exits, and nothing should wait for that.
pub(crate) fn is_transient(error: &io::Error) -> bool {
    const TRANSIENT: [i32; 13] = [
        libc::EAGAIN,
        libc::EBUSY,
        libc::EDQUOT,
        libc::EINTR,
        libc::EIO,
        libc::EMFILE,
        libc::ENFILE,
        libc::ENOBUFS,
        libc::ENOMEM,
        libc::ENOSPC,
        libc::ESTALE,
        libc::ETIMEDOUT,
        libc::ETXTBSY,
    ];
    error.raw_os_error().is_some_and(|code| TRANSIENT.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(times: usize, code: i32) -> impl FnMut() -> io::Result<usize> {
        let mut calls = 0;
        move || {
            calls += 1;
            if calls > times { Ok(calls) } else { Err(io::Error::from_raw_os_error(code)) }
        }
    }

    #[test]
    fn a_step_that_fails_once_or_twice_is_done_whatever_the_reason() {
        for code in [libc::EACCES, libc::ENOENT, libc::EINTR, libc::EIO] {
            assert_eq!(in_a_row(failing(1, code)).unwrap(), 2);
            assert_eq!(in_a_row(failing(2, code)).unwrap(), 3);
        }
    }

    #[test]
    fn a_transient_reason_is_waited_for_and_another_is_not() {
        let limit = Duration::from_secs(5);
        assert_eq!(retry_for(limit, failing(10, libc::ENOSPC)).unwrap(), 11);
        let error = retry_for(limit, failing(10, libc::ENOENT)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
        let error = retry_for(Duration::ZERO, failing(10, libc::ENOSPC)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOSPC));
    }

    #[test]
    fn pauses_double_up_to_a_second_and_a_success_starts_over() {
        for (mut backoff, pauses) in [
            (Backoff::for_source(), vec![1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000]),
            (Backoff::for_step(), vec![10, 20, 40, 80, 160, 320, 640, 1000, 1000]),
        ] {
            let start = Instant::now();
            let mut now = start;
            assert!(backoff.is_due(now) && !backoff.is_failing());
            for (failures, pause) in (1..).zip(pauses) {
                backoff.failed(now);
                assert_eq!(backoff.failing_for(now), now - start);
                assert_eq!(backoff.is_lasting(), failures >= LASTING);
                let due = backoff.next_try().unwrap();
                assert_eq!(due - now, Duration::from_millis(pause));
                assert!(backoff.is_pausing() && !backoff.is_due(now) && !backoff.take(now));
                assert!(backoff.is_due(due) && backoff.take(due) && !backoff.take(due));
                assert!(!backoff.is_pausing() && backoff.is_failing());
                now = due;
            }
            assert!(backoff.worked() && !backoff.worked());
            backoff.failed(now);
            assert!(!backoff.is_lasting(), "one failure is not worth a warning");
            assert_eq!(backoff.failing_for(now), Duration::ZERO);
        }
    }
}
