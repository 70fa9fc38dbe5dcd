//! [`AtomicFile`]: a file that appears under its name with its whole content, or not at all.
//!
//! It is written under a random name and then renamed (rename(2) replaces atomically). The temporary name starts with a dot, so it is
//! neither a container ID (CRI-O watches the exit directory for those) nor a log's name followed by a dot.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use conmon_sys::random::random;

use crate::backoff::{in_a_row, retry_for};
use crate::files::directory::directory_of;

/// A file that exists under a temporary name until [`AtomicFile::publish`].
pub(crate) struct AtomicFile {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    published: bool,
}

impl AtomicFile {
    /// Creates the temporary file in the directory of `path`, so that a missing or read-only directory is reported now.
    pub(crate) fn create(path: &Path, mode: u32) -> io::Result<Self> {
        let directory = directory_of(path);
        in_a_row(|| {
            let temporary = directory.join(format!(".conmon-{:016x}", random()?));
            let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
            Ok(Self { file, temporary, path: path.to_owned(), published: false })
        })
    }

    /// The same file again, for a writer that continues after [`AtomicFile::publish`].
    pub(crate) fn open_for_append(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.temporary)
    }

    /// The number of its inode, which renaming does not change.
    pub(crate) fn inode(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.ino())
    }

    /// Closes the file without removing it: after a fork, the other process publishes or removes it.
    pub(crate) fn leave_to_the_other_process(mut self) {
        self.published = true;
    }

    /// Writes the content and gives the file its name.
    pub(crate) fn publish(self, content: &[u8]) -> io::Result<()> {
        self.publish_within(Duration::ZERO, content)
    }

    /// Like [`Self::publish`], but retries each of the two steps for up to `limit` after transient failures. Blocks.
    pub(crate) fn publish_within(mut self, limit: Duration, content: &[u8]) -> io::Result<()> {
        // From its start: a retry overwrites what the failed attempt wrote.
        retry_for(limit, || self.file.write_all_at(content, 0))?;
        retry_for(limit, || std::fs::rename(&self.temporary, &self.path))?;
        self.published = true;
        Ok(())
    }

    /// Gives the file another name, in the same directory.
    pub(crate) fn publish_as(mut self, path: &Path) -> io::Result<()> {
        std::fs::rename(&self.temporary, path)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.published {
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}

/// Writes a whole file.
pub(crate) fn write(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    AtomicFile::create(path, mode)?.publish(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_replaces_its_predecessor_and_leaves_nothing_beside_it() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let path = directory.join("exit");
        write(&path, 0o644, b"1").unwrap();
        write(&path, 0o644, b"137").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"137");
        assert_eq!(std::fs::read_dir(directory).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_not_published_leaves_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        drop(AtomicFile::create(&directory.join("pid"), 0o644).unwrap());
        assert_eq!(std::fs::read_dir(directory).unwrap().count(), 0);
    }

    #[test]
    fn a_missing_directory_is_an_error_before_anything_is_written() {
        assert_eq!(
            AtomicFile::create(Path::new("/nowhere/at/all"), 0o644).err().unwrap().kind(),
            io::ErrorKind::NotFound
        );
    }
}
