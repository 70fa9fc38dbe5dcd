//! A place for the tests of the log formats.

use std::path::PathBuf;
use std::rc::Rc;

use conmon_sys::random::random;

use crate::diagnostics::report::Reporter;
use crate::log::Setting;
use crate::log::compress::Background;
use crate::plan::{Bytes, Diagnostics, FileLog, LogLevel};
use crate::poll::Poll;

pub(crate) fn setting() -> Setting {
    Setting { loss_marker: true, background: Background::Thread, poll: Rc::new(Poll::new().unwrap()) }
}

/// A directory that goes when it is dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        let directory = std::env::temp_dir().join(format!("conmon-core-log-{:016x}", random().unwrap()));
        std::fs::create_dir(&directory).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A log in it, without limits.
    pub(crate) fn plan(&self, name: &str) -> FileLog {
        FileLog {
            path: bytes(self.path(name).to_str().unwrap()),
            max_bytes: None,
            max_total_bytes: None,
            rotation: None,
            allowlist: Vec::new(),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

pub(crate) fn bytes(text: &str) -> Bytes {
    Bytes::try_from(text.as_bytes().to_vec()).unwrap()
}

/// One that says nothing but errors.
pub(crate) fn reporter() -> Reporter {
    let diagnostics = Diagnostics { level: LogLevel::Error, syslog: false, warnings: Vec::new() };
    Reporter::new(&diagnostics, b"test")
}
