//! Deadlines: moments at which the loop is to wake up by itself. The nearest is the time-out of its wait, so they cost no
//! descriptor and cannot fail, whatever this process has run out of.
//!
//! On the monotonic clock (`Instant`): a changed wall clock moves none of them.

use std::time::{Duration, Instant};

/// A moment to be woken at, if it is set.
#[derive(Debug, Default)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// Sets it `delay` from now, whatever it was before. One that is further away than the clock reaches never comes.
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
    fn a_deadline_comes_once_and_not_before_its_time() {
        let (mut deadline, now) = (Deadline::default(), Instant::now());
        assert!(!deadline.take(now));
        deadline.set(Duration::from_secs(5));
        assert!(!deadline.take(now));
        assert!(deadline.take(now + Duration::from_secs(6)));
        assert!(!deadline.take(now + Duration::from_secs(6)));
    }
}
