//! What a socket of another process is, asked of a duplicate of it.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use nix::sys::socket::{AddressFamily, SockType, SockaddrLike, UnixAddr, getsockname, getsockopt, sockopt};

/// A Unix socket (unix(7)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnixSocket {
    pub(crate) kind: Kind,
    /// The path or abstract name to which it is bound; a connection has its listener's.
    pub(crate) bound: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A listening `SOCK_SEQPACKET`.
    Listener,
    /// A connected `SOCK_SEQPACKET`.
    Connection,
    Datagram,
    Other,
}

impl UnixSocket {
    /// `None` for a socket of another family.
    pub(crate) fn of(socket: &OwnedFd) -> Option<Self> {
        let address: UnixAddr = getsockname(std::os::fd::AsRawFd::as_raw_fd(socket)).ok()?;
        if address.family() != Some(AddressFamily::Unix) {
            return None;
        }
        let kind = match getsockopt(socket, sockopt::SockType).ok()? {
            SockType::SeqPacket if getsockopt(socket, sockopt::AcceptConn).ok()? => Kind::Listener,
            SockType::SeqPacket => Kind::Connection,
            SockType::Datagram => Kind::Datagram,
            _ => Kind::Other,
        };
        Some(Self { kind, bound: address.path().map(PathBuf::from) })
    }
}
