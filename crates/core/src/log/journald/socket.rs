//! The connection to journald: one datagram for each record (systemd's "Native Journal Protocol"), sent without blocking.
//!
//! The socket is connected, because only then does epoll report when journald has room. It connects again when the connection is lost:
//! a restarted journald may listen on another socket.

use std::io::{self, IoSlice};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use conmon_sys::memfd;
use nix::sys::socket::{ControlMessage, MsgFlags, UnixAddr, sendmsg, setsockopt, sockopt};

use crate::poll::{Interest, Poll, Token, Watched};

/// Size of the send buffer, as in systemd's own library. The kernel's default holds some hundred short records.
const SEND_BUFFER: usize = 8 << 20;
/// Interval between two attempts to connect.
const RETRY: Duration = Duration::from_millis(10);

/// Whether a record was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Yes,
    /// The socket has no room now.
    Blocked,
}

/// A connection that is made again when it is lost.
pub(crate) struct Socket {
    path: PathBuf,
    connection: Option<Watched<UnixDatagram>>,
    poll: Rc<Poll>,
    /// Why the connection failed, and when to try again.
    absent: Option<(i32, Instant)>,
}

impl Socket {
    /// Connects when it is first needed.
    pub(crate) fn new(path: &Path, poll: &Rc<Poll>) -> Self {
        Self { path: path.to_owned(), connection: None, poll: Rc::clone(poll), absent: None }
    }

    /// Watches whether journald has room, if `blocked`. A failure of epoll_ctl(2) is retried with the next call.
    pub(crate) fn watch(&mut self, blocked: bool) {
        if let Some(connection) = &mut self.connection {
            let _ = connection.set(blocked.then_some(Interest::Write));
        }
    }

    /// Sends one record.
    pub(crate) fn send(&mut self, record: &[u8]) -> io::Result<Sent> {
        if let Some(connection) = &self.connection {
            match send(connection, record) {
                Err(error) if is_broken(&error) => self.connection = None,
                outcome => return outcome,
            }
        }
        match send(self.connect()?, record) {
            Err(error) if is_broken(&error) => {
                self.connection = None;
                Err(error)
            }
            outcome => outcome,
        }
    }

    fn connect(&mut self) -> io::Result<&UnixDatagram> {
        let now = Instant::now();
        if let Some((code, until)) = self.absent
            && now < until
        {
            return Err(io::Error::from_raw_os_error(code));
        }
        match connect(&self.path) {
            Ok(connection) => {
                self.absent = None;
                Ok(self.connection.insert(Watched::new(connection, Token::Log, &self.poll)))
            }
            Err(error) => {
                self.absent = Some((error.raw_os_error().unwrap_or(libc::EIO), now + RETRY));
                Err(error)
            }
        }
    }
}

fn connect(path: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect(path)?;
    // Exceeding the system's limit needs CAP_NET_ADMIN; with a smaller buffer, bursts block the container more often.
    if setsockopt(&socket, sockopt::SndBufForce, &SEND_BUFFER).is_err() {
        let _ = setsockopt(&socket, sockopt::SndBuf, &SEND_BUFFER);
    }
    Ok(socket)
}

fn send(socket: &UnixDatagram, record: &[u8]) -> io::Result<Sent> {
    loop {
        let outcome = match socket.send(record) {
            // Too large for a datagram: a file with the same content is sent instead.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EMSGSIZE | libc::ENOBUFS)) => {
                send_as_file(socket, record)
            }
            outcome => outcome.map(drop),
        };
        return match outcome {
            Ok(()) => Ok(Sent::Yes),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Sent::Blocked),
            Err(error) => Err(error),
        };
    }
}

/// Sends a record as a sealed memfd: journald accepts only a file that cannot change.
fn send_as_file(socket: &UnixDatagram, record: &[u8]) -> io::Result<()> {
    let file = memfd::sealed(c"journal-record", record)?;
    let rights = [file.as_raw_fd()];
    let control = [ControlMessage::ScmRights(&rights)];
    let nothing: [IoSlice<'_>; 0] = [];
    sendmsg::<UnixAddr>(socket.as_raw_fd(), &nothing, &control, MsgFlags::empty(), None)?;
    Ok(())
}

/// Whether the other end is closed.
fn is_broken(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::ECONNREFUSED | libc::ECONNRESET | libc::ENOTCONN | libc::EPIPE | libc::EDESTADDRREQ)
    )
}
