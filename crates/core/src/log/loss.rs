//! [`Loss`]: how much of the container's output could not be logged, and why.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use crate::error::Reason;

/// Output that is not in the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Loss {
    bytes: u64,
    lines: u64,
    reason: String,
}

impl Loss {
    pub(crate) fn new(reason: &io::Error) -> Self {
        let reason = Reason(reason).to_string();
        Self { bytes: 0, lines: 0, reason }
    }

    /// Bytes of the container's output that never became a record.
    pub(crate) fn add_unread(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    /// One more record with so many bytes of the container's output.
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
        write!(f, "lost {} bytes in {} lines: {}", self.bytes, self.lines, self.reason)
    }
}
