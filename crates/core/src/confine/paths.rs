//! Where the monitor may write, and what it may execute (landlock(7)): another version of itself, which is looked for in the
//! directory of its own executable. It may read what it always could: cgroups, the time zone and `/proc` lie in many places.

use std::io;
use std::path::Path;

use conmon_sys::confinement::Ruleset;

use crate::files::directory::open_directory;
use crate::plan::Writable;

/// Kinds of access, from `<linux/landlock.h>`.
const EXECUTE: u64 = 1;
const WRITE_FILE: u64 = 1 << 1;
const REMOVE_DIR: u64 = 1 << 4;
const REMOVE_FILE: u64 = 1 << 5;
const MAKE_CHAR: u64 = 1 << 6;
const MAKE_DIR: u64 = 1 << 7;
const MAKE_REG: u64 = 1 << 8;
const MAKE_SOCK: u64 = 1 << 9;
const MAKE_FIFO: u64 = 1 << 10;
const MAKE_BLOCK: u64 = 1 << 11;
const MAKE_SYM: u64 = 1 << 12;
/// Version 3.
const TRUNCATE: u64 = 1 << 14;
/// Version 4: to bind or to connect with TCP.
const TCP: u64 = 0b11;

const HANDLED: u64 = EXECUTE
    | WRITE_FILE
    | REMOVE_DIR
    | REMOVE_FILE
    | MAKE_CHAR
    | MAKE_DIR
    | MAKE_REG
    | MAKE_SOCK
    | MAKE_FIFO
    | MAKE_BLOCK
    | MAKE_SYM;

/// What happens in the directories of logs, exit files, `oom` and the attach socket's link.
const NEEDED: u64 = WRITE_FILE | REMOVE_FILE | MAKE_REG;

pub(super) fn restrict(writable: &Writable) -> io::Result<()> {
    let version = Ruleset::version()?;
    let truncate = if version >= 3 { TRUNCATE } else { 0 };
    let rules = Ruleset::new(HANDLED | truncate, if version >= 4 { TCP } else { 0 })?;
    let allow = |directory: &Path| match open_directory(directory) {
        Ok(directory) => rules.allow(NEEDED | truncate, directory),
        // A path that does not exist needs no rule.
        Err(_) => Ok(()),
    };
    for directory in &writable.directories {
        allow(directory.as_path())?;
    }
    for link in writable.files.iter().filter(|file| file.as_path().is_symlink()) {
        if let Some(target) = link.as_path().canonicalize().ok().as_deref().and_then(Path::parent) {
            allow(target)?;
        }
    }
    // Only an update needs it.
    if let Some(own) = std::fs::read_link("/proc/self/exe").ok().as_deref().and_then(Path::parent)
        && let Ok(own) = open_directory(own)
    {
        rules.allow(EXECUTE, own)?;
    }
    rules.enforce()
}
