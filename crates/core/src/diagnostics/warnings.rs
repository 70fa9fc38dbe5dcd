//! [`Warnings`]: limits the warnings about one subject to one a minute.

use std::fmt;
use std::time::{Duration, Instant};

use crate::diagnostics::report::Reporter;

const PAUSE: Duration = Duration::from_secs(60);

/// The warnings about one subject.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    quiet_until: Option<Instant>,
    suppressed: u64,
}

impl Warnings {
    /// Logs a warning, or counts it as suppressed. Returns whether it was logged.
    pub(crate) fn warn(&mut self, reporter: &Reporter, message: fmt::Arguments<'_>) -> bool {
        let Some(suppressed) = self.turn(Instant::now()) else { return false };
        match suppressed {
            0 => reporter.warn(message),
            count => reporter.warn(format_args!("{message} ({count} more such warnings were left out)")),
        }
        true
    }

    /// The number of suppressed warnings, if one may be logged now.
    fn turn(&mut self, now: Instant) -> Option<u64> {
        if self.quiet_until.is_some_and(|until| now < until) {
            self.suppressed += 1;
            return None;
        }
        self.quiet_until = Some(now + PAUSE);
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_warning_a_minute_is_logged_and_the_others_are_counted() {
        let (mut warnings, start) = (Warnings::default(), Instant::now());
        assert_eq!(warnings.turn(start), Some(0));
        for second in 1..60 {
            assert_eq!(warnings.turn(start + Duration::from_secs(second)), None);
        }
        assert_eq!(warnings.turn(start + PAUSE), Some(59));
        assert_eq!(warnings.turn(start + PAUSE * 3), Some(0));
    }
}
