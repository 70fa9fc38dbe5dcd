//! The formats of log files, a module each. [`LogFormat`] is the only place that lists them.

mod json_file;
mod k8s_file;

use serde::Deserialize;

use super::Setting;
use super::driver::{Driver, FileFormat, FileState};
use crate::error::Error;
use crate::plan::FileLog;
pub(crate) use json_file::JsonFile;
pub(crate) use k8s_file::K8sFile;

/// Format of a log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// One record per line in CRI format: time, stream, `F` for a full line or `P` for a part, text.
    K8sFile,
    /// The format of Docker's driver of that name.
    JsonFile,
}

impl LogFormat {
    /// Opens or creates a log in this format.
    pub(super) fn open(self, log: &FileLog, setting: &Setting) -> Result<Box<dyn Driver>, Error> {
        let log = log.clone();
        Ok(match self {
            Self::K8sFile => Box::new(K8sFile::open(log, setting)?),
            Self::JsonFile => Box::new(JsonFile::open(log, setting)?),
        })
    }

    /// Continues a log in this format; `None` if its descriptor is not open.
    pub(super) fn restore(
        self,
        log: &FileLog,
        state: FileState,
        setting: &Setting,
    ) -> Option<Box<dyn Driver>> {
        let log = log.clone();
        Some(match self {
            Self::K8sFile => Box::new(K8sFile::from_state(state, log, setting)?),
            Self::JsonFile => Box::new(JsonFile::from_state(state, log, setting)?),
        })
    }
}
