//! The directory that a file is in.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens the directory of `path`, as [`open_directory`] does.
///
/// # Errors
/// Those of open(2).
pub(crate) fn open_directory_of(path: &Path) -> io::Result<File> {
    open_directory(directory_of(path))
}

/// Opens a directory to refer to it, not to read it (open(2), `O_PATH`).
///
/// # Errors
/// Those of open(2).
pub(crate) fn open_directory(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_PATH | libc::O_DIRECTORY).open(path)
}

/// The directory of `path`: `.` for a name alone.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_is_in_the_current_directory() {
        for (path, directory) in [("log", "."), ("a/log", "a"), ("/log", "/"), ("./log", ".")] {
            assert_eq!(directory_of(Path::new(path)), Path::new(directory), "{path}");
        }
    }
}
