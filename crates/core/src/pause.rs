//! [`Pause`]: when to try again what failed for a reason that may pass.
//!
//! A descriptor whose read or write failed stays ready, so a level-triggered wait would return again and again (epoll(7)).
//! Its owner takes it out of the wait until the pause is over. The pause doubles from a millisecond to a second: a single
//! error delays next to nothing, and one that lasts costs one wake-up a second.

use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Failures in a row from which a problem is worth a warning.
const LASTING: u32 = 4;

/// The failures in a row of one source, and its pause.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    failures: u32,
    due: Option<Instant>,
}

impl Pause {
    /// It failed: the pause begins. True if it has failed often enough for a warning.
    pub(crate) fn failed(&mut self) -> bool {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(10)).min(LONGEST_PAUSE);
        self.due = Some(Instant::now() + pause);
        self.failures = self.failures.saturating_add(1);
        self.failures >= LASTING
    }

    /// It worked: the next failure is a first one. True if there was one before.
    pub(crate) fn worked(&mut self) -> bool {
        self.due = None;
        std::mem::take(&mut self.failures) > 0
    }

    /// Whether its pause is not over, or nobody has looked since.
    pub(crate) fn is_pausing(&self) -> bool {
        self.due.is_some()
    }

    /// When the pause is over.
    pub(crate) fn at(&self) -> Option<Instant> {
        self.due
    }

    /// Whether it is time to try again; then the pause has ended.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.due.take_if(|at| *at <= now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second_and_a_success_starts_over() {
        let mut retry = Pause::default();
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000] {
            let before = Instant::now();
            let lasting = retry.failed();
            assert_eq!(lasting, expected >= 8);
            let at = retry.at().unwrap();
            assert!(at >= before + Duration::from_millis(expected));
            assert!(at <= Instant::now() + Duration::from_millis(expected));
            assert!(retry.is_pausing() && !retry.take(before));
            assert!(retry.take(at) && !retry.take(at) && !retry.is_pausing());
        }
        assert!(retry.worked() && !retry.worked());
        assert!(!retry.failed(), "one failure is not worth a warning");
    }
}
