//! The part of a plan about logs.

use serde::Deserialize;

use super::{Bytes, LogFormat};

/// Where the container's output is logged.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogsPlan {
    /// The logs, each written independently of the others.
    pub drivers: Vec<LogDriver>,
    /// Sync log files at the end; false with `--no-sync-log`.
    pub fsync: bool,
    /// Write a record of how much was lost when a log that failed works again.
    pub loss_marker: bool,
}

/// One log; the key names its place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LogDriver {
    /// Records in a file.
    File(FileLog),
    /// Records of systemd's journal.
    Journald(JournaldLog),
}

/// A log in a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileLog {
    /// How records are written.
    pub format: LogFormat,
    /// Path of the file.
    pub path: Bytes,
    /// Size in bytes at which the file is rotated or truncated; null: no limit.
    pub max_bytes: Option<u64>,
    /// Bytes after which logging stops; null: no limit.
    pub max_total_bytes: Option<u64>,
    /// How full files are kept; null: the file is truncated.
    pub rotation: Option<Rotation>,
    /// Directories below which the file must be to be rotated; empty: anywhere.
    pub allowlist: Vec<Bytes>,
}

/// How full log files are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rotation {
    /// Number of files to keep, at least 1; `PATH.1` is the newest.
    pub files: u32,
    /// Compression of kept files; null: none.
    pub compress: Option<Compression>,
    /// `--log-rotate`: rotate also when a reopen is requested and the file is still at its path.
    pub on_reopen: bool,
}

/// Compression of kept log files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Compression {
    /// RFC 1952, with the suffix `.gz`.
    Gzip,
}

/// A log in systemd's journal.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JournaldLog {
    /// Name and value of each field that all records have besides `MESSAGE`, `PRIORITY` and `CONTAINER_PARTIAL_MESSAGE`.
    pub fields: Vec<(Bytes, Bytes)>,
    /// Mark parts of a line with `CONTAINER_PARTIAL_MESSAGE`.
    pub partial_message: bool,
}
