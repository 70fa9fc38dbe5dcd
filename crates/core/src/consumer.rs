//! [`Consumer`]: takes the container's output, may be slower than the container, and may be dropped.

use std::time::{Duration, Instant};

use crate::diagnostics::report::Reporter;

/// How long the report of a container's end waits for a consumer that has not taken everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Without any progress.
    pub(crate) idle: Duration,
    /// In all.
    pub(crate) total: Duration,
}

impl Patience {
    /// When to wait no longer, for a container that ended at `end` and a consumer that last took something at `progress`.
    pub(crate) fn limit(self, end: Instant, progress: Instant) -> Instant {
        (progress.max(end) + self.idle).min(end + self.total)
    }
}

/// Somebody who gets the container's output: the attach clients, the logs.
///
/// What a consumer does not take now waits with it. While it [is congested](Self::is_congested), the container's output is
/// not read; one that makes no progress in that time is dropped at its [deadline](Self::stall_deadline).
pub(crate) trait Consumer {
    /// How long the report of the end waits for it.
    fn patience(&self) -> Patience;

    /// Whether so much waits for it that the container must wait, too.
    fn is_congested(&self) -> bool;

    /// When it will have stalled, if it is congested.
    fn stall_deadline(&self) -> Option<Instant>;

    /// Drops what waits for those that have made no progress for too long.
    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter);

    /// When it last took something of what waits for it; `None` if nothing waits.
    fn unsent_since(&mut self) -> Option<Instant>;

    /// When to call [`Self::retry`], if something has failed.
    fn retry_at(&self) -> Option<Instant>;

    /// Tries again what has failed and whose pause is over.
    fn retry(&mut self, now: Instant, reporter: &Reporter);

    /// Gives back the memory that busy times took.
    fn release(&mut self);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_prolongs_the_wait_up_to_its_limit() {
        let patience = Patience { idle: Duration::from_millis(200), total: Duration::from_millis(600) };
        let end = Instant::now();
        for (progress, limit) in [(0, 200), (100, 300), (399, 599), (500, 600)] {
            let limit = end + Duration::from_millis(limit);
            assert_eq!(patience.limit(end, end + Duration::from_millis(progress)), limit);
        }
        let before = end.checked_sub(Duration::from_secs(1)).unwrap();
        assert_eq!(patience.limit(end, before), end + patience.idle, "counted from the end");
    }
}
