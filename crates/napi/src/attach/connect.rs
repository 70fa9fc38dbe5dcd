//! Connects to a socket by a path of any length.

use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use conmon_sys::errors::describe;
use conmon_sys::unix_socket;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, getsockopt, socket};

/// The process that must listen on a socket.
pub(crate) struct Listener {
    pub(crate) pid: i32,
    pub(crate) uid: u32,
}

/// Connects a socket; an error names the step and the reason.
pub(crate) fn connect(path: &[u8], expected: Option<&Listener>) -> Result<OwnedFd, String> {
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    let failed = |reason: &str| format!("cannot connect to attach socket {}: {reason}", path.display());
    let socket = to(path).map_err(|errno| failed(describe(errno)))?;
    if let Some(expected) = expected {
        check(&socket, expected).map_err(|reason| failed(&reason))?;
    }
    Ok(socket)
}

/// A listener with a full queue must not block the event loop: `EAGAIN`, `connect(2)`.
fn to(path: &Path) -> Result<OwnedFd, Errno> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
    unix_socket::connect(&socket, path)?;
    let status = OFlag::from_bits_retain(fcntl(&socket, FcntlArg::F_GETFL)?);
    fcntl(&socket, FcntlArg::F_SETFL(status - OFlag::O_NONBLOCK))?;
    Ok(socket)
}

/// The kernel reports which process called listen(2): `SO_PEERCRED`, `unix(7)`.
fn check(socket: &OwnedFd, expected: &Listener) -> Result<(), String> {
    let found = getsockopt(socket, PeerCredentials).map_err(|errno| describe(errno).to_owned())?;
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
