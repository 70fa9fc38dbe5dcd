//! Where the attach socket is bound and under which names it is found.
//!
//! Its mode is set before it has a name; see [`unix_socket::bound`].

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use conmon_sys::unix_socket;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{Backlog, listen};
use nix::sys::stat::Mode;

use crate::backoff::in_a_row;
use crate::error::{Error, Step};
use crate::files::remove::remove_if_exists;
use crate::plan::{AttachLink, AttachPlan};

const MODE: Mode = Mode::S_IRWXU;

/// The listening socket and its names.
pub(crate) struct AttachSocket {
    listener: OwnedFd,
    _names: Names,
}

/// The socket's file and the symbolic link that leads to it. Both are removed on drop, also if binding fails halfway.
struct Names {
    path: PathBuf,
    link: Option<PathBuf>,
}

impl AttachSocket {
    /// Binds and listens, replacing files that have these names.
    pub(crate) fn bind(plan: &AttachPlan) -> Result<Self, Error> {
        let mut names = Names { path: plan.socket.as_path().to_owned(), link: None };
        if let Some(AttachLink { path, target }) = &plan.link {
            remove_if_exists(path.as_path()).step_at("remove the stale attach link", path)?;
            std::os::unix::fs::symlink(target, path).step_at("create the attach link", path)?;
            names.link = Some(path.as_path().to_owned());
        }
        let path = &names.path;
        // One that a killed monitor left.
        remove_if_exists(path).step_at("remove the stale attach socket", path)?;
        let listener = unix_socket::bound(path, MODE).step_at("bind the attach socket", path)?;
        listen(&listener, Backlog::MAXALLOWABLE).step_at("listen on the attach socket", path)?;
        Ok(Self { listener, _names: names })
    }

    /// Continues to listen on a socket that is bound already.
    pub(crate) fn from_state(listener: OwnedFd, plan: &AttachPlan) -> Self {
        let link = plan.link.as_ref().map(|link| link.path.as_path().to_owned());
        Self { listener, _names: Names { path: plan.socket.as_path().to_owned(), link } }
    }

    /// Whether a connection is pending.
    pub(crate) fn is_awaited(&self) -> bool {
        let mut waiting = [PollFd::new(self.listener.as_fd(), PollFlags::POLLIN)];
        poll(&mut waiting, PollTimeout::ZERO).is_ok_and(|count| count > 0)
    }

    /// Accepts the next pending connection; `None` if there is none. Failures are retried: the client would miss output that is read
    /// next.
    pub(crate) fn accept(&self) -> Option<io::Result<OwnedFd>> {
        in_a_row(|| Ok(unix_socket::accept(&self.listener)?)).transpose()
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};

    #[test]
    fn the_socket_has_its_mode_from_the_moment_it_has_a_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("attach");
        let _listener = unix_socket::bound(&path, MODE).unwrap();
        let file = path.symlink_metadata().unwrap();
        assert!(file.file_type().is_socket());
        assert_eq!(file.mode() & 0o777, MODE.bits());
    }
}
