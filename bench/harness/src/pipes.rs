//! Counts the pages that processes hold in pipes, which the kernel limits per user; pipe(7), `pipe-user-pages-soft`.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{SysconfVar, pipe, sysconf};

use crate::Outcome;

/// Prints the pages of all pipes and FIFOs that these processes have open, each counted once, and the pages of a new pipe
/// of this user.
pub(crate) fn run(pids: &[&str]) -> Outcome {
    let mut sizes = BTreeMap::new();
    for pid in pids {
        for entry in fs::read_dir(format!("/proc/{pid}/fd"))? {
            let path = entry?.path();
            // It may be closed meanwhile.
            let Ok(found) = fs::metadata(&path) else { continue };
            if found.file_type().is_fifo() {
                sizes.insert((found.dev(), found.ino()), pages(&path)?);
            }
        }
    }
    let (fresh, _other) = pipe()?;
    println!("{} {}", sizes.values().sum::<i64>(), size(&fresh)?);
    Ok(())
}

/// Zero if it was closed meanwhile.
fn pages(path: &Path) -> Outcome<i64> {
    let flags = OFlag::O_NONBLOCK.bits();
    match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => size(&file),
        Err(_) => Ok(0),
    }
}

fn size(file: &impl std::os::fd::AsFd) -> Outcome<i64> {
    let bytes = fcntl(file, FcntlArg::F_GETPIPE_SZ)?;
    let page = sysconf(SysconfVar::PAGE_SIZE)?.ok_or("no page size")?;
    Ok(i64::from(bytes) / page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_has_as_many_pages_as_it_was_given() {
        let (ours, _theirs) = pipe().unwrap();
        fcntl(&ours, FcntlArg::F_SETPIPE_SZ(8 * 4096)).unwrap();
        assert_eq!(size(&ours).unwrap() * sysconf(SysconfVar::PAGE_SIZE).unwrap().unwrap(), 8 * 4096);
    }
}
