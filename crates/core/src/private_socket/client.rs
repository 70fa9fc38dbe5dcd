//! Sends requests to the monitor of a container.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use conmon_sys::errors::describe;
use conmon_sys::{memfd, unix_socket};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, setsockopt, socket, sockopt};
use nix::sys::time::{TimeVal, TimeValLike};

use super::identity;
use super::message::{Answer, MAX_PACKET, Request};
use crate::adoption::Document;
use crate::error::Reason;
use crate::files::directory::open_directory_of;

/// How long each step of giving a command away may take. Nobody waits for this process any more, and on a machine that has no time for
/// the other monitor a second process for each command would make that worse.
pub(crate) const ADOPTION_PATIENCE: Duration = Duration::from_secs(30);
/// How long an upgrade may take: the new executable is run twice, on a machine that may be busy.
const UPGRADE_PATIENCE: Duration = Duration::from_secs(20);

/// Why a request had no effect.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There was no answer; the next request may be answered.
    NoAnswer(String),
    /// The same request would fail again.
    Final(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::NoAnswer(why) | Self::Final(why)) = self;
        f.write_str(why)
    }
}

/// Gives a command that is due after `delay` to the monitor that listens at `socket`. Each step takes `patience` at most.
///
/// # Errors
/// Why it was not adopted. If the answer is lost, both monitors have the command: clean-ups can be repeated.
pub(crate) fn adopt_exit_command(
    document: &Document<'_>,
    delay: Duration,
    socket: &Path,
    patience: Duration,
) -> Result<(), Failure> {
    let content = memfd::sealed(c"conmon-exit-command", &document.to_block())
        .map_err(|errno| Failure::Final(describe(errno).to_owned()))?;
    request(socket, &Request::adopt(delay), content.as_fd(), patience)
}

/// Asks the monitor that listens at `socket` to continue as another executable. Returns when that one serves the container.
///
/// # Errors
/// Why the monitor keeps its executable, or that it did not answer in time.
pub fn upgrade(socket: &Path, executable: &File) -> Result<(), String> {
    request(socket, &Request::upgrade(), executable.as_fd(), UPGRADE_PATIENCE)
        .map_err(|failure| failure.to_string())
}

fn request(socket: &Path, packet: &[u8], content: BorrowedFd<'_>, patience: Duration) -> Result<(), Failure> {
    let failure = |error: io::Error| match error.kind() {
        io::ErrorKind::WouldBlock => Failure::NoAnswer(format!("no answer within {} s", patience.as_secs())),
        // The monitor has closed the connection: this process was too slow for it, or it has been upgraded meanwhile.
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof => {
            Failure::NoAnswer(Reason(&error).to_string())
        }
        _ => Failure::Final(Reason(&error).to_string()),
    };
    let connection = connect(socket, patience).map_err(failure)?;
    if !identity::may_be_trusted(&connection) {
        return Err(Failure::Final("another user's process listens there".to_owned()));
    }
    send(&connection, packet, socket, content).map_err(failure)?;
    Answer::check(&receive(&connection).map_err(failure)?).map_err(Failure::Final)
}

fn connect(path: &Path, patience: Duration) -> io::Result<OwnedFd> {
    let connection = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
    // Zero would be no limit.
    let patience = TimeVal::milliseconds(i64::try_from(patience.as_millis()).unwrap_or(i64::MAX).max(1));
    // Also the limit of connect(2) when many wait to be accepted (socket(7)).
    setsockopt(&connection, sockopt::SendTimeout, &patience)?;
    setsockopt(&connection, sockopt::ReceiveTimeout, &patience)?;
    unix_socket::connect(&connection, path)?;
    Ok(connection)
}

pub(super) fn send(
    connection: &OwnedFd,
    packet: &[u8],
    socket: &Path,
    content: BorrowedFd<'_>,
) -> io::Result<()> {
    let directory = open_directory_of(socket)?;
    let descriptors = [directory.as_raw_fd(), content.as_raw_fd()];
    Ok(unix_socket::send_with(connection, packet, &descriptors)?)
}

/// Receives the answer.
fn receive(connection: &OwnedFd) -> io::Result<Vec<u8>> {
    let mut answer = vec![0; MAX_PACKET];
    let received = unix_socket::receive(connection, &mut answer)?;
    answer.truncate(received.bytes);
    if answer.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
}
