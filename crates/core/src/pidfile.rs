//! The file in which the runtime leaves the container's pid.
//!
//! A manager may have made it before (CRI-O: empty) or left one from an earlier life of the container, so what counts is
//! a file that the runtime has written.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Pid, getpid};

use crate::error::{Error, Step};

/// The first process of a system, or of a pid namespace (pid_namespaces(7)): it was there before us, and no runtime of ours
/// made it.
const FIRST: i32 = 1;

/// The pid file as it was before the runtime ran.
pub(crate) struct PidFile {
    path: PathBuf,
    before: Option<Mark>,
}

/// Changes with every write.
#[derive(PartialEq, Eq)]
struct Mark {
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

    /// The pid, or `None` if the runtime left none.
    pub(crate) fn read(&self) -> Result<Option<Pid>, Error> {
        const STEP: &str = "read the container's pid from";
        let metadata = match self.path.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => metadata.step_at(STEP, &self.path)?,
        };
        let unchanged = self.before.as_ref() == Some(&Mark::of(&metadata));
        let text = std::fs::read_to_string(&self.path).step_at(STEP, &self.path)?;
        if unchanged || text.trim().is_empty() {
            return Ok(None);
        }
        let pid = text.trim().parse::<i32>().ok().filter(|pid| *pid > FIRST && *pid != getpid().as_raw());
        match pid {
            Some(pid) => Ok(Some(Pid::from_raw(pid))),
            None => {
                let what = format!("{text:?} is no pid of a container");
                Err(Error::invalid("read the container's pid", what))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> PathBuf {
        std::env::temp_dir().join(format!("conmon-pidfile-{:x}", crate::sys::random::random().unwrap()))
    }

    #[test]
    fn only_a_number_that_a_runtime_can_have_made_is_a_pid() {
        let path = path();
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
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_of_an_earlier_life_is_not_the_runtimes_word() {
        let path = path();
        std::fs::write(&path, "41").unwrap();
        let file = PidFile::before_runtime(&path);
        assert_eq!(file.read().unwrap(), None);
        std::fs::write(&path, "4242").unwrap();
        assert_eq!(file.read().unwrap(), Some(Pid::from_raw(4242)));
        std::fs::remove_file(path).unwrap();
    }
}
