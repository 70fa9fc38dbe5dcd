//! [`Consumer`]: receives the container's output, may be slower than the container, and may be dropped.

use std::time::{Duration, Instant};

use crate::diagnostics::report::Reporter;

/// How long the report of a container's exit waits for a consumer that has not received everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Without any progress.
    pub(crate) idle: Duration,
    /// In total.
    pub(crate) total: Duration,
}

impl Patience {
    /// Until when to wait, for a container that exited at `end` and a consumer that last made progress at `progress`.
    pub(crate) fn limit(self, end: Instant, progress: Instant) -> Instant {
        (progress.max(end) + self.idle).min(end + self.total)
    }
}

/// A receiver of the container's output: the attach clients, the logs.
///
/// Output that a consumer cannot pass on yet is pending. While it [is congested](Self::is_congested), the container's output is not
/// read; if it makes no progress meanwhile, it is dropped at its [deadline](Self::stall_deadline).
pub(crate) trait Consumer {
    /// How long the report of the exit waits for it.
    fn patience(&self) -> Patience;

    /// Whether so much is pending that the container is blocked.
    fn is_congested(&self) -> bool;

    /// When it will have stalled, if it is congested.
    fn stall_deadline(&self) -> Option<Instant>;

    /// Drops what is pending for receivers that have made no progress until their deadline.
    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter);

    /// When it last made progress; `None` if nothing is pending.
    fn unsent_since(&mut self) -> Option<Instant>;

    /// When to call [`Self::retry`], if something has failed.
    fn retry_at(&self) -> Option<Instant>;

    /// Retries what has failed and whose pause is over.
    fn retry(&mut self, now: Instant, reporter: &Reporter);

    /// Releases memory that an idle monitor does not need.
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
