//! The file in which the runtime leaves the container's pid.
//!
//! A manager may have created it before (CRI-O: empty), or it may be left from an earlier start of the container, so it counts only if
//! it has changed since the runtime was started. The path is not trusted: only a regular file is opened, and at most [`LONGEST`]
//! bytes are read.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Pid, getpid};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Step};
use crate::files::small_file;

/// The first process of a system, or of a pid namespace (pid_namespaces(7)): it is older than the monitor, so
/// the runtime cannot have created it.
const FIRST: i32 = 1;

/// More than any pid with white space around it.
const LONGEST: usize = 32;

const STEP: &str = "read the container's pid from";

/// The pid file as it was before the runtime ran.
pub(crate) struct PidFile {
    path: PathBuf,
    before: Option<Mark>,
}

/// Identifies a state of the file: it changes with every write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mark {
    inode: u64,
    changed: (i64, i64),
    size: u64,
}

impl Mark {
    fn of(metadata: &Metadata) -> Self {
        let changed = (metadata.ctime(), metadata.ctime_nsec());
        Self { inode: metadata.ino(), changed, size: metadata.size() }
    }
}

impl PidFile {
    pub(crate) fn before_runtime(path: &Path) -> Self {
        Self { path: path.to_owned(), before: path.metadata().ok().map(|metadata| Mark::of(&metadata)) }
    }

    pub(crate) fn state(&self) -> Option<Mark> {
        self.before.clone()
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(before: Option<Mark>, path: &Path) -> Self {
        Self { path: path.to_owned(), before }
    }

    /// The pid, or `None` if the runtime left none. Never blocks.
    pub(crate) fn read(&self) -> Result<Option<Pid>, Error> {
        let (file, metadata) = match small_file::open_with_metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.step_at(STEP, &self.path)?,
        };
        if self.before.as_ref() == Some(&Mark::of(&metadata)) {
            return Ok(None);
        }
        let is_whole = |text: &[u8]| u64::try_from(text.len()) == Ok(metadata.size());
        let text = small_file::read_until(file, LONGEST, is_whole).step_at(STEP, &self.path)?;
        number_in(&text).step_at(STEP, &self.path)
    }
}

/// The pid that a text names; `None` for an empty one.
pub(crate) fn number_in(text: &[u8]) -> io::Result<Option<Pid>> {
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Ok(None);
    }
    let number = std::str::from_utf8(trimmed).ok().and_then(|digits| digits.parse::<i32>().ok());
    match number.filter(|pid| *pid > FIRST && *pid != getpid().as_raw()) {
        Some(pid) => Ok(Some(Pid::from_raw(pid))),
        None => {
            let what = format!("{:?} is not the pid of a container", String::from_utf8_lossy(text));
            Err(io::Error::new(io::ErrorKind::InvalidData, what))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_that_a_runtime_can_have_written_is_a_pid() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pid");
        let file = PidFile::before_runtime(&path);
        assert_eq!(file.read().unwrap(), None);
        for (text, pid) in [("42", Some(42)), ("7\n", Some(7)), ("", None)] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(file.read().unwrap(), pid.map(Pid::from_raw), "{text:?}");
        }
        let own = getpid().to_string();
        for text in ["0", "1", "-1", "x", "99999999999", "1 2", &own] {
            std::fs::write(&path, text).unwrap();
            assert!(file.read().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_hold_a_pid_is_named_and_blocks_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pid");
        let file = PidFile::before_runtime(&path);
        let refusal = || file.read().unwrap_err().to_string();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert_eq!(refusal(), format!("cannot {STEP} {}: it is a FIFO, not a regular file", path.display()));
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        assert!(refusal().ends_with("it is a character device, not a regular file"));
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "1".repeat(1 << 20)).unwrap();
        assert!(refusal().ends_with("it is longer than 32 bytes"));
    }

    #[test]
    fn a_pid_file_of_an_earlier_start_does_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pid");
        std::fs::write(&path, "41").unwrap();
        let file = PidFile::before_runtime(&path);
        assert_eq!(file.read().unwrap(), None);
        std::fs::write(&path, "4242").unwrap();
        assert_eq!(file.read().unwrap(), Some(Pid::from_raw(4242)));
    }
}
