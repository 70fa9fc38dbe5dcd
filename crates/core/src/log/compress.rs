//! Compresses a rotated file without blocking the container.
//!
//! A forked child does it, so its memory is freed when it exits. In another program's process, where a forked child could only execute
//! a program, a thread does it. After any error the plain file stays. The compressed file gets its name
//! only when it is complete and synced; until then it has none, where the file system supports that (open(2),
//! `O_TMPFILE`), so a killed worker leaves nothing. Each file has one worker, which stops when rotation removes the file, so
//! there are never more workers than files.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use conmon_sys::fds::close_all_but;
use conmon_sys::process::{exit_now, fork_alone, lower_priority};
use flate2::Compression as Level;
use flate2::write::GzEncoder;
use nix::fcntl::{AT_FDCWD, AtFlags};

use super::rotated_files;
use crate::diagnostics::report::Reporter;
use crate::error::{Error, Step};
use crate::files::atomic_file::AtomicFile;
use crate::files::directory::directory_of;
use crate::files::remove::remove_if_exists;
use crate::plan::{Compression, FileLog};

/// Where work runs that must not block the event loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Background {
    /// A forked child: this process has one thread, and reaps all its children.
    Child,
    /// A thread: this process is another program's.
    Thread,
}

const STEP: &str = "compress the rotated log file";
const NAME: &str = "conmon-gzip";
const CHUNK: usize = 64 * 1024;
/// The permission bits of a mode, without the file type (inode(7)).
const PERMISSIONS: u32 = 0o7777;

/// Starts to compress `PATH.1`, if the plan says so.
pub(crate) fn newest(log: &FileLog, background: Background, reporter: &Reporter) {
    let Some((files, Compression::Gzip)) =
        log.rotation.as_ref().and_then(|rotation| Some((rotation.files, rotation.compress?)))
    else {
        return;
    };
    let path = log.path.as_path();
    if let Err(error) = begin(path, files, background, reporter) {
        reporter.warn(format_args!("{error}; it stays uncompressed"));
    }
}

fn begin(path: &Path, files: u32, background: Background, reporter: &Reporter) -> Result<(), Error> {
    let newest = rotated_files::plain(path, 1);
    let job =
        Job { source: rotated_files::open(&newest).step_at(STEP, &newest)?, path: path.to_owned(), files };
    match background {
        Background::Child => {
            if fork_alone().step_at(STEP, newest)?.is_none() {
                job.run_as_child(reporter)
            }
        }
        Background::Thread => {
            let thread = std::thread::Builder::new().name(NAME.to_owned());
            // A thread has no reporter. After a failure the plain file stays.
            thread.spawn(move || drop(job.run())).step_at(STEP, newest)?;
        }
    }
    Ok(())
}

/// One file to compress.
struct Job {
    source: File,
    path: PathBuf,
    files: u32,
}

impl Job {
    fn run_as_child(self, reporter: &Reporter) -> ! {
        // The child keeps neither the monitor's pipes and sockets open nor its signals ignored.
        close_all_but([self.source.as_fd()]);
        let _ = nix::sys::signal::SigSet::empty().thread_set_mask();
        let _ = std::fs::write("/proc/self/oom_score_adj", "0");
        let _ = nix::sys::prctl::set_name(c"conmon-gzip");
        if let Err(error) = self.run() {
            reporter.warn(format_args!("{error}; it stays uncompressed"));
            exit_now(1);
        }
        exit_now(0)
    }

    fn run(self) -> Result<(), Error> {
        lower_priority();
        let mut target =
            PartialFile::create(&self.path).step_at("create a compressed log file for", &self.path)?;
        if !self.compress_into(target.file()).step_at(STEP, &self.path)? {
            return Ok(());
        }
        self.replace_by(target)
    }

    fn replace_by(self, target: PartialFile) -> Result<(), Error> {
        let Self { source, path, files } = self;
        source.lock().step_at("lock the rotated log file of", &path)?;
        let Some(number) = rotated_files::number_of(&source, &path, files).step_at(STEP, &path)? else {
            return Ok(());
        };
        let compressed = rotated_files::compressed(&path, number);
        target.publish(&compressed).step_at("move the compressed log file to", &compressed)?;
        let plain = rotated_files::plain(&path, number);
        std::fs::remove_file(&plain).step_at("remove the rotated log file", plain)
    }

    /// False if rotation has removed the file.
    fn compress_into(&self, target: &File) -> io::Result<bool> {
        let mut encoder = GzEncoder::new(target, Level::default());
        let mut source = &self.source;
        let mut chunk = vec![0; CHUNK];
        loop {
            if self.source.metadata()?.nlink() == 0 {
                return Ok(false);
            }
            match source.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => encoder.write_all(&chunk[..count])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        encoder.finish()?;
        let original = self.source.metadata()?;
        target.set_permissions(Permissions::from_mode(original.mode() & PERMISSIONS))?;
        target.set_modified(original.modified()?)?;
        target.sync_all()?;
        Ok(true)
    }
}

/// The compressed file while it is made.
enum PartialFile {
    Unnamed(File),
    /// On file systems whose files have a name from the start.
    Named(File, AtomicFile),
}

impl PartialFile {
    fn create(path: &Path) -> io::Result<Self> {
        const PRIVATE: u32 = 0o600;
        let mut options = OpenOptions::new();
        options.write(true).mode(PRIVATE).custom_flags(libc::O_TMPFILE);
        match options.open(directory_of(path)) {
            Ok(file) => Ok(Self::Unnamed(file)),
            // EISDIR: a kernel or file system that only sees O_DIRECTORY in the flag.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR)) => {
                let named = AtomicFile::create(path, PRIVATE)?;
                Ok(Self::Named(named.open_for_append()?, named))
            }
            Err(error) => Err(error),
        }
    }

    fn file(&mut self) -> &File {
        match self {
            Self::Unnamed(file) | Self::Named(file, _) => file,
        }
    }

    fn publish(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Unnamed(file) => {
                remove_if_exists(path)?;
                let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
                let follow = AtFlags::AT_SYMLINK_FOLLOW;
                nix::unistd::linkat(AT_FDCWD, unnamed.as_str(), AT_FDCWD, path, follow)?;
                Ok(())
            }
            Self::Named(_, named) => named.publish_as(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::scratch::{Scratch, reporter};

    fn content(packed: &Path) -> Vec<u8> {
        let mut content = Vec::new();
        flate2::read::GzDecoder::new(File::open(packed).unwrap()).read_to_end(&mut content).unwrap();
        content
    }

    fn names(scratch: &Scratch) -> Vec<String> {
        let entries = std::fs::read_dir(scratch.path("")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn job(scratch: &Scratch, name: &str) -> Job {
        Job { source: rotated_files::open(&scratch.path(name)).unwrap(), path: scratch.path("log"), files: 3 }
    }

    #[test]
    fn the_compressed_file_takes_the_place_mode_and_time_of_the_plain_one() {
        let scratch = Scratch::new();
        let text = b"2026-11-24T11:00:00.000000000+00:00 stdout F line\n".repeat(5000);
        std::fs::write(scratch.path("log.1"), &text).unwrap();
        std::fs::set_permissions(scratch.path("log.1"), Permissions::from_mode(0o640)).unwrap();
        let modified = scratch.path("log.1").metadata().unwrap().modified().unwrap();
        job(&scratch, "log.1").run().unwrap();
        assert_eq!(names(&scratch), ["log.1.gz"]);
        assert_eq!(content(&scratch.path("log.1.gz")), text);
        let packed = scratch.path("log.1.gz").metadata().unwrap();
        assert_eq!((packed.mode() & PERMISSIONS, packed.modified().unwrap()), (0o640, modified));
    }

    #[test]
    fn in_a_foreign_process_a_thread_does_it() {
        let scratch = Scratch::new();
        std::fs::write(scratch.path("log.1"), "old").unwrap();
        let rotation =
            Some(crate::plan::Rotation { files: 1, compress: Some(Compression::Gzip), on_reopen: false });
        newest(&FileLog { rotation, ..scratch.plan("log") }, Background::Thread, &reporter());
        while scratch.path("log.1").exists() {
            std::thread::yield_now();
        }
        assert_eq!(content(&scratch.path("log.1.gz")), b"old");
    }

    #[test]
    fn a_file_that_was_moved_on_meanwhile_is_replaced_where_it_is() {
        let scratch = Scratch::new();
        std::fs::write(scratch.path("log.1"), "old").unwrap();
        let job = job(&scratch, "log.1");
        std::fs::rename(scratch.path("log.1"), scratch.path("log.2")).unwrap();
        std::fs::write(scratch.path("log.1"), "new").unwrap();
        job.run().unwrap();
        assert_eq!(names(&scratch), ["log.1", "log.2.gz"]);
        assert_eq!(content(&scratch.path("log.2.gz")), b"old");
    }

    #[test]
    fn a_file_that_was_dropped_meanwhile_leaves_nothing() {
        let scratch = Scratch::new();
        std::fs::write(scratch.path("log.1"), "old").unwrap();
        let job = job(&scratch, "log.1");
        std::fs::remove_file(scratch.path("log.1")).unwrap();
        job.run().unwrap();
        assert_eq!(names(&scratch), Vec::<String>::new());
    }

    #[test]
    fn what_an_interrupted_worker_left_is_replaced() {
        let scratch = Scratch::new();
        std::fs::write(scratch.path("log.1"), "old").unwrap();
        std::fs::write(scratch.path("log.1.gz"), "half").unwrap();
        job(&scratch, "log.1").run().unwrap();
        assert_eq!(content(&scratch.path("log.1.gz")), b"old");
    }

    #[test]
    fn rotation_moves_nothing_while_a_file_is_being_replaced() {
        let scratch = Scratch::new();
        for name in ["log", "log.1"] {
            std::fs::write(scratch.path(name), name).unwrap();
        }
        let held = rotated_files::open(&scratch.path("log.1")).unwrap();
        held.lock().unwrap();
        let rotation =
            crate::plan::Rotation { files: 2, compress: Some(Compression::Gzip), on_reopen: false };
        let path = scratch.path("log");
        let refused = rotated_files::RotatedFiles::lock(&path, &rotation).err().unwrap();
        assert_eq!(refused.reason().kind(), io::ErrorKind::WouldBlock);
        drop(held);
        rotated_files::RotatedFiles::lock(&path, &rotation).unwrap().shift().unwrap();
        assert_eq!(names(&scratch), ["log", "log.1", "log.2"]);
    }
}
