//! The console socket: where the runtime sends the master side of the container's terminal (runc's and crun's
//! `--console-socket`: one descriptor in an SCM_RIGHTS message over a stream socket).
//!
//! It lives in a private directory with a name nobody can guess, only until the terminal has come. unix(7): a socket's path
//! holds at most 107 bytes, and not every runtime knows a way around that. Where `TMPDIR` is longer, the runtime is told a
//! short path to the same socket, through our descriptor of its directory (proc(5), `/proc/PID/fd`).

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockFlag, accept4, recvmsg};
use nix::sys::stat::Mode;

use crate::error::{Error, Step};
use crate::plan::Bytes;
use crate::sys::fds::own;
use crate::sys::random::random;

/// Listens for the terminal.
pub(crate) struct ConsoleSocket {
    listener: UnixListener,
    directory: PathBuf,
    path: Bytes,
    /// Open as long as the path leads through it.
    _opened: Option<OwnedFd>,
}

const NAME: &str = "console.sock";
const MAX_SOCKET_PATH: usize = 107;

impl ConsoleSocket {
    /// Binds the socket in a directory of its own below `temporary`.
    pub(crate) fn bind(temporary: &Path) -> Result<Self, Error> {
        let directory =
            make_directory(temporary).step_at("make a directory for the console socket in", temporary)?;
        let mut path = directory.join(NAME);
        let mut opened = None;
        if path.as_os_str().len() > MAX_SOCKET_PATH {
            let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
            let fd = open(&directory, flags, Mode::empty()).step_at("open", &directory)?;
            path = PathBuf::from(format!("/proc/{}/fd/{}/{NAME}", std::process::id(), fd.as_raw_fd()));
            opened = Some(fd);
        }
        let name = Bytes::try_from(path.as_os_str().as_encoded_bytes().to_vec())
            .map_err(io::Error::from)
            .step_at("bind the console socket", &path)?;
        let listener = UnixListener::bind(&path).step_at("bind the console socket", &path);
        let socket = Self { listener: listener?, directory, path: name, _opened: opened };
        socket.listener.set_nonblocking(true).step("set up the console socket")?;
        Ok(socket)
    }

    /// What the runtime is told.
    pub(crate) fn path(&self) -> &Bytes {
        &self.path
    }

    /// The terminal, if it has come: close-on-exec, not blocking.
    pub(crate) fn receive(&self) -> Result<Option<OwnedFd>, Error> {
        let connection = loop {
            match accept4(self.listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC) {
                Ok(number) => break own(number),
                Err(Errno::EINTR | Errno::ECONNABORTED) => {}
                Err(Errno::EAGAIN) => return Ok(None),
                Err(error) => return Err(error).step("accept the runtime on the console socket"),
            }
        };
        receive_descriptor(&connection).step("receive the terminal on the console socket")
    }
}

impl AsFd for ConsoleSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

impl Drop for ConsoleSocket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.directory.join(NAME));
        let _ = std::fs::remove_dir(&self.directory);
    }
}

fn make_directory(temporary: &Path) -> io::Result<PathBuf> {
    loop {
        let directory = temporary.join(format!("conmon-term.{:016x}", random()?));
        match std::fs::DirBuilder::new().mode(0o700).create(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn receive_descriptor(connection: &OwnedFd) -> io::Result<Option<OwnedFd>> {
    // The payload is the terminal's name, which says nothing we need.
    let mut name = [0; 4096];
    let mut space = nix::cmsg_space!([std::os::fd::RawFd; 4]);
    loop {
        let mut parts = [IoSliceMut::new(&mut name)];
        let message = match recvmsg::<()>(
            connection.as_raw_fd(),
            &mut parts,
            Some(&mut space),
            MsgFlags::MSG_CMSG_CLOEXEC,
        ) {
            Err(Errno::EINTR) => continue,
            message => message?,
        };
        let mut received = Vec::new();
        for control in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(numbers) = control {
                received.extend(numbers.into_iter().map(own));
            }
        }
        // More than one is not in the protocol: the rest is closed here.
        return Ok(received.into_iter().next());
    }
}
