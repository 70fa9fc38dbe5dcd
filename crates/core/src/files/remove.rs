//! Removing a file that may not exist.

use std::io;
use std::path::Path;

/// Removes the file at `path`, if there is one.
///
/// # Errors
/// Those of unlink(2) except `ENOENT`.
pub(crate) fn remove_if_exists(path: &Path) -> io::Result<()> {
    unless_missing(std::fs::remove_file(path))
}

/// Treats a file that is missing as one that has been dealt with.
///
/// # Errors
/// That of `outcome`, except `ENOENT`.
pub(crate) fn unless_missing(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
