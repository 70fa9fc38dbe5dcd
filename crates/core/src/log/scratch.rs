//! A place for the tests of the log formats.

use std::path::PathBuf;
use std::rc::Rc;

use tempfile::TempDir;

use crate::diagnostics::report::Reporter;
use crate::log::Setting;
use crate::log::compress::Background;
use crate::plan::{Bytes, Diagnostics, FileLog, LogFormat, LogLevel};
use crate::poll::Poll;

pub(crate) fn setting() -> Setting {
    let poll = Rc::new(Poll::new().unwrap());
    Setting { loss_marker: true, background: Background::Thread, poll, opens_later: false }
}

/// A directory that is removed on drop.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A log in it, without limits.
    pub(crate) fn plan(&self, name: &str) -> FileLog {
        FileLog {
            format: LogFormat::K8sFile,
            path: bytes(self.path(name).to_str().unwrap()),
            max_bytes: None,
            max_total_bytes: None,
            rotation: None,
            allowlist: Vec::new(),
        }
    }
}

pub(crate) fn bytes(text: &str) -> Bytes {
    Bytes::try_from(text.as_bytes().to_vec()).unwrap()
}

/// A reporter that logs only errors.
pub(crate) fn reporter() -> Reporter {
    let diagnostics = Diagnostics { level: LogLevel::Error, syslog: false, warnings: Vec::new() };
    Reporter::new(&diagnostics, b"test")
}
