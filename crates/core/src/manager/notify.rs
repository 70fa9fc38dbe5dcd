//! The sd-notify relay (sd_notify(3)): passes a container's notifications to the host's service manager, but only the states that a
//! container may report. It must not choose a main process, store descriptors or change who may notify.
//!
//! Each datagram becomes at most one datagram. Nothing here blocks: a service manager that does not read loses messages.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::PathBuf;

use conmon_sys::unix_socket::{self, SocketDirectory};
use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, socket};
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use crate::backoff::in_a_row;
use crate::error::{Error, Step};
use crate::files::remove::remove_if_exists;
use crate::handover::{Descriptors, adopt};
use crate::plan::{Bytes, NotifyPlan};

/// Every process in the container may notify.
const MODE: u32 = 0o777;
const MAX_DATAGRAM: usize = 32 * 1024;
/// Datagrams relayed in a wake-up, so that a container that never stops notifying does not starve other descriptors.
const DATAGRAMS_A_WAKE_UP: u32 = 32;

/// States that are passed on as they are…
const WHOLE: [&[u8]; 5] = [b"READY=1", b"RELOADING=1", b"STOPPING=1", b"WATCHDOG=1", b"WATCHDOG=trigger"];
/// …and those with a value of their own.
const WITH_VALUE: [&[u8]; 4] = [b"STATUS=", b"ERRNO=", b"BUSERROR=", b"MONOTONIC_USEC="];

/// Both ends of the relay.
pub(crate) struct NotifyRelay {
    container: OwnedFd,
    path: PathBuf,
    sender: OwnedFd,
    host: Bytes,
}

/// A [`NotifyRelay`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotifyState {
    container: RawFd,
    sender: RawFd,
}

impl NotifyRelay {
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> NotifyState {
        NotifyState { container: descriptors.add(&self.container), sender: descriptors.add(&self.sender) }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: &NotifyState, plan: &NotifyPlan) -> Option<Self> {
        let path = plan.socket.as_path().to_owned();
        let (container, sender) = (adopt(state.container)?, adopt(state.sender)?);
        Some(Self { container, path, sender, host: plan.host.clone() })
    }

    /// Binds the container's socket, replacing a file that has its name.
    pub(crate) fn bind(plan: NotifyPlan) -> Result<Self, Error> {
        let path = plan.socket.as_path().to_owned();
        let (directory, name) = (path.parent().unwrap_or(&path), path.file_name().unwrap_or_default());
        match std::fs::create_dir(directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(error).step_at("create the directory of the notify socket", directory);
            }
            _ => {}
        }
        remove_if_exists(&path).step_at("remove the stale notify socket", &path)?;
        let container = datagram_socket().step("create the notify socket")?;
        let opened = SocketDirectory::open(directory).step_at("bind the notify socket", &path)?;
        opened.bind(&container, name).step_at("bind the notify socket", &path)?;
        open_to_everybody(&opened, name).step_at("set the mode of the notify socket", &path)?;
        let sender = datagram_socket().step("create the socket to the service manager")?;
        Ok(Self { container, path, sender, host: plan.host })
    }

    /// Relays pending datagrams; those that are left wake the loop again.
    ///
    /// # Errors
    /// Those of recv(2).
    pub(crate) fn relay(&self) -> io::Result<()> {
        let mut datagram = [0; MAX_DATAGRAM];
        for _ in 0..DATAGRAMS_A_WAKE_UP {
            // With MSG_TRUNC, recv(2) returns the whole length of a datagram that does not fit.
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
            match recv(self.container.as_raw_fd(), &mut datagram, flags) {
                Ok(length) => {
                    let received = datagram.get(..length).unwrap_or_else(|| complete_lines(&datagram));
                    let allowed = allowed_lines(received);
                    if !allowed.is_empty() {
                        // No listener, or one that does not read: the container must not wait for it.
                        let _ = in_a_row(|| self.send(&allowed));
                    }
                }
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }

    fn send(&self, message: &[u8]) -> io::Result<()> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        Ok(unix_socket::send_to(&self.sender, self.host.as_path(), message, flags)?)
    }
}

/// Removes the container's socket.
impl Drop for NotifyRelay {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl AsFd for NotifyRelay {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.container.as_fd()
    }
}

/// Sets the mode of the socket. At bind(2) the umask removes bits, and changing it would affect other threads of an embedding process. So
/// the mode is set afterwards, through a descriptor (`O_PATH`) of the socket: a link in its place is not followed.
fn open_to_everybody(directory: &SocketDirectory, name: &OsStr) -> io::Result<()> {
    let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let bound = File::from(openat(directory, name, flags, Mode::empty())?);
    if !bound.metadata()?.file_type().is_socket() {
        let what = "something else is at its path by now";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    std::fs::set_permissions(format!("/proc/self/fd/{}", bound.as_raw_fd()), Permissions::from_mode(MODE))
}

fn datagram_socket() -> io::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    Ok(socket(AddressFamily::Unix, SockType::Datagram, flags, None)?)
}

/// The text before the last newline: a truncated line has another meaning.
fn complete_lines(cut: &[u8]) -> &[u8] {
    memchr::memrchr(b'\n', cut).and_then(|end| cut.get(..end)).unwrap_or_default()
}

/// The permitted lines, in their order. systemd drops a message that contains a NUL anywhere but at its end, so a NUL
/// terminates a line like a newline and cannot spoil the others.
pub(crate) fn allowed_lines(datagram: &[u8]) -> Vec<u8> {
    let may_pass =
        |line: &&[u8]| WHOLE.contains(line) || WITH_VALUE.iter().any(|name| line.starts_with(name));
    let lines: Vec<&[u8]> = datagram.split(|byte| *byte == b'\n').map(until_nul).filter(may_pass).collect();
    lines.join(&b'\n')
}

fn until_nul(line: &[u8]) -> &[u8] {
    memchr::memchr(0, line).and_then(|end| line.get(..end)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "notify.sock";
    use std::os::unix::net::UnixDatagram;
    use std::path::Path;

    fn bytes(path: &Path) -> Bytes {
        Bytes::try_from(path.as_os_str().as_encoded_bytes().to_vec()).unwrap()
    }

    fn relay(directory: &Path, host: &Path) -> NotifyRelay {
        NotifyRelay::bind(NotifyPlan {
            socket: bytes(&directory.join("notify/notify.sock")),
            host: bytes(host),
        })
        .unwrap()
    }

    fn sent(host: &UnixDatagram) -> Option<Vec<u8>> {
        let mut buffer = vec![0; MAX_DATAGRAM];
        host.set_nonblocking(true).unwrap();
        host.recv(&mut buffer).ok().map(|count| buffer[..count].to_vec())
    }

    #[test]
    fn only_the_containers_own_states_pass() {
        for (datagram, expected) in [
            (&b"READY=1"[..], &b"READY=1"[..]),
            (b"READY=1\n", b"READY=1"),
            (b"MAINPID=1\nREADY=1\nSTATUS=up\nFDSTORE=1", b"READY=1\nSTATUS=up"),
            (b"WATCHDOG=trigger\nWATCHDOG=2\nWATCHDOG_USEC=5", b"WATCHDOG=trigger"),
            (b"RELOADING=1\nMONOTONIC_USEC=7", b"RELOADING=1\nMONOTONIC_USEC=7"),
            (b"XREADY=1\nREADY=11\nNOTIFYACCESS=all", b""),
            (
                b"STATUS=a\nERRNO=2\nBUSERROR=x\nSTOPPING=1\nWATCHDOG=1",
                b"STATUS=a\nERRNO=2\nBUSERROR=x\nSTOPPING=1\nWATCHDOG=1",
            ),
            (b"READY=1\0", b"READY=1"),
            (b"STATUS=a\0b\nREADY=1\nERRNO=2\0\n", b"STATUS=a\nREADY=1\nERRNO=2"),
            (b"READY=1\0MAINPID=1", b"READY=1"),
            (b"\0READY=1", b""),
        ] {
            assert_eq!(allowed_lines(datagram), expected, "{datagram:?}");
        }
    }

    #[test]
    fn datagrams_keep_their_boundaries_and_forbidden_ones_vanish() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let host = UnixDatagram::bind(directory.join("host.sock")).unwrap();
        let relay = relay(directory, &directory.join("host.sock"));
        let container = UnixDatagram::unbound().unwrap();
        let long = [&b"STATUS="[..], &[b'x'; 30_000]].concat();
        for datagram in [&b"READY=1\nMAINPID=1"[..], b"MAINPID=1", b"STOPPING=1", &long] {
            container.send_to(datagram, directory.join("notify/notify.sock")).unwrap();
        }
        relay.relay().unwrap();
        assert_eq!(sent(&host).unwrap(), b"READY=1");
        assert_eq!(sent(&host).unwrap(), b"STOPPING=1");
        assert_eq!(sent(&host).unwrap(), long);
        assert_eq!(sent(&host), None);
    }

    #[test]
    fn a_line_cut_by_the_largest_datagram_does_not_pass() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let host = UnixDatagram::bind(directory.join("host.sock")).unwrap();
        let relay = relay(directory, &directory.join("host.sock"));
        let container = UnixDatagram::unbound().unwrap();
        let largest = [&b"READY=1\nSTATUS="[..], &[b'x'; MAX_DATAGRAM - 15]].concat();
        let larger = [&largest[..], b"y"].concat();
        for datagram in [&largest, &larger] {
            container.send_to(datagram, directory.join("notify/notify.sock")).unwrap();
        }
        relay.relay().unwrap();
        assert_eq!(sent(&host).unwrap(), largest);
        assert_eq!(sent(&host).unwrap(), b"READY=1");
    }

    #[test]
    fn a_service_manager_that_does_not_read_loses_messages_and_blocks_nobody() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let host = UnixDatagram::bind(directory.join("host.sock")).unwrap();
        let relay = relay(directory, &directory.join("host.sock"));
        let container = UnixDatagram::unbound().unwrap();
        // More than the queue of a datagram socket takes (net.unix.max_dgram_qlen).
        for _ in 0..2000 {
            container.send_to(b"WATCHDOG=1", directory.join("notify/notify.sock")).unwrap();
            relay.relay().unwrap();
        }
        assert_eq!(sent(&host).unwrap(), b"WATCHDOG=1");
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_reached_all_the_same() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let deep = directory.join("d".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let host = UnixDatagram::unbound().unwrap();
        unix_socket::bind(&host, &deep.join("host.sock")).unwrap();
        let relay = relay(&deep, &deep.join("host.sock"));
        let container = UnixDatagram::unbound().unwrap();
        let path = deep.join("notify/notify.sock");
        unix_socket::send_to(&container, &path, b"READY=1", MsgFlags::empty()).unwrap();
        relay.relay().unwrap();
        assert_eq!(sent(&host).unwrap(), b"READY=1");
    }

    #[test]
    fn a_link_in_the_place_of_the_socket_changes_the_mode_of_nothing() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let at = SocketDirectory::open(directory).unwrap();
        at.bind(datagram_socket().unwrap(), NAME).unwrap();
        let (socket, victim) = (directory.join(NAME), directory.join("victim"));
        std::fs::write(&victim, "").unwrap();
        std::fs::set_permissions(&victim, Permissions::from_mode(0o600)).unwrap();
        std::fs::remove_file(&socket).unwrap();
        std::os::unix::fs::symlink(&victim, &socket).unwrap();
        assert!(open_to_everybody(&at, OsStr::new(NAME)).is_err());
        assert_eq!(victim.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_host_that_is_gone_is_not_an_error() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let relay = relay(directory, &directory.join("nobody.sock"));
        let socket = directory.join("notify/notify.sock");
        assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, MODE);
        UnixDatagram::unbound().unwrap().send_to(b"READY=1", &socket).unwrap();
        relay.relay().unwrap();
        drop(relay);
        assert!(!socket.exists());
    }
}
