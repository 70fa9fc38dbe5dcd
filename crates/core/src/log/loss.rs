//! [`Loss`]: how much of the container's output could not be logged, and why.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::error::Reason;

/// Output that never became a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unread {
    /// Exactly this many bytes.
    Bytes(u64),
    /// At most this many bytes, at least one.
    AtMost(u64),
    /// An unknown amount.
    Unknown,
}

impl Unread {
    /// As far as it can be counted.
    pub(crate) fn bytes(self) -> u64 {
        match self {
            Self::Bytes(bytes) | Self::AtMost(bytes) => bytes,
            Self::Unknown => 0,
        }
    }
}

/// Output that is not in the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Loss {
    bytes: u64,
    lines: u64,
    /// It may be less.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_limit: bool,
    reason: String,
}

impl Loss {
    pub(crate) fn new(reason: &io::Error) -> Self {
        let reason = Reason(reason).to_string();
        Self { bytes: 0, lines: 0, is_limit: false, reason }
    }

    /// Output that never became a record.
    pub(crate) fn add_unread(&mut self, unread: Unread) {
        self.bytes += unread.bytes();
        self.is_limit |= matches!(unread, Unread::AtMost(_));
    }

    /// One more record with this many bytes of the container's output.
    pub(crate) fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
        self.lines += 1;
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bytes == 0 && self.lines == 0 {
            return write!(f, "output may be missing here: {}", self.reason);
        }
        if self.is_limit && self.lines == 0 {
            return write!(f, "output may be missing here, at most {} bytes: {}", self.bytes, self.reason);
        }
        write!(f, "lost {} bytes in {} lines: {}", self.bytes, self.lines, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(unread: Unread, records: &[u64]) -> String {
        let mut loss = Loss::new(&io::Error::other("why"));
        loss.add_unread(unread);
        records.iter().for_each(|bytes| loss.add(*bytes));
        loss.to_string()
    }

    #[test]
    fn the_text_says_how_exactly_the_loss_is_known() {
        assert_eq!(text(Unread::Unknown, &[]), "output may be missing here: why");
        assert_eq!(text(Unread::AtMost(7), &[]), "output may be missing here, at most 7 bytes: why");
        assert_eq!(text(Unread::Bytes(7), &[3, 4]), "lost 14 bytes in 2 lines: why");
    }
}
