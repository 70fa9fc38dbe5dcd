//! Where the attach socket is bound and under which names it is found.
//!
//! unix(7): a socket's path holds at most 107 bytes. A bundle may lie deeper, so the socket is bound through
//! `/proc/self/fd/N/attach` of its directory. Its mode is set before it has a name: bind gives the file the mode of the
//! socket's own inode less the umask (kernel: net/unix/af_unix.c, `unix_bind_bsd`), so nothing is ever changed by a path at
//! which something else could be by then.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use conmon_sys::fds::own;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, accept4, bind, listen, socket};
use nix::sys::stat::{Mode, fchmod};

use crate::backoff::in_a_row;
use crate::error::{Error, Step};
use crate::plan::AttachPlan;

const NAME: &str = "attach";
const MODE: Mode = Mode::S_IRWXU;

/// The listening socket and its names.
pub(crate) struct AttachSocket {
    listener: OwnedFd,
    _names: Names,
}

/// The socket's file and the symbolic link that leads to it. They go with this, also when binding fails halfway.
struct Names {
    path: PathBuf,
    link: Option<PathBuf>,
}

impl AttachSocket {
    /// Binds and listens, in the place of whatever had these names.
    pub(crate) fn bind(plan: &AttachPlan) -> Result<Self, Error> {
        let directory = plan.directory.as_path();
        let mut names = Names { path: directory.join(NAME), link: None };
        if let Some(link) = plan.link.as_ref().map(|link| link.as_path()) {
            remove_stale(link).step_at("remove the stale attach link", link)?;
            std::os::unix::fs::symlink(directory, link).step_at("make the attach link", link)?;
            names.link = Some(link.to_owned());
        }
        let path = &names.path;
        remove_stale(path).step_at("remove the stale attach socket", path)?;
        let listener = bind_in(directory).step_at("bind the attach socket", path)?;
        listen(&listener, Backlog::MAXCONN).step_at("listen on the attach socket", path)?;
        Ok(Self { listener, _names: names })
    }

    /// Whether a client waits.
    pub(crate) fn is_awaited(&self) -> bool {
        let mut waiting = [PollFd::new(self.listener.as_fd(), PollFlags::POLLIN)];
        poll(&mut waiting, PollTimeout::ZERO).is_ok_and(|count| count > 0)
    }

    /// The next client that waits. An error that passes is not one: the client would miss output that is read next.
    pub(crate) fn accept(&self) -> Option<io::Result<OwnedFd>> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let accepted = in_a_row(|| match accept4(self.listener.as_raw_fd(), flags) {
            Ok(number) => Ok(Some(own(number))),
            Err(Errno::EAGAIN) => Ok(None),
            Err(error) => Err(error.into()),
        });
        accepted.transpose()
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        if let Some(link) = &self.link {
            let _ = std::fs::remove_file(link);
        }
    }
}

impl AsFd for AttachSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

fn bind_in(directory: &Path) -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let listener = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
    fchmod(&listener, MODE)?;
    let directory = open(directory, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    let address = format!("/proc/self/fd/{}/{NAME}", directory.as_raw_fd());
    bind(listener.as_raw_fd(), &UnixAddr::new(address.as_str())?)?;
    Ok(listener)
}

fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    #[test]
    fn the_socket_has_its_mode_from_the_moment_it_has_a_name() {
        let directory =
            std::env::temp_dir().join(format!("conmon-attach-{:x}", conmon_sys::random::random().unwrap()));
        std::fs::create_dir(&directory).unwrap();
        let _listener = bind_in(&directory).unwrap();
        let bound = directory.join(NAME).symlink_metadata().unwrap();
        assert!(bound.file_type().is_socket());
        assert_eq!(bound.mode() & 0o777, MODE.bits());
        std::fs::remove_dir_all(directory).unwrap();
    }
}
