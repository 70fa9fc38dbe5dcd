//! [`Pressure`]: how often and for how long a container was blocked by the consumers of its output.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// Periods in which the container's output was not read.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pressure {
    times: u64,
    ended: Duration,
    /// On `CLOCK_MONOTONIC`, which another executable of the same process continues to read.
    since: Option<Duration>,
}

impl Pressure {
    /// Starts a period, unless one has started.
    pub(crate) fn begin(&mut self) {
        if self.since.is_none() {
            self.times += 1;
            self.since = Some(now());
        }
    }

    /// Ends the period, if one has started.
    pub(crate) fn end(&mut self) {
        if let Some(since) = self.since.take() {
            self.ended += now().saturating_sub(since);
        }
    }

    /// Whether a period has started.
    pub(crate) fn is_on(&self) -> bool {
        self.since.is_some()
    }

    pub(crate) fn times(&self) -> u64 {
        self.times
    }

    /// Nanoseconds of all periods that have ended.
    pub(crate) fn nanoseconds(&self) -> u64 {
        nanoseconds(self.ended)
    }

    /// When the present period started, in nanoseconds of `CLOCK_MONOTONIC`; 0 while the container is not blocked.
    pub(crate) fn since(&self) -> u64 {
        self.since.map_or(0, nanoseconds)
    }
}

/// Not an `Instant`: others read this number and compare it with their own clock.
fn now() -> Duration {
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Duration::ZERO, Duration::from)
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_counts_once_and_its_length_when_it_has_ended() {
        let mut pressure = Pressure::default();
        pressure.end();
        assert_eq!((pressure.times(), pressure.nanoseconds(), pressure.since()), (0, 0, 0));
        pressure.begin();
        let since = pressure.since();
        assert!(since > 0);
        pressure.begin();
        assert_eq!((pressure.times(), pressure.nanoseconds(), pressure.since()), (1, 0, since));
        std::thread::sleep(Duration::from_millis(2));
        pressure.end();
        assert!(pressure.nanoseconds() >= 2_000_000 && pressure.since() == 0);
        pressure.begin();
        assert_eq!(pressure.times(), 2);
    }
}
