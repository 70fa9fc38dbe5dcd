//! Opens a log. Something else than a regular file may be at its path: a FIFO, a terminal, a device, a link.
//!
//! - Nothing here blocks. A FIFO is opened with `O_NONBLOCK` (fifo(7)): without a reader that fails.
//! - A symbolic link at the path is followed only if no other user could have placed it, see [`links`]. Links to directories on the
//!   way there are normal, and not checked.
//! - A file with more than one name is refused where other users can add names: they would choose the file that is appended to.
//! - A file that ends in the middle of a line, or in NULs after a power failure, is detected here, so that the next record begins on
//!   a new line.

mod links;

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use links::Place;

pub(crate) const MODE: u32 = 0o640;

/// A log that has been opened or created.
#[derive(Debug)]
pub(crate) struct OpenLog {
    pub(crate) file: File,
    /// Size in bytes; 0 unless it is a regular file.
    pub(crate) size: u64,
    pub(crate) regular: bool,
    /// Whether it does not end in a newline.
    pub(crate) unfinished: bool,
    /// Whether it is a descriptor of this process (`/dev/stdout`): its path may name another one later.
    pub(crate) descriptor: bool,
}

/// Opens the log at `path` for appending, or creates it.
///
/// # Errors
/// Those of open(2), or `PermissionDenied` if the path is not trusted.
pub(crate) fn open(path: &Path) -> io::Result<OpenLog> {
    let options = append_or_create(libc::O_NOFOLLOW);
    match options.open(path) {
        Ok(file) => OpenLog::new(file, false, || Place::find(path)?.others_can_add_names()),
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => links::follow(path),
        Err(error) => Err(explained(error, path.symlink_metadata())),
    }
}

fn append_or_create(flags: i32) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(MODE);
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | flags);
    options
}

impl OpenLog {
    /// A regular file that holds nothing.
    pub(crate) fn empty(file: File) -> Self {
        Self { file, size: 0, regular: true, unfinished: false, descriptor: false }
    }

    /// Every write to it fails.
    pub(crate) fn nothing() -> io::Result<Self> {
        Ok(Self::empty(File::open("/dev/null")?))
    }

    fn new(
        file: File,
        descriptor: bool,
        others_can_add_names: impl FnOnce() -> io::Result<bool>,
    ) -> io::Result<Self> {
        let found = file.metadata()?;
        let regular = found.is_file();
        if regular && found.nlink() > 1 && others_can_add_names()? {
            let why = "it has more than one name, and other users can add names to its directory";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        let size = if regular { found.size() } else { 0 };
        let unfinished = size > 0 && last_byte(&file, size).is_ok_and(|byte| byte != b'\n');
        Ok(Self { file, size, regular, unfinished, descriptor })
    }
}

/// Reads the last byte through another description: the log itself is open for writing only. Fails if it may not be read.
fn last_byte(file: &File, size: u64) -> io::Result<u8> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let reader = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let mut last = [0];
    reader.read_exact_at(&mut last, size - 1)?;
    let [last] = last;
    Ok(last)
}

/// Replaces ENXIO by what it means for this file, and what to do (open(2)).
fn explained(error: io::Error, found: io::Result<Metadata>) -> io::Error {
    let why = match found.map(|found| found.file_type()) {
        Ok(kind) if kind.is_fifo() => "no process reads this FIFO; start its reader first",
        Ok(kind) if kind.is_socket() => "it is a socket; a log can be a file, a FIFO or a device",
        _ => return error,
    };
    match error.raw_os_error() {
        Some(libc::ENXIO) => io::Error::new(io::ErrorKind::NotConnected, why),
        _ => error,
    }
}

#[cfg(test)]
mod tests;
