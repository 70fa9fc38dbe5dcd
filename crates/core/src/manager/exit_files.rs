//! The small files that managers wait for: the exit files, which hold the exit status (digits alone), and the empty files
//! that report an OOM kill.
//!
//! They are written in the plan's order, even if another one has failed (CRI-O relies on the persistent exit file being the first). One
//! that fails for a transient reason, such as a full file system, is retried, while the report of the exit continues without it. What
//! waits for the last exit file, and for how long, is decided in `session/cleanup.rs`.

use std::io;
use std::path::Path;
use std::time::Instant;

use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use crate::backoff::{Backoff, in_a_row, is_transient};
use crate::diagnostics::report::Reporter;
use crate::error::Reason;
use crate::files::atomic_file;
use crate::handover::Blob;
use crate::plan::Bytes;

/// As C conmon leaves them, so that any process that may enter the directory can read them.
const MODE: u32 = 0o644;

/// The files that are still missing.
#[derive(Debug)]
pub(crate) struct ManagerFiles {
    missing: Vec<Missing>,
    backoff: Backoff,
}

#[derive(Debug)]
struct Missing {
    path: Bytes,
    content: Content,
    /// Whether managers recognise the end of the container by this file.
    announces_end: bool,
    failure: io::Error,
}

#[derive(Clone, Copy, Debug)]
enum Content {
    Oom,
    Status(i32),
}

/// A missing file as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MissingState {
    path: Blob,
    /// The exit status; null for an OOM file.
    status: Option<i32>,
    announces_end: bool,
    /// Why it is missing: an errno.
    failure: i32,
}

impl Content {
    fn write(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Oom => in_a_row(|| touch(path)),
            Self::Status(status) => atomic_file::write(path, MODE, status.to_string().as_bytes()),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Oom => "OOM file",
            Self::Status(_) => "exit file",
        }
    }
}

impl ManagerFiles {
    pub(crate) fn new() -> Self {
        Self { missing: Vec::new(), backoff: Backoff::for_step() }
    }

    pub(crate) fn state(&self) -> Vec<MissingState> {
        let state = |file: &Missing| MissingState {
            path: Blob(file.path.as_bytes().to_vec()),
            status: match file.content {
                Content::Oom => None,
                Content::Status(status) => Some(status),
            },
            announces_end: file.announces_end,
            failure: file.failure.raw_os_error().unwrap_or(libc::EIO),
        };
        self.missing.iter().map(state).collect()
    }

    /// Continues with what was handed over. The files are retried immediately.
    pub(crate) fn from_state(state: Vec<MissingState>) -> Self {
        let missing = state.into_iter().filter_map(|file| {
            let path = Bytes::try_from(file.path.0).ok()?;
            let content = file.status.map_or(Content::Oom, Content::Status);
            let failure = io::Error::from_raw_os_error(file.failure);
            Some(Missing { path, content, announces_end: file.announces_end, failure })
        });
        let mut files = Self { missing: missing.collect(), ..Self::new() };
        if !files.missing.is_empty() {
            files.backoff.failed(Instant::now());
        }
        files
    }

    /// Reports that memory ran out.
    pub(crate) fn write_oom(&mut self, files: &[Bytes], reporter: &Reporter) {
        for file in files {
            self.write(file, Content::Oom, false, reporter);
        }
    }

    /// Reports that the container has ended. The last of the files is the one that managers watch.
    pub(crate) fn write_exit(&mut self, files: &[Bytes], status: i32, reporter: &Reporter) {
        if let Some((last, others)) = files.split_last() {
            for file in others {
                self.write(file, Content::Status(status), false, reporter);
            }
            self.write(last, Content::Status(status), true, reporter);
        }
    }

    fn write(&mut self, path: &Bytes, content: Content, announces_end: bool, reporter: &Reporter) {
        self.missing.retain(|other| other.path != *path);
        let Err(failure) = content.write(path.as_path()) else { return };
        let (name, reason) = (content.name(), Reason(&failure));
        if is_transient(&failure) {
            reporter.warn(format_args!("cannot write the {name} {path}: {reason}; trying again"));
            if self.missing.is_empty() {
                self.backoff.worked();
            }
            self.backoff.failed(Instant::now());
            self.missing.push(Missing { path: path.clone(), content, announces_end, failure });
        } else {
            reporter.error(format_args!("cannot write the {name} {path}: {reason}"));
        }
    }

    /// Whether a file failed because this process, or the system, has no descriptor left.
    pub(crate) fn lack_descriptors(&self) -> bool {
        self.missing
            .iter()
            .any(|file| matches!(file.failure.raw_os_error(), Some(libc::EMFILE | libc::ENFILE)))
    }

    /// Whether managers cannot see the end yet.
    pub(crate) fn hide_end(&self) -> bool {
        self.missing.iter().any(|file| file.announces_end)
    }

    pub(crate) fn are_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// When the missing files are to be retried.
    pub(crate) fn next_try(&self) -> Option<Instant> {
        self.backoff.next_try().filter(|_| !self.missing.is_empty())
    }

    /// Retries the missing files, in their order.
    pub(crate) fn retry(&mut self, reporter: &Reporter) {
        self.missing.retain_mut(|file| {
            let (name, path) = (file.content.name(), &file.path);
            match file.content.write(path.as_path()) {
                Ok(()) => {
                    reporter.info(format_args!("the {name} {path} is written now"));
                    false
                }
                Err(failure) if is_transient(&failure) => {
                    file.failure = failure;
                    true
                }
                Err(failure) => {
                    reporter.error(format_args!("cannot write the {name} {path}: {}", Reason(&failure)));
                    false
                }
            }
        });
        self.backoff.failed(Instant::now());
    }

    /// Reports that the missing files remain unwritten.
    pub(crate) fn give_up(&mut self, why: &str, reporter: &Reporter) {
        for Missing { path, content, failure, .. } in self.missing.drain(..) {
            let (name, reason) = (content.name(), Reason(&failure));
            reporter.error(format_args!("cannot write the {name} {path}: {reason}; {why}"));
        }
    }
}

/// Creates an empty file. A FIFO in its place does not block (open(2), `ENXIO`).
fn touch(path: &Path) -> io::Result<()> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_TRUNC | OFlag::O_NOFOLLOW;
    let flags = flags | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    open(path, flags, Mode::from_bits_truncate(MODE))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::backoff::retry_for;
    use crate::log::scratch::reporter;

    #[test]
    fn what_an_oom_file_would_lead_to_is_left_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let (target, link) = (directory.join("target"), directory.join("oom"));
        std::fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        touch(&link).unwrap_err();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
        std::fs::remove_file(&link).unwrap();
        touch(&link).unwrap();
        assert_eq!(link.metadata().unwrap().len(), 0);
    }

    #[test]
    fn a_fifo_in_the_place_of_an_oom_file_does_not_block() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let fifo = directory.join("oom");
        nix::unistd::mkfifo(&fifo, Mode::S_IRWXU).unwrap();
        assert_eq!(touch(&fifo).unwrap_err().raw_os_error(), Some(libc::ENXIO));
    }

    #[test]
    fn what_fails_for_a_reason_that_passes_is_written_later_and_keeps_no_other_from_being_written() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let path =
            |name: &str| directory.join(name).into_os_string().into_encoded_bytes().try_into().unwrap();
        let (busy, free, gone): (Bytes, Bytes, Bytes) = (path("busy"), path("free"), path("gone/oom"));
        // A program that runs cannot be written to: ETXTBSY.
        std::fs::copy("/bin/sleep", busy.as_path()).unwrap();
        // Nor can it be started while a child of another test still holds what wrote it.
        let start = || std::process::Command::new(busy.as_path()).arg("60").spawn();
        let mut program = retry_for(Duration::from_secs(10), start).unwrap();
        let (mut files, reporter) = (ManagerFiles::new(), reporter());
        files.write_oom(&[gone, busy.clone(), free.clone()], &reporter);
        assert_eq!(free.as_path().metadata().unwrap().len(), 0);
        assert!(!files.are_complete() && files.next_try().is_some());
        files.retry(&reporter);
        assert!(!files.are_complete() && !files.hide_end());
        program.kill().unwrap();
        program.wait().unwrap();
        files.retry(&reporter);
        assert!(files.are_complete() && files.next_try().is_none());
        assert_eq!(busy.as_path().metadata().unwrap().len(), 0);
    }

    #[test]
    fn the_last_exit_file_is_the_one_that_is_waited_for() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let path =
            |name: &str| directory.join(name).into_os_string().into_encoded_bytes().try_into().unwrap();
        let (persistent, watched): (Bytes, Bytes) = (path("exit"), path("id"));
        let (mut files, reporter) = (ManagerFiles::new(), reporter());
        files.write_exit(&[persistent.clone(), watched.clone()], 137, &reporter);
        for file in [&persistent, &watched] {
            assert_eq!(std::fs::read_to_string(file.as_path()).unwrap(), "137");
        }
        for (watched_is_missing, path) in [(false, persistent), (true, watched)] {
            let failure = io::Error::from_raw_os_error(libc::ENOSPC);
            let content = Content::Status(137);
            files.missing = vec![Missing { path, content, announces_end: watched_is_missing, failure }];
            assert_eq!(files.hide_end(), watched_is_missing);
        }
        files.give_up("giving up", &reporter);
        assert!(files.are_complete());
    }
}
