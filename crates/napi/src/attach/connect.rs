//! Connecting to a socket in the file system, however long its path is.

use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect as connect_to, socket};
use nix::sys::stat::Mode;

/// `sun_path` has 108 bytes, the last of which is the NUL.
const LONGEST: usize = 107;

/// A connected socket, or what was tried and why it failed.
pub(crate) fn connect(path: &[u8]) -> Result<OwnedFd, String> {
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    to(path).map_err(|errno| format!("connect to the attach socket {}: {}", path.display(), errno.desc()))
}

fn to(path: &Path) -> Result<OwnedFd, Errno> {
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
    if path.as_os_str().len() <= LONGEST {
        connect_to(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        return Ok(socket);
    }
    let (directory, name) = path.parent().zip(path.file_name()).ok_or(Errno::ENAMETOOLONG)?;
    let directory = open(directory, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    let through = Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string()).join(name);
    connect_to(socket.as_raw_fd(), &UnixAddr::new(&through)?)?;
    Ok(socket)
}
