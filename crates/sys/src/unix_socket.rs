//! unix(7) sockets: paths of any length, accepting connections, and receiving descriptors.
//!
//! A socket address holds a path of at most 107 bytes. A longer path goes through a descriptor of its directory:
//! `/proc/self/fd/N/NAME` (proc(5), `/proc/PID/fd`).

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::Result;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::socket::{
    self, AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr,
    accept4, recvmsg, sendmsg,
};
use nix::sys::stat::{Mode, fchmod};

/// `sun_path` has 108 bytes, the last of which is the NUL.
const MAX_PATH: usize = 107;
/// `SCM_MAX_FD`: the kernel passes at most this many descriptors with a message, so none is ever cut off.
const MAX_DESCRIPTORS: usize = 253;

/// An open directory in which sockets can be bound, however long its path is.
#[derive(Debug)]
pub struct SocketDirectory(OwnedFd);

impl SocketDirectory {
    /// Opens the directory as a path only (open(2), `O_PATH`).
    ///
    /// # Errors
    /// Those of open(2).
    pub fn open(path: &Path) -> Result<Self> {
        open(path, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty()).map(Self)
    }

    /// Binds a socket to this name in the directory.
    ///
    /// # Errors
    /// Those of bind(2).
    pub fn bind(&self, socket: impl AsFd, name: impl AsRef<Path>) -> Result<()> {
        let address = Path::new("/proc/self/fd").join(self.0.as_raw_fd().to_string()).join(name);
        socket::bind(socket.as_fd().as_raw_fd(), &UnixAddr::new(&address)?)
    }

    /// The path by which other processes reach this name while the directory is open.
    #[must_use]
    pub fn path_for_others(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/fd/{}/{name}", std::process::id(), self.0.as_raw_fd()))
    }
}

impl AsFd for SocketDirectory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Whether the path fits a socket address as it is.
#[must_use]
pub fn is_short(path: &Path) -> bool {
    path.as_os_str().len() <= MAX_PATH
}

/// Binds a socket to `path`.
///
/// # Errors
/// Those of open(2) for a directory with a long path, and of bind(2).
pub fn bind(socket: impl AsFd, path: &Path) -> Result<()> {
    with_address(path, |address| socket::bind(socket.as_fd().as_raw_fd(), address))
}

/// Creates a non-blocking socket of type `SOCK_SEQPACKET`, bound to `path` with this mode. The file has the mode from the start:
/// bind(2) gives it that of the socket's own inode less the umask (kernel: net/unix/af_unix.c, `unix_bind_bsd`), so no mode
/// is ever changed through a path that may name another file by then.
///
/// # Errors
/// Those of socket(2), fchmod(2) and [`bind`].
pub fn bound(path: &Path, mode: Mode) -> Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket::socket(AddressFamily::Unix, SockType::SeqPacket, flags, None)?;
    fchmod(&socket, mode)?;
    bind(&socket, path)?;
    Ok(socket)
}

/// Connects a socket to the one bound to `path`.
///
/// # Errors
/// Those of open(2) for a directory with a long path, and of connect(2).
pub fn connect(socket: impl AsFd, path: &Path) -> Result<()> {
    with_address(path, |address| socket::connect(socket.as_fd().as_raw_fd(), address))
}

/// Sends a datagram to the socket bound to `path` or, if it starts with `@`, to one in the abstract namespace.
///
/// # Errors
/// Those of open(2) for a directory with a long path, and of sendto(2).
pub fn send_to(socket: impl AsFd, path: &Path, datagram: &[u8], flags: MsgFlags) -> Result<()> {
    let send =
        |address: &UnixAddr| socket::sendto(socket.as_fd().as_raw_fd(), datagram, address, flags).map(drop);
    match path.as_os_str().as_bytes().strip_prefix(b"@") {
        Some(name) => send(&UnixAddr::new_abstract(name)?),
        None => with_address(path, send),
    }
}

fn with_address<T>(path: &Path, work: impl FnOnce(&UnixAddr) -> Result<T>) -> Result<T> {
    if is_short(path) {
        return work(&UnixAddr::new(path)?);
    }
    let (parent, name) = path.parent().zip(path.file_name()).ok_or(Errno::ENAMETOOLONG)?;
    // The parent is never "": no file name is this long.
    let directory = SocketDirectory::open(parent)?;
    let through = Path::new("/proc/self/fd").join(directory.0.as_raw_fd().to_string()).join(name);
    work(&UnixAddr::new(&through)?)
}

/// Accepts the next pending connection, close-on-exec and non-blocking; `None` if none is pending.
///
/// # Errors
/// Those of accept(2), except for a connection that was aborted meanwhile.
pub fn accept(listener: impl AsFd) -> Result<Option<OwnedFd>> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    loop {
        match accept4(listener.as_fd().as_raw_fd(), flags) {
            Ok(number) => return Ok(Some(own(number))),
            Err(Errno::EINTR | Errno::ECONNABORTED) => {}
            Err(Errno::EAGAIN) => return Ok(None),
            Err(errno) => return Err(errno),
        }
    }
}

/// The result of one recvmsg(2).
#[derive(Debug)]
pub struct Received {
    /// The number of bytes received; on a stream, 0 is its end.
    pub bytes: usize,
    /// The descriptors received in control messages (`SCM_RIGHTS`), close-on-exec.
    pub descriptors: Vec<OwnedFd>,
}

/// A pair of connected, non-blocking sockets of type `SOCK_SEQPACKET`.
///
/// # Errors
/// Those of socketpair(2).
pub fn pair() -> Result<(OwnedFd, OwnedFd)> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    socket::socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)
}

/// Sends a packet with descriptors.
///
/// # Errors
/// Those of sendmsg(2).
pub fn send_with(socket: impl AsFd, packet: &[u8], descriptors: &[RawFd]) -> Result<()> {
    let rights = [ControlMessage::ScmRights(descriptors)];
    let rights = if descriptors.is_empty() { &[] } else { &rights[..] };
    let flags = MsgFlags::MSG_NOSIGNAL;
    sendmsg::<()>(socket.as_fd().as_raw_fd(), &[IoSlice::new(packet)], rights, flags, None).map(drop)
}

/// Receives bytes, and the descriptors sent with them.
///
/// # Errors
/// Those of recvmsg(2).
pub fn receive(socket: impl AsFd, buffer: &mut [u8]) -> Result<Received> {
    receive_with(socket, buffer, MsgFlags::empty())
}

/// The first packet that waits at a socket of type `SOCK_SEQPACKET`, with copies of its descriptors. It remains there.
///
/// # Errors
/// Those of recvmsg(2).
pub fn peek(socket: impl AsFd, buffer: &mut [u8]) -> Result<Received> {
    receive_with(socket, buffer, MsgFlags::MSG_PEEK)
}

fn receive_with(socket: impl AsFd, buffer: &mut [u8], flags: MsgFlags) -> Result<Received> {
    let mut space = nix::cmsg_space!([RawFd; MAX_DESCRIPTORS]);
    loop {
        let mut parts = [IoSliceMut::new(buffer)];
        let flags = flags | MsgFlags::MSG_CMSG_CLOEXEC;
        let fd = socket.as_fd().as_raw_fd();
        let message = match recvmsg::<()>(fd, &mut parts, Some(&mut space), flags) {
            Err(Errno::EINTR) => continue,
            message => message?,
        };
        let mut descriptors = Vec::new();
        for control in message.cmsgs()? {
            if let ControlMessageOwned::ScmRights(numbers) = control {
                descriptors.extend(numbers.into_iter().map(own));
            }
        }
        return Ok(Received { bytes: message.bytes, descriptors });
    }
}

/// Owns a descriptor that the kernel has just created for this process.
fn own(number: RawFd) -> OwnedFd {
    // SAFETY: accept4(2) or recvmsg(2) has just returned the number; it is open and nothing else owns it.
    unsafe { OwnedFd::from_raw_fd(number) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    use nix::sys::socket::socket;

    fn stream() -> OwnedFd {
        socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap()
    }

    #[test]
    fn a_socket_is_bound_and_reached_however_long_its_path_is() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("d".repeat(MAX_PATH));
        std::fs::create_dir(&deep).unwrap();
        for path in [directory.path().join("short"), deep.join("long")] {
            let listener = stream();
            bind(&listener, &path).unwrap();
            nix::sys::socket::listen(&listener, nix::sys::socket::Backlog::MAXCONN).unwrap();
            connect(stream(), &path).unwrap();
            assert!(accept(&listener).unwrap().is_some(), "{}", path.display());
        }
    }

    #[test]
    fn a_datagram_reaches_a_deep_and_an_abstract_socket() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("d".repeat(MAX_PATH));
        std::fs::create_dir(&deep).unwrap();
        let receiver = UnixDatagram::unbound().unwrap();
        bind(&receiver, &deep.join("host")).unwrap();
        let name = format!("conmon-sys-{}", std::process::id());
        let hidden = socket(AddressFamily::Unix, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None).unwrap();
        socket::bind(hidden.as_raw_fd(), &UnixAddr::new_abstract(name.as_bytes()).unwrap()).unwrap();
        let sender = UnixDatagram::unbound().unwrap();
        for (path, socket) in [(deep.join("host"), receiver), (format!("@{name}").into(), hidden.into())] {
            send_to(&sender, &path, b"READY=1", MsgFlags::MSG_DONTWAIT).unwrap();
            let mut buffer = [0; 16];
            let count = socket.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..count], b"READY=1", "{}", path.display());
        }
    }

    #[test]
    fn another_process_reaches_a_socket_through_our_directory() {
        let directory = tempfile::tempdir().unwrap();
        let opened = SocketDirectory::open(directory.path()).unwrap();
        let _listener = UnixListener::bind(directory.path().join("name")).unwrap();
        UnixStream::connect(opened.path_for_others("name")).unwrap();
    }

    #[test]
    fn a_packet_that_is_looked_at_remains() {
        let (near, far) = pair().unwrap();
        let mut buffer = [0; 16];
        assert_eq!(peek(&far, &mut buffer).unwrap_err(), Errno::EAGAIN);
        send_with(&near, b"first", &[near.as_raw_fd()]).unwrap();
        send_with(&near, b"second", &[]).unwrap();
        for look in [peek, peek, receive] {
            let seen = look(&far, &mut buffer).unwrap();
            assert_eq!((&buffer[..seen.bytes], seen.descriptors.len()), (&b"first"[..], 1));
        }
        let seen = receive(&far, &mut buffer).unwrap();
        assert_eq!((&buffer[..seen.bytes], seen.descriptors.len()), (&b"second"[..], 0));
    }

    #[test]
    fn all_descriptors_of_a_message_are_received() {
        let (sender, receiver) = UnixStream::pair().unwrap();
        let numbers = [sender.as_raw_fd(); MAX_DESCRIPTORS];
        let rights = [ControlMessage::ScmRights(&numbers)];
        sendmsg::<()>(sender.as_raw_fd(), &[std::io::IoSlice::new(b"x")], &rights, MsgFlags::empty(), None)
            .unwrap();
        let received = receive(&receiver, &mut [0; 16]).unwrap();
        assert_eq!((received.bytes, received.descriptors.len()), (1, MAX_DESCRIPTORS));
    }
}
