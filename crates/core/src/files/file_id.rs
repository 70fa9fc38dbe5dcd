//! [`FileId`]: whether two paths or descriptors lead to the same file.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;

/// Device and inode of a file (inode(7)). No other file has both while this one exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// # Errors
    /// Those of fstat(2).
    pub(crate) fn of_file(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::of(&metadata))
    }
}
