//! Timestamps of log records: RFC 3339, exactly nine digits, offset with minutes.
//!
//! The clock is read once for each batch; the calendar is computed only when the second changes.

use std::io::Write;

use conmon_sys::time::{Zone, broken_down, now};

/// Length of `2026-11-23T18:10:00.123456789+05:30`.
pub(crate) const LENGTH: usize = 35;
/// Length of `2026-11-23T18:10:00.`, which stays the same for a second.
const PREFIX: usize = 20;
const NANOSECOND_DIGITS: usize = 9;

/// Remembers the last second it was asked for.
pub(crate) struct Clock {
    zone: Zone,
    second: i64,
    text: [u8; LENGTH],
}

impl Clock {
    pub(crate) fn new(zone: Zone) -> Self {
        Self { zone, second: i64::MIN, text: *b"1970-01-01T00:00:00.000000000+00:00" }
    }

    /// The time now. If the clock cannot be read the last known time is given: a record without the right time is better
    /// than none.
    pub(crate) fn now(&mut self) -> [u8; LENGTH] {
        match now() {
            Some((second, nanosecond)) => self.format(second, nanosecond),
            None => self.text,
        }
    }

    fn format(&mut self, second: i64, nanosecond: u32) -> [u8; LENGTH] {
        if second != self.second {
            self.set_second(second);
        }
        let mut rest = nanosecond;
        for digit in self.text[PREFIX..PREFIX + NANOSECOND_DIGITS].iter_mut().rev() {
            *digit = b'0' + (rest % 10).to_le_bytes()[0];
            rest /= 10;
        }
        self.text
    }

    fn set_second(&mut self, second: i64) {
        let Ok(local) = broken_down(second, self.zone) else { return };
        let (sign, minutes) = (if local.offset < 0 { '-' } else { '+' }, local.offset.unsigned_abs() / 60);
        let tm = &local.fields;
        let mut text = [0_u8; LENGTH];
        let written = write!(
            &mut text[..],
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000000000{sign}{:02}:{:02}",
            i64::from(tm.tm_year) + 1900,
            tm.tm_mon + 1,
            tm.tm_mday,
            tm.tm_hour,
            tm.tm_min,
            tm.tm_sec,
            minutes / 60,
            minutes % 60,
        );
        // Years of five digits do not fit and keep the last text.
        if written.is_ok() {
            (self.text, self.second) = (text, second);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(second: i64, nanosecond: u32) -> String {
        String::from_utf8(Clock::new(Zone::Local).format(second, nanosecond).to_vec()).unwrap()
    }

    #[test]
    fn nanoseconds_have_nine_digits_and_the_offset_has_minutes() {
        let text = text(1_700_000_000, 1_002_003);
        assert_eq!(&text[19..29], ".001002003");
        assert!(matches!(text.as_bytes()[29], b'+' | b'-'));
        assert_eq!(text.as_bytes()[32], b':');
        assert_eq!(text.len(), LENGTH);
    }

    #[test]
    fn utc_is_the_calendar_of_greenwich() {
        let text = Clock::new(Zone::Utc).format(1_700_000_000, 5);
        assert_eq!(&text, b"2023-11-14T22:13:20.000000005+00:00");
    }

    #[test]
    fn the_text_follows_the_second() {
        let mut clock = Clock::new(Zone::Local);
        let first = clock.format(1_700_000_000, 0);
        let second = clock.format(1_700_000_001, 0);
        assert_ne!(first, second);
        assert_eq!(first, clock.format(1_700_000_000, 0));
    }
}
