//! Symbolic links at the path of a log: followed one by one, each only if no other user could have placed it.
//!
//! A link is trusted if root or the user of this process owns it and its directory, and the directory is not world-writable (or is
//! sticky, as `/tmp`). The owner of the link alone proves nothing: in another directory, another user could not create such a link, but
//! could move one there (rename(2) checks only the directories' permissions). The link is held by a descriptor (`O_PATH`, open(2))
//! from the check to the use, so it cannot be replaced in between.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{AT_FDCWD, OFlag, openat, readlinkat};
use nix::sys::stat::Mode;
use nix::sys::statfs::{PROC_SUPER_MAGIC, fstatfs};

use super::{OpenLog, append_or_create, explained};
use crate::files::directory::directory_of;
use crate::files::file_id::FileId;

/// More than any real path has.
const MAX_LINKS: usize = 8;
const WRITABLE_FOR_ALL: u32 = 0o002;
const STICKY: u32 = 0o1000;
/// The system's own directory of devices.
const DEVICES: &str = "/dev";
const ROOT: u32 = 0;

/// Opens what the link at `path` leads to.
pub(super) fn follow(path: &Path) -> io::Result<OpenLog> {
    let mut place = Place::find(path)?;
    for _ in 0..MAX_LINKS {
        let link = place.hold()?;
        place.check_link(&link)?;
        if place.leads_to_descriptors()? {
            return place.open(0, true);
        }
        let target = PathBuf::from(readlinkat(&link, c"")?);
        place = Place::beside(place.directory.as_fd(), &target)?;
        match place.open(libc::O_NOFOLLOW, false) {
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {}
            outcome => return outcome,
        }
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// A name in a directory that is held open.
pub(super) struct Place {
    directory: File,
    name: PathBuf,
}

impl Place {
    pub(super) fn find(path: &Path) -> io::Result<Self> {
        Self::beside(AT_FDCWD, path)
    }

    /// The place of a path, which is relative to `from` unless it is absolute.
    fn beside(from: BorrowedFd<'_>, path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::Error::from_raw_os_error(libc::EISDIR))?.into();
        let parent = directory_of(path);
        let directory = hold(from, parent, OFlag::O_DIRECTORY)?;
        Ok(Self { directory: directory.into(), name })
    }

    /// A descriptor (`O_PATH`) of the file that has the name now, not followed.
    fn hold(&self) -> io::Result<File> {
        hold(self.directory.as_fd(), &self.name, OFlag::O_NOFOLLOW).map(File::from)
    }

    fn open(&self, flags: i32, descriptor: bool) -> io::Result<OpenLog> {
        let path = PathBuf::from(format!("/proc/self/fd/{}", self.directory.as_raw_fd())).join(&self.name);
        match append_or_create(flags).open(&path) {
            Ok(file) => OpenLog::new(file, descriptor, || self.others_can_add_names()),
            Err(error) if descriptor => Err(explained(error, path.metadata())),
            Err(error) => Err(explained(error, path.symlink_metadata())),
        }
    }

    fn check_link(&self, link: &File) -> io::Result<()> {
        let (link, directory) = (link.metadata()?, self.directory.metadata()?);
        if !is_trusted(link.uid()) && !is_devices(&directory) {
            let why = format!(
                "it is a symbolic link owned by user {}; only those of root and of our own user are followed",
                link.uid()
            );
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        if others_can_rename(&directory)? {
            let why = "it is a symbolic link in a directory where other users could have placed it";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        Ok(())
    }

    /// Whether this is a link in proc(5) to an open descriptor, as `/proc/self/fd/1`: its content is not a path, so only the kernel can
    /// follow it.
    fn leads_to_descriptors(&self) -> io::Result<bool> {
        Ok(fstatfs(&self.directory)?.filesystem_type() == PROC_SUPER_MAGIC)
    }

    /// Whether users other than root and ours can add a name for a file here, with link(2).
    pub(super) fn others_can_add_names(&self) -> io::Result<bool> {
        let directory = self.directory.metadata()?;
        Ok(directory.mode() & WRITABLE_FOR_ALL != 0 || !is_owned_by_trusted_user(&directory)?)
    }
}

fn hold(from: BorrowedFd<'_>, path: &Path, flag: OFlag) -> io::Result<OwnedFd> {
    Ok(openat(from, path, OFlag::O_PATH | OFlag::O_CLOEXEC | flag, Mode::empty())?)
}

/// Whether users other than root and ours can rename files that are not theirs in this directory (unlink(2), `EPERM` for sticky
/// directories).
fn others_can_rename(directory: &Metadata) -> io::Result<bool> {
    let open = directory.mode() & WRITABLE_FOR_ALL != 0 && directory.mode() & STICKY == 0;
    Ok(open || !is_owned_by_trusted_user(directory)?)
}

fn is_trusted(user: u32) -> bool {
    user == ROOT || user == nix::unistd::geteuid().as_raw()
}

/// In a user namespace, the outer root has no ID of its own (user_namespaces(7), "unmapped"): the owner of `/` is taken for root.
fn is_owned_by_trusted_user(directory: &Metadata) -> io::Result<bool> {
    Ok(is_trusted(directory.uid()) || directory.uid() == Path::new("/").metadata()?.uid())
}

fn is_devices(directory: &Metadata) -> bool {
    Path::new(DEVICES).metadata().is_ok_and(|devices| FileId::of(&devices) == FileId::of(directory))
}
