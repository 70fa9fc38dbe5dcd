//! What happens when a log file is full: by default it is truncated, with `--log-rotate` old files are kept.
//!
//! A new file is created under a temporary name and renamed to the log's, so that a reader always finds a file under that name. Files
//! are renamed only where no other user could control the path. Elsewhere, without rotation, the open file is truncated.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path};

use super::open::{OpenLog, open};
use super::rotated_files::RotatedFiles;
use crate::error::{Error, Step};
use crate::files::atomic_file::AtomicFile;
use crate::files::directory::directory_of;
use crate::files::file_id::FileId;
use crate::plan::{Bytes, FileLog, Rotation};

const STEP: &str = "rotate the log file";

/// The file to continue in.
pub(crate) struct Fresh {
    pub(crate) opened: OpenLog,
    /// Whether the old one is `PATH.1` now.
    pub(crate) kept: bool,
}

/// Rotates or truncates the current file, which is full.
pub(crate) fn begin_fresh_file(log: &FileLog, current: &File, mode: u32) -> Result<Fresh, Error> {
    let path = log.path.as_path();
    let found = match path.symlink_metadata() {
        // Somebody has renamed the file, so what was logged is safe, and a new one is created. If one exists after all, it is appended
        // to and never replaced.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Fresh { opened: open(path).step_at(STEP, path)?, kept: false });
        }
        found => found.step_at(STEP, path)?,
    };
    if found.is_file() && !is_same(&found, current).step_at(STEP, path)? {
        return Ok(Fresh { opened: open(path).step_at(STEP, path)?, kept: false });
    }
    match (why_unsafe(path, &found, &log.allowlist)?, &log.rotation) {
        (None, rotation) => replace(path, mode, rotation.as_ref()),
        (Some(why), Some(_)) => Err(Error::invalid(STEP, format!("{}: {why}", path.display()))),
        (Some(_), None) => {
            current.set_len(0).step_at("truncate the log file", path)?;
            let file = current.try_clone().step_at("duplicate the descriptor of the log file", path)?;
            Ok(Fresh { opened: OpenLog::empty(file), kept: false })
        }
    }
}

/// Whether a rotation failed only because compression is replacing a file now.
pub(crate) fn is_postponed(error: &Error) -> bool {
    error.reason().kind() == io::ErrorKind::WouldBlock
}

/// Whether the path names this very file, and not a link to it.
pub(crate) fn is_at(path: &Path, file: &File) -> bool {
    path.symlink_metadata().and_then(|found| is_same(&found, file)).unwrap_or(false)
}

fn is_same(found: &Metadata, file: &File) -> io::Result<bool> {
    Ok(FileId::of(found) == FileId::of_file(file)?)
}

fn replace(path: &Path, mode: u32, rotation: Option<&Rotation>) -> Result<Fresh, Error> {
    let kept = rotation.map(|rotation| RotatedFiles::lock(path, rotation)).transpose()?;
    let fresh = AtomicFile::create(path, mode).step_at("create a new log file for", path)?;
    let file = fresh.open_for_append().step_at("open a new log file for", path)?;
    if let Some(kept) = kept {
        kept.shift()?;
    }
    fresh.publish(b"").step_at("move the new log file to", path)?;
    Ok(Fresh { opened: OpenLog::empty(file), kept: rotation.is_some() })
}

/// Why another user could control what a rename at this path does; `None` if no other user could.
fn why_unsafe(path: &Path, found: &Metadata, allowlist: &[Bytes]) -> Result<Option<&'static str>, Error> {
    const WRITABLE_FOR_ALL: u32 = 0o002;
    if !found.is_file() {
        return Ok(Some("it is not a regular file"));
    }
    if path.components().any(|component| component == Component::ParentDir) {
        return Ok(Some("its path contains .."));
    }
    let parent = directory_of(path);
    let directory = parent.metadata().step_at(STEP, parent)?;
    if directory.permissions().mode() & WRITABLE_FOR_ALL != 0 {
        return Ok(Some("its directory is writable for everybody"));
    }
    let real = parent.canonicalize().step_at(STEP, parent)?;
    let allowed =
        |list: &Bytes| list.as_path().canonicalize().is_ok_and(|directory| real.starts_with(directory));
    if !allowlist.is_empty() && !allowlist.iter().any(allowed) {
        return Ok(Some("it is outside the allowed directories"));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;
    use crate::log::record_file::RecordFile;
    use crate::log::scratch::{Scratch, reporter, setting};
    use crate::log::volume::Volume;
    use crate::plan::Compression;
    use crate::stream::Stream;

    const LIMIT: u64 = 100;

    #[test]
    fn while_compression_replaces_a_file_logging_continues_and_the_rotation_follows_soon() {
        let scratch = Scratch::new();
        std::fs::write(scratch.path("log.1"), "old").unwrap();
        let rotation = Some(Rotation { files: 3, compress: Some(Compression::Gzip), on_reopen: true });
        let plan = FileLog { max_bytes: Some(LIMIT), rotation, ..scratch.plan("log") };
        let mut log = RecordFile::open(plan, &setting(), |_| (Stream::Stdout, Volume::default())).unwrap();
        let mut write = |length: usize| {
            log.push([&vec![b'x'; length - 1][..], b"\n"], &[], &reporter());
            log.flush(&[], &reporter());
            (log.events().fresh_files, log.events().fresh_file_failures)
        };
        let held = File::open(scratch.path("log.1")).unwrap();
        held.lock().unwrap();
        // Over the limit by one record, and by another: postponed, which is not a failure.
        assert_eq!([write(90), write(90)], [(0, 0); 2]);
        drop(held);
        assert_eq!(write(90), (1, 0));
        assert_eq!(scratch.path("log").metadata().unwrap().size(), 90);
    }
}
