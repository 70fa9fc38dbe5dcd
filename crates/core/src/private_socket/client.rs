//! Sends requests to the monitor of a container.

use std::fs::File;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use conmon_sys::errors::describe;
use conmon_sys::{memfd, unix_socket};
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, sendmsg, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

use super::identity;
use super::message::{Answer, MAX_PACKET, Request};
use crate::adoption::Document;
use crate::error::Reason;
use crate::files::directory::open_directory_of;

/// How long each step of giving a command away may take. Nobody waits for this process any more, and on a machine that has no time for
/// the other monitor a second process for each command would make that worse.
const ADOPTION_PATIENCE: Duration = Duration::from_secs(30);
/// How long an upgrade may take: the new executable is run twice, on a machine that may be busy.
const UPGRADE_PATIENCE: Duration = Duration::from_secs(20);

/// Gives a command that is due after `delay` to the monitor that listens at `socket`.
///
/// # Errors
/// Why it was not adopted. If the answer is lost, both monitors have the command: clean-ups can be repeated.
pub(crate) fn adopt_exit_command(
    document: &Document<'_>,
    delay: Duration,
    socket: &Path,
) -> Result<(), String> {
    let content = memfd::sealed(c"conmon-exit-command", &document.to_block())
        .map_err(|errno| describe(errno).to_owned())?;
    request(socket, &Request::adopt(delay), content.as_fd(), ADOPTION_PATIENCE)
}

/// Asks the monitor that listens at `socket` to continue as another executable. Returns when that one serves the container.
///
/// # Errors
/// Why the monitor keeps its executable, or that it did not answer in time.
pub fn upgrade(socket: &Path, executable: &File) -> Result<(), String> {
    request(socket, &Request::upgrade(), executable.as_fd(), UPGRADE_PATIENCE)
}

fn request(socket: &Path, packet: &[u8], content: BorrowedFd<'_>, patience: Duration) -> Result<(), String> {
    let connection = connect(socket, patience).map_err(|error| Reason(&error).to_string())?;
    if !identity::may_be_trusted(&connection) {
        return Err("another user's process listens there".to_owned());
    }
    let answer = exchange(&connection, packet, socket, content).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => format!("no answer within {} s", patience.as_secs()),
        _ => Reason(&error).to_string(),
    })?;
    Answer::check(&answer)
}

fn connect(path: &Path, patience: Duration) -> io::Result<OwnedFd> {
    let connection = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
    let patience = TimeVal::milliseconds(i64::try_from(patience.as_millis()).unwrap_or(i64::MAX));
    // Also the limit of connect(2) when many wait to be accepted (socket(7)).
    setsockopt(&connection, sockopt::SendTimeout, &patience)?;
    setsockopt(&connection, sockopt::ReceiveTimeout, &patience)?;
    unix_socket::connect(&connection, path)?;
    Ok(connection)
}

fn exchange(
    connection: &OwnedFd,
    packet: &[u8],
    socket: &Path,
    content: BorrowedFd<'_>,
) -> io::Result<Vec<u8>> {
    let directory = open_directory_of(socket)?;
    let descriptors = [directory.as_raw_fd(), content.as_raw_fd()];
    let rights = [ControlMessage::ScmRights(&descriptors)];
    sendmsg::<()>(connection.as_raw_fd(), &[IoSlice::new(packet)], &rights, MsgFlags::MSG_NOSIGNAL, None)?;
    let mut answer = vec![0; MAX_PACKET];
    let received = unix_socket::receive(connection, &mut answer)?;
    answer.truncate(received.bytes);
    Ok(answer)
}
