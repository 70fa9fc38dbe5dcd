//! The state of a container: a directory below `--root`, named by its id, with a record and, until the container has been
//! started, the FIFO at which its process waits.
//!
//! The root is private (mode 0700): a user who can write here decides which processes root signals.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::error::{Failure, Step};
use crate::files::write_whole;
use crate::procfs::Stat;

/// The states of the OCI runtime specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Creating,
    Created,
    Running,
    Stopped,
}

/// The record `create` wrote.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) pid: i32,
    pub(crate) start_time: u64,
    pub(crate) bundle: PathBuf,
    pub(crate) root: Option<PathBuf>,
}

/// The directory of one container.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) id: String,
    directory: PathBuf,
}

impl Container {
    /// Names a container; it need not exist.
    pub(crate) fn named(root: Option<&Path>, id: &OsStr) -> Result<Self, Failure> {
        let good = |byte: &u8| byte.is_ascii_alphanumeric() || b"_+-.".contains(byte);
        let bytes = id.as_bytes();
        if bytes.is_empty() || bytes.len() > 255 || !bytes.iter().all(good) || id == "." || id == ".." {
            return Err(Failure::new(format!(
                "`{}` is not a container id: use letters, digits and _+-.",
                id.display()
            )));
        }
        let root = root.map_or_else(default_root, Path::to_path_buf);
        Ok(Self { id: id.to_string_lossy().into_owned(), directory: root.join(id) })
    }

    /// Claims the id for a new container and makes the FIFO.
    pub(crate) fn claim(&self) -> Result<(), Failure> {
        let mut private = DirBuilder::new();
        private.mode(0o700);
        let made = match private.create(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let root = self.directory.parent().unwrap_or(Path::new("/"));
                private.recursive(true).create(root).step_at("make the state directory", root)?;
                private.recursive(false).create(&self.directory)
            }
            other => other,
        };
        match made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(Failure::new(format!("container `{}` already exists; delete it first", self.id)));
            }
            other => other.step_at("make the state directory", &self.directory)?,
        }
        mkfifo(&self.fifo(), Mode::S_IRUSR | Mode::S_IWUSR).step_at("make the FIFO", &self.fifo())
    }

    /// Where the container's process waits to be started.
    pub(crate) fn fifo(&self) -> PathBuf {
        self.directory.join("start")
    }

    /// Deletes the container.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            other => other.step_at("remove", &self.directory),
        }
    }

    pub(crate) fn exists(&self) -> bool {
        self.directory.is_dir()
    }

    pub(crate) fn save(&self, record: &Record) -> Result<(), Failure> {
        write_whole(&self.directory.join("record"), &record.to_bytes())
    }

    /// The record; `None` while `create` is still running.
    pub(crate) fn load(&self) -> Result<Option<Record>, Failure> {
        let path = self.directory.join("record");
        match fs::read(&path) {
            Ok(bytes) => {
                let record = Record::from_bytes(&bytes);
                record.map(Some).ok_or_else(|| Failure::new(format!("`{}` is damaged", path.display())))
            }
            Err(error) if error.kind() == ErrorKind::NotFound && self.exists() => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(Failure::new(format!("container `{}` does not exist", self.id)))
            }
            Err(error) => Err(error).step_at("read", &path),
        }
    }

    /// The status, from the record and the process.
    pub(crate) fn status(&self, record: Option<&Record>) -> Status {
        match record {
            None => Status::Creating,
            Some(record) if !record.is_alive() => Status::Stopped,
            Some(_) if self.fifo().exists() => Status::Created,
            Some(_) => Status::Running,
        }
    }
}

impl Record {
    /// Whether the process still runs; another process with a reused pid does not count.
    pub(crate) fn is_alive(&self) -> bool {
        Stat::read(self.pid).is_some_and(|stat| stat.start_time == self.start_time && !stat.is_dead())
    }

    /// Four NUL-terminated fields: paths need not be UTF-8, but never contain a NUL.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\0{}\0", self.pid, self.start_time).into_bytes();
        bytes.extend_from_slice(self.bundle.as_os_str().as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(self.root.as_deref().unwrap_or(Path::new("")).as_os_str().as_bytes());
        bytes.push(0);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut fields = bytes.split(|byte| *byte == 0);
        let mut number = || std::str::from_utf8(fields.next()?).ok();
        let pid = number()?.parse().ok().filter(|pid| *pid > 1)?;
        let start_time = number()?.parse().ok()?;
        let path = |field: &[u8]| PathBuf::from(OsStr::from_bytes(field));
        let bundle = path(fields.next()?);
        let root = fields.next().map(path)?;
        Some(Self { pid, start_time, bundle, root: Some(root).filter(|root| !root.as_os_str().is_empty()) })
    }
}

fn default_root() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|path| !path.is_empty()) {
        Some(directory) => Path::new(&directory).join("miniruntime"),
        None => PathBuf::from("/run/miniruntime"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_the_state_directory() {
        for id in ["", ".", "..", "a/b", "/", "a b", "a\n"] {
            assert!(Container::named(None, OsStr::new(id)).is_err(), "{id:?}");
        }
        assert!(Container::named(None, OsStr::new("a-b_c.d+0")).is_ok());
    }

    #[test]
    fn a_record_preserves_paths_that_are_not_utf8() {
        let bundle = PathBuf::from(OsStr::from_bytes(b"/b\xff\n"));
        for root in [None, Some(PathBuf::from("/r"))] {
            let record = Record { pid: 7, start_time: 9, bundle: bundle.clone(), root };
            assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
        }
    }

    #[test]
    fn a_damaged_record_never_yields_a_pid_that_would_signal_others() {
        for bytes in [&b"0\x001\0/b\0\0"[..], b"-1\x001\0/b\0\0", b"1\x001\0/b\0\0", b"x\x001\0/b\0\0", b""] {
            assert_eq!(Record::from_bytes(bytes), None);
        }
    }
}
