//! What is tried again: steps at the start and at the end of a container whose failure would lose its exit status or its
//! cleanup.
//!
//! A step that fails is repeated without a pause first, whatever the reason: that settles everything that happens once,
//! and costs nobody any time. What fails still is repeated with growing pauses if its reason is one that passes: a full
//! file system, a limit on processes or descriptors, no memory. Any other reason is final.

use std::io;
use std::time::{Duration, Instant};

/// How often a step is tried in a row.
const TRIES: usize = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause: what works again is noticed within this.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Carries out a step that leaves nothing behind when it fails, up to three times in a row.
pub(crate) fn in_a_row<T>(mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 1..TRIES {
        if let Ok(done) = step() {
            return Ok(done);
        }
    }
    step()
}

/// The same, then with pauses for as long as the reason is one that passes and `limit` allows. Blocks.
pub(crate) fn for_at_most<T>(limit: Duration, mut step: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut backoff = Backoff::default();
    loop {
        match in_a_row(&mut step) {
            Err(error) if may_pass(&error) && backoff.failed(Instant::now()) < limit => backoff.sleep(),
            outcome => return outcome,
        }
    }
}

/// Whether the same step may succeed later although nobody changes what it is about. A directory that is missing or
/// may not be written to is not one of these reasons: managers remove directories before we end, and nobody should have
/// to wait for that.
pub(crate) fn may_pass(error: &io::Error) -> bool {
    const PASSING: [i32; 13] = [
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
    error.raw_os_error().is_some_and(|code| PASSING.contains(&code))
}

/// The pauses between the tries of one step, each twice as long as the one before.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: Option<Failures>,
}

#[derive(Debug)]
struct Failures {
    first: Instant,
    pause: Duration,
    next: Instant,
}

impl Backoff {
    /// Notes a failure, and returns for how long the step has been failing.
    pub(crate) fn failed(&mut self, now: Instant) -> Duration {
        let (first, pause) = match &self.failures {
            Some(failures) => (failures.first, (failures.pause * 2).min(LONGEST_PAUSE)),
            None => (now, FIRST_PAUSE),
        };
        self.failures = Some(Failures { first, pause, next: now + pause });
        now.saturating_duration_since(first)
    }

    /// When the step is to be tried again; `None` if it has not failed.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.failures.as_ref().map(|failures| failures.next)
    }

    /// Whether the step is to be tried now.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next().is_none_or(|next| next <= now)
    }

    /// Waits until the step is to be tried again.
    pub(crate) fn sleep(&self) {
        if let Some(next) = self.next() {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }
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
    fn a_reason_that_passes_is_waited_for_and_another_is_not() {
        let limit = Duration::from_secs(5);
        assert_eq!(for_at_most(limit, failing(10, libc::ENOSPC)).unwrap(), 11);
        let error = for_at_most(limit, failing(10, libc::ENOENT)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
        let error = for_at_most(Duration::ZERO, failing(10, libc::ENOSPC)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOSPC));
    }

    #[test]
    fn pauses_grow_to_a_second() {
        let (mut backoff, mut now) = (Backoff::default(), Instant::now());
        assert!(backoff.is_due(now));
        assert_eq!(backoff.failed(now), Duration::ZERO);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            let next = backoff.next().unwrap();
            assert!(!backoff.is_due(now) && backoff.is_due(next));
            pauses.push((next - now).as_millis());
            now = next;
            backoff.failed(now);
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000]);
    }
}
