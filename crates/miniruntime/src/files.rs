//! Files written atomically.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Failure, Step};

/// Writes `content` under an unpredictable name and renames it to `path`: readers see all of it or nothing, and a link
/// planted at either name is not followed.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let temporary = beside(path);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(&temporary)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        drop(fs::remove_file(&temporary));
    }
    written.step_at("write", path)
}

fn beside(path: &Path) -> PathBuf {
    // The standard library seeds every state from the system's random numbers.
    let random = RandomState::new().build_hasher().finish();
    let mut name = OsString::from(format!(".{random:016x}."));
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}
