//! Values of the document that JSON has no type for.

use std::fmt;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

use conmon_sys::fds;
use nix::errno::Errno;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::PAUSE;

/// Any bytes: a string of two hexadecimal digits each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blob(pub(crate) Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: [char; 16] =
            ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        let digits = |byte: &u8| [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
        serializer.serialize_str(&self.0.iter().flat_map(digits).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Digits;
        impl Visitor<'_> for Digits {
            type Value = Blob;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("pairs of hexadecimal digits")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Blob, E> {
                let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
                let byte = |pair: &[u8]| match *pair {
                    [high, low] => Some(digit(high)? << 4 | digit(low)?),
                    _ => None,
                };
                let bytes = text.as_bytes().chunks(2).map(byte);
                bytes.collect::<Option<_>>().map(Blob).ok_or_else(|| E::custom("not hexadecimal"))
            }
        }
        deserializer.deserialize_str(Digits)
    }
}

/// A point in time: nanoseconds after the document was written, negative for one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Instant);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let now = Instant::now();
        let nanoseconds = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        serializer.serialize_i64(match self.0.checked_duration_since(now) {
            Some(left) => nanoseconds(left),
            None => -nanoseconds(now - self.0),
        })
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let nanoseconds = i64::deserialize(deserializer)?;
        let (distance, now) = (Duration::from_nanos(nanoseconds.unsigned_abs()), Instant::now());
        let at = if nanoseconds < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
        // Before the start of the clock: any point in the past has the same effect.
        Ok(Self(at.unwrap_or(now)))
    }
}

/// The descriptors that a document names, and that the next executable gets.
#[derive(Default)]
pub(crate) struct Descriptors(Vec<RawFd>);

impl Descriptors {
    /// Adds one; returns its number.
    pub(crate) fn add(&mut self, fd: impl AsFd) -> RawFd {
        let number = fd.as_fd().as_raw_fd();
        self.0.push(number);
        number
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = RawFd> {
        self.0.iter().copied()
    }
}

/// Owns a descriptor that a document names. `None` if it is not open.
pub(crate) fn adopt(number: RawFd) -> Option<OwnedFd> {
    loop {
        match fds::adopt(number) {
            Ok(fd) => return Some(fd),
            Err(Errno::EBADF) => return None,
            // Nothing is wrong with the descriptor.
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_are_pairs_of_digits() {
        let all: Vec<u8> = (0..=255).collect();
        let text = serde_json::to_string(&Blob(all.clone())).unwrap();
        assert!(text.starts_with("\"000102") && text.ends_with("fdfeff\""));
        assert_eq!(serde_json::from_str::<Blob>(&text).unwrap(), Blob(all));
        for malformed in ["\"0\"", "\"0g\"", "\"+1\"", "\"é\"", "7"] {
            assert!(serde_json::from_str::<Blob>(malformed).is_err(), "{malformed}");
        }
    }

    #[test]
    fn a_moment_keeps_its_distance() {
        for distance in [Duration::from_secs(7), Duration::from_nanos(0), Duration::from_secs(86_400)] {
            let now = Instant::now();
            for moment in [now + distance, now.checked_sub(distance).unwrap_or(now)] {
                let text = serde_json::to_string(&Moment(moment)).unwrap();
                let Moment(read) = serde_json::from_str(&text).unwrap();
                let apart = read.max(moment) - read.min(moment);
                assert!(apart < Duration::from_secs(1), "{apart:?}");
            }
        }
    }
}
