//! [`Events`]: what has happened to log files.

use serde::{Deserialize, Serialize};

/// What has happened to a file so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Events {
    /// Bytes written to all files since the start, framing included.
    pub(crate) written: u64,
    pub(crate) fresh_files: u64,
    pub(crate) fresh_file_failures: u64,
    pub(crate) reopens: u64,
    pub(crate) reopen_failures: u64,
}

impl Events {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            written: self.written + other.written,
            fresh_files: self.fresh_files + other.fresh_files,
            fresh_file_failures: self.fresh_file_failures + other.fresh_file_failures,
            reopens: self.reopens + other.reopens,
            reopen_failures: self.reopen_failures + other.reopen_failures,
        }
    }
}
