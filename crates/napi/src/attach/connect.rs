//! Connecting to a socket in the file system, however long its path is.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, UnixAddr, connect as connect_to, getsockopt, socket,
};
use nix::sys::stat::Mode;

/// `sun_path` has 108 bytes, the last of which is the NUL.
const LONGEST: usize = 107;

/// Who must listen on a socket.
pub(crate) struct Listener {
    pub(crate) pid: i32,
    pub(crate) uid: u32,
}

/// A connected socket, or what was tried and why it failed.
pub(crate) fn connect(path: &[u8], expected: Option<&Listener>) -> Result<OwnedFd, String> {
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    let failed = |reason: &str| format!("connect to the attach socket {}: {reason}", path.display());
    let socket = to(path).map_err(|errno| failed(errno.desc()))?;
    if let Some(expected) = expected {
        check(&socket, expected).map_err(|reason| failed(&reason))?;
    }
    Ok(socket)
}

/// A listener that accepts nobody while its queue is full must not block the event loop: `EAGAIN`, `connect(2)`.
fn to(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
    reach(&socket, path)?;
    let status = OFlag::from_bits_retain(fcntl(&socket, FcntlArg::F_GETFL)?);
    fcntl(&socket, FcntlArg::F_SETFL(status - OFlag::O_NONBLOCK))?;
    Ok(socket)
}

fn reach(socket: &OwnedFd, path: &Path) -> Result<(), Errno> {
    if path.as_os_str().len() <= LONGEST {
        return connect_to(socket.as_raw_fd(), &UnixAddr::new(path)?);
    }
    let (directory, name) = path.parent().zip(path.file_name()).ok_or(Errno::ENAMETOOLONG)?;
    let directory = open(directory, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    let through = Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string()).join(name);
    connect_to(socket.as_raw_fd(), &UnixAddr::new(&through)?)
}

/// The kernel reports who called listen(2): `SO_PEERCRED`, `unix(7)`.
fn check(socket: &OwnedFd, expected: &Listener) -> Result<(), String> {
    let found = getsockopt(socket, PeerCredentials).map_err(|errno| errno.desc().to_owned())?;
    if found.pid() == expected.pid && found.uid() == expected.uid {
        return Ok(());
    }
    Err(format!(
        "the listener is process {} of user {}, not the monitor (process {} of user {})",
        found.pid(),
        found.uid(),
        expected.pid,
        expected.uid
    ))
}
