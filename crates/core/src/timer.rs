//! [`Deadline`]: a time at which the event loop wakes up. The earliest one is the timeout of epoll_wait(2), so deadlines need no
//! descriptor and cannot fail.
//!
//! They are on the monotonic clock (`Instant`), so changes of the wall clock do not move them.

use std::time::{Duration, Instant};

/// A time to wake up at, if it is set.
#[derive(Debug, Default)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// Sets it to `delay` from now. A delay beyond the range of the clock clears it.
    pub(crate) fn set(&mut self, delay: Duration) {
        self.0 = Instant::now().checked_add(delay);
    }

    pub(crate) fn at(&self) -> Option<Instant> {
        self.0
    }

    /// Returns true, and clears the deadline, if it has passed.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.0.take_if(|at| *at <= now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_passes_once_and_not_before_its_time() {
        let (mut deadline, now) = (Deadline::default(), Instant::now());
        assert!(!deadline.take(now));
        deadline.set(Duration::from_secs(5));
        assert!(!deadline.take(now));
        assert!(deadline.take(now + Duration::from_secs(6)));
        assert!(!deadline.take(now + Duration::from_secs(6)));
    }
}
