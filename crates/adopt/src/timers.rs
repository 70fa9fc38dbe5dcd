//! Timers of a C conmon, as far as the timeout of its poll(2) shows them: GLib waits no longer than until the first one is due.
//!
//! From its sources, 2.1.6 to 2.2.1: a monitor that reads all outputs has at most one timer, the limit of `--timeout`. (The other one,
//! of a closed terminal, runs while it does not read that.) A version that keeps output in memory has to write it some time, so
//! it has another timer, and such a process is left alone.

use std::time::Duration;

use crate::roles::Unclear;

/// A timer of whole seconds may be due a quarter of one earlier (`g_timeout_add_seconds`). The rest is for clocks of 10 ms.
const EARLY: Duration = Duration::from_millis(300);
/// GLib's timeouts of poll(2) end there (`i32`).
const LONGEST: Duration = Duration::from_millis(0x7fff_ffff);

/// Checks that the timeout with which it waits is that of its time limit, which is due in `left`.
///
/// # Errors
/// That it has another timer, or that this cannot be known now.
pub(crate) fn check_timeout(timeout: Option<Duration>, left: Option<Duration>) -> Result<(), Unclear> {
    match (timeout, left) {
        (None, _) => Ok(()),
        (Some(Duration::ZERO), _) => Err(Unclear::Now("it does not wait for events".to_owned())),
        (Some(_), Some(left)) if left <= EARLY => {
            Err(Unclear::Now("the time limit of its container is over soon".to_owned()))
        }
        (Some(timeout), Some(left)) if timeout + EARLY >= left.min(LONGEST) => Ok(()),
        _ => Err(Unclear::Always(
            "it has a timer that is not understood: it may keep a part of its log in memory".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(timeout: Option<u64>, left: Option<u64>) -> &'static str {
        let milliseconds = |number: Option<u64>| number.map(Duration::from_millis);
        match check_timeout(milliseconds(timeout), milliseconds(left)) {
            Ok(()) => "accepted",
            Err(Unclear::Now(_)) => "later",
            Err(Unclear::Always(_)) => "refused",
        }
    }

    #[test]
    fn only_the_time_limit_may_be_waited_for() {
        const DAYS: u64 = 24 * 3_600_000;
        for (timeout, left, expected) in [
            (None, None, "accepted"),
            (None, Some(5000), "accepted"),
            (Some(5000), Some(5000), "accepted"),
            // The container started before the timer did.
            (Some(5900), Some(5000), "accepted"),
            (Some(4750), Some(5000), "accepted"),
            (Some(4600), Some(5000), "refused"),
            (Some(50), Some(5000), "refused"),
            (Some(50), None, "refused"),
            (Some(5000), None, "refused"),
            (Some(0), None, "later"),
            (Some(0), Some(5000), "later"),
            // Any other timer would be due as soon.
            (Some(50), Some(200), "later"),
            (Some(0x7fff_ffff), Some(30 * DAYS), "accepted"),
            (Some(20 * DAYS), Some(30 * DAYS), "refused"),
        ] {
            assert_eq!(judge(timeout, left), expected, "{timeout:?} of {left:?}");
        }
    }
}
