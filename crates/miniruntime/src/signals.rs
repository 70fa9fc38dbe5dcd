//! Signal names as `kill` accepts them: a number, `TERM`, `SIGTERM`, `RTMIN+3`.

use std::str::FromStr;

use conmon_sys::signals::number_of;
use nix::sys::signal::Signal;

use crate::error::Failure;

/// First and last real-time signal that glibc leaves to applications; signal(7).
const RTMIN: i32 = 34;
const RTMAX: i32 = 64;

/// The number of a signal name.
pub(crate) fn number(name: &str) -> Result<i32, Failure> {
    let bad = || Failure::new(format!("unknown signal `{name}`"));
    if let Ok(number) = name.parse::<i32>() {
        return if (1..=RTMAX).contains(&number) { Ok(number) } else { Err(bad()) };
    }
    let upper = name.to_ascii_uppercase();
    let short = upper.strip_prefix("SIG").unwrap_or(&upper);
    if let Some(offset) = short.strip_prefix("RTMIN") {
        return real_time(RTMIN, offset).ok_or_else(bad);
    }
    if let Some(offset) = short.strip_prefix("RTMAX") {
        return real_time(RTMAX, offset).ok_or_else(bad);
    }
    Signal::from_str(&format!("SIG{short}")).map(number_of).map_err(|_| bad())
}

fn real_time(base: i32, offset: &str) -> Option<i32> {
    let offset = if offset.is_empty() { 0 } else { offset.parse::<i32>().ok()? };
    base.checked_add(offset).filter(|number| (RTMIN..=RTMAX).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_known_by_number_and_every_spelling_of_its_name() {
        for (name, expected) in [
            ("9", 9),
            ("KILL", 9),
            ("SIGKILL", 9),
            ("sigterm", 15),
            ("SIGRTMIN+3", 37),
            ("RTMAX-1", 63),
            ("64", 64),
        ] {
            assert_eq!(number(name).unwrap(), expected, "{name}");
        }
    }

    #[test]
    fn invalid_signals_are_refused() {
        for name in ["0", "-9", "65", "", "SIG", "SIGNOPE", "RTMIN-1", "RTMAX+1"] {
            assert!(number(name).is_err(), "{name}");
        }
    }
}
