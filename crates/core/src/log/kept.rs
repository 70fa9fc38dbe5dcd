//! The files that rotation keeps: `PATH.1` the newest, `PATH.2` …, each plain or, with `.gz` behind it, compressed.
//!
//! Two write here: rotation, which moves every file one number on, and compression, which works for a while elsewhere and
//! then replaces a file, whatever its number is by then. For that moment compression holds a lock on the plain file
//! (flock(2)); rotation moves nothing while one is held.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use crate::error::{Error, Step};
use crate::plan::Rotation;

/// Compression holds its lock for two changes of a directory, but yields the processor to everybody.
const LOCK_ATTEMPTS: u32 = 200;
const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// Moves the kept files one number on, and keeps the log as `PATH.1`. The log itself stays in its place until a fresh
/// file replaces it: link, not rename.
pub(crate) fn shift(path: &Path, rotation: &Rotation) -> Result<(), Error> {
    let _locks = match rotation.compress {
        Some(_) => lock_all(path, rotation.files)?,
        None => Vec::new(),
    };
    remove(&plain(path, rotation.files))?;
    remove(&compressed(path, rotation.files))?;
    for number in (1..rotation.files).rev() {
        let packed = compressed(path, number);
        if packed.symlink_metadata().is_ok() {
            // Compression was killed before it could remove what it had replaced.
            remove(&plain(path, number))?;
        }
        rename(&packed, &compressed(path, number + 1))?;
        rename(&plain(path, number), &plain(path, number + 1))?;
    }
    let newest = plain(path, 1);
    std::fs::hard_link(path, &newest).step_at("keep the old log file as", newest)
}

/// `PATH.N`
pub(crate) fn plain(path: &Path, number: u32) -> PathBuf {
    with_suffix(path, &format!(".{number}"))
}

/// `PATH.N.gz`
pub(crate) fn compressed(path: &Path, number: u32) -> PathBuf {
    with_suffix(path, &format!(".{number}.gz"))
}

/// Opens a kept file to read it; never through a link, never waiting for the other end of a FIFO.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// The number under which this file is kept now; `None` if it was dropped.
pub(crate) fn number_of(file: &File, path: &Path, files: u32) -> io::Result<Option<u32>> {
    let ours = file.metadata()?;
    Ok((1..=files).find(|number| {
        plain(path, *number)
            .symlink_metadata()
            .is_ok_and(|found| (found.dev(), found.ino()) == (ours.dev(), ours.ino()))
    }))
}

fn lock_all(path: &Path, files: u32) -> Result<Vec<Flock<File>>, Error> {
    (1..=files)
        .map(|number| plain(path, number))
        .filter_map(|path| open(&path).ok().map(|file| lock(file).step_at("lock the old log file", path)))
        .collect()
}

fn lock(mut file: File) -> io::Result<Flock<File>> {
    for _ in 0..LOCK_ATTEMPTS {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((back, Errno::EAGAIN)) => file = back,
            Err((_, error)) => return Err(error.into()),
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    Err(Errno::EAGAIN.into())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) -> Result<(), Error> {
    unless_missing(std::fs::remove_file(path)).step_at("remove the old log file", path)
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    unless_missing(std::fs::rename(from, to)).step_at("rotate the old log file", from)
}

fn unless_missing(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}
