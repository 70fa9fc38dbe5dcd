//! [`RotatedFiles`]: the log files that rotation keeps. `PATH.1` is the newest, then `PATH.2` and so on, each plain or compressed
//! (`.gz`).
//!
//! Rotation renames the numbers from 1 up to the first that is free, and fills that gap. So its cost depends on the files that
//! exist, not on how many may be kept.
//!
//! Two processes change these names: rotation, which increments every number, and compression, which replaces a file under the number
//! that it has by then. While it does so, compression holds a lock on the plain file (flock(2)). Rotation renames nothing while a lock
//! is held, and does not wait for it: it is postponed.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use conmon_sys::rename::rename_noreplace;
use nix::errno::Errno;

use crate::error::{Error, Step};
use crate::files::file_id::FileId;
use crate::files::remove::{remove_if_exists, unless_missing};
use crate::plan::Rotation;

/// The rotated files, locked so that compression replaces none of them.
pub(crate) struct RotatedFiles<'a> {
    path: &'a Path,
    /// How many are kept at most.
    most: u32,
    /// The numbers from 1 to this one are taken.
    last: u32,
    /// Closing a file releases its lock.
    _locked: Vec<File>,
}

impl<'a> RotatedFiles<'a> {
    /// Locks the files, without waiting.
    ///
    /// # Errors
    /// `WouldBlock` while compression replaces one of the files.
    pub(crate) fn lock(path: &'a Path, rotation: &Rotation) -> Result<Self, Error> {
        let most = rotation.files;
        let last = last_taken(path, most).step_at("list the rotated log files of", path)?;
        let mut locked = Vec::new();
        if rotation.compress.is_some() {
            for plain in (1..=last).map(|number| plain(path, number)) {
                // One that is compressed by now, or that nobody can read, is not being compressed.
                let Ok(file) = open(&plain) else { continue };
                file.try_lock().step_at("lock the rotated log file", plain)?;
                locked.push(file);
            }
        }
        Ok(Self { path, most, last, _locked: locked })
    }

    /// Increments every number, removes the oldest file if there are too many, and gives the log the second name `PATH.1` (link(2)).
    /// The log keeps its own name until a new file replaces it.
    pub(crate) fn shift(self) -> Result<(), Error> {
        let Self { path, most, last, .. } = self;
        if last == most {
            remove(&plain(path, last))?;
            remove(&compressed(path, last))?;
        }
        for number in (1..=last.min(most.saturating_sub(1))).rev() {
            let packed = compressed(path, number);
            if exists(&packed).step_at("find the rotated log file", &packed)? {
                // Both are there if compression was killed before it could remove what it had replaced.
                remove(&plain(path, number))?;
                rename(&packed, &compressed(path, number + 1))?;
            } else {
                rename(&plain(path, number), &plain(path, number + 1))?;
            }
        }
        let newest = plain(path, 1);
        std::fs::hard_link(path, &newest).step_at("move the log file to", newest)
    }
}

/// The last of the numbers from 1 on that are taken without a gap; 0 if there is none.
fn last_taken(path: &Path, most: u32) -> io::Result<u32> {
    for number in 1..=most {
        if !is_taken(path, number)? {
            return Ok(number - 1);
        }
    }
    Ok(most)
}

fn is_taken(path: &Path, number: u32) -> io::Result<bool> {
    Ok(exists(&plain(path, number))? || exists(&compressed(path, number))?)
}

/// Not `Path::exists`: a file whose metadata cannot be read may exist.
fn exists(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// `PATH.N`
pub(crate) fn plain(path: &Path, number: u32) -> PathBuf {
    with_suffix(path, &format!(".{number}"))
}

/// `PATH.N.gz`
pub(crate) fn compressed(path: &Path, number: u32) -> PathBuf {
    with_suffix(path, &format!(".{number}.gz"))
}

/// Opens a rotated file for reading, neither through a link nor waiting for the writer of a FIFO.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// The number that this file has now; `None` if rotation has removed it. The caller holds the file's lock.
pub(crate) fn number_of(file: &File, path: &Path, files: u32) -> io::Result<Option<u32>> {
    let ours = FileId::of_file(file)?;
    Ok((1..=last_taken(path, files)?)
        .find(|number| plain(path, *number).symlink_metadata().is_ok_and(|found| FileId::of(&found) == ours)))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) -> Result<(), Error> {
    remove_if_exists(path).step_at("remove the rotated log file", path)
}

fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    unless_missing(rename_to_free(from, to)).step_at("rename the rotated log file", from)
}

/// Never replaces a rotated file: if one has this name after all, the rotation fails and nothing is lost. A file system without the
/// flag returns EINVAL (rename(2)).
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match rename_noreplace(from, to) {
        Err(Errno::EINVAL | Errno::ENOSYS) => std::fs::rename(from, to),
        outcome => Ok(outcome?),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::scratch::Scratch;
    use crate::plan::Compression;
    use crate::properties::config;

    fn shift(scratch: &Scratch, files: u32, compress: Option<Compression>) {
        let path = scratch.path("log");
        let kept = RotatedFiles::lock(&path, &Rotation { files, compress, on_reopen: false }).unwrap();
        kept.shift().unwrap();
    }

    fn fill(scratch: &Scratch, names: &[&str]) {
        for name in names {
            std::fs::write(scratch.path(name), name).unwrap();
        }
    }

    /// Each file holds the name that it had at first.
    fn found(scratch: &Scratch) -> Vec<String> {
        let entries = std::fs::read_dir(scratch.path("")).unwrap();
        let mut found: Vec<_> = entries
            .map(|entry| {
                let entry = entry.unwrap();
                let content = std::fs::read_to_string(entry.path()).unwrap();
                format!("{} was {content}", entry.file_name().to_str().unwrap())
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn a_rotation_costs_what_the_files_that_exist_cost() {
        let scratch = Scratch::new();
        fill(&scratch, &["log", "log.1", "log.2.gz"]);
        // Every number that was looked at would take minutes.
        shift(&scratch, u32::MAX, Some(Compression::Gzip));
        assert_eq!(
            found(&scratch),
            ["log was log", "log.1 was log", "log.2 was log.1", "log.3.gz was log.2.gz"]
        );
        let path = scratch.path("log");
        let dropped = File::open(&path).unwrap();
        std::fs::remove_file(scratch.path("log.1")).unwrap();
        assert_eq!(number_of(&dropped, &path, u32::MAX).unwrap(), None);
    }

    #[test]
    fn what_is_moved_on_fills_a_gap_and_leaves_what_is_beyond() {
        let scratch = Scratch::new();
        fill(&scratch, &["log", "log.1", "log.3", "log.4"]);
        shift(&scratch, 4, None);
        assert_eq!(
            found(&scratch),
            ["log was log", "log.1 was log", "log.2 was log.1", "log.3 was log.3", "log.4 was log.4"]
        );
        std::fs::remove_file(scratch.path("log")).unwrap();
        fill(&scratch, &["log"]);
        shift(&scratch, 4, None);
        assert_eq!(found(&scratch)[4], "log.4 was log.3");
    }

    #[test]
    fn the_oldest_is_dropped_in_either_form_and_a_replaced_one_does_not_come_back() {
        let scratch = Scratch::new();
        fill(&scratch, &["log", "log.1", "log.1.gz", "log.2", "log.2.gz"]);
        shift(&scratch, 2, Some(Compression::Gzip));
        assert_eq!(found(&scratch), ["log was log", "log.1 was log", "log.2.gz was log.1.gz"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: config().cases / 2, ..config() })]

        #[test]
        fn files_up_to_the_first_gap_move_on_by_one_in_their_form_and_the_others_stay(
            forms in prop::collection::vec(prop_oneof![Just(None), Just(Some("")), Just(Some(".gz"))], 0..8),
            most in 1..10_u32,
            compress in prop::option::of(Just(Compression::Gzip)),
        ) {
            let scratch = Scratch::new();
            let named = |(index, form): (usize, &Option<&str>)| form.map(|form| (index + 1, format!("log.{}{form}", index + 1)));
            let names: Vec<_> = forms.iter().enumerate().filter_map(named).collect();
            let most_kept = usize::try_from(most).unwrap();
            let run = forms.iter().take(most_kept).take_while(|form| form.is_some()).count();
            fill(&scratch, &["log"]);
            for (_, name) in &names {
                fill(&scratch, &[name]);
            }
            shift(&scratch, most, compress);
            let moved = names.iter().filter_map(|(number, name)| match *number {
                number if number > run => Some(format!("{name} was {name}")),
                number if number == most_kept => None,
                number => Some(format!("log.{}{} was {name}", number + 1, forms[number - 1].unwrap_or(""))),
            });
            let mut expected: Vec<_> = ["log was log".to_owned(), "log.1 was log".to_owned()].into_iter().chain(moved).collect();
            expected.sort();
            prop_assert_eq!(found(&scratch), expected);
        }
    }
}
