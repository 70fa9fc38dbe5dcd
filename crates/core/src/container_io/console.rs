//! The console socket: where the runtime sends the master side of the container's terminal (runc's and crun's
//! `--console-socket`: one descriptor in an SCM_RIGHTS message over a stream socket).
//!
//! It is in a private directory with a random name, and is removed once the terminal has been received. Nothing here blocks: a connection
//! that sends nothing is watched like the listener. A socket's path has at most 107 bytes (unix(7)), and not every runtime can use
//! longer ones. If `TMPDIR` is too long, the runtime gets a short path to the same socket, through our descriptor of its directory
//! (proc(5), `/proc/PID/fd`).

use std::io;
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use conmon_sys::random::random;
use conmon_sys::unix_socket::{self, SocketDirectory};
use nix::errno::Errno;

use crate::error::{Error, Step};
use crate::plan::Bytes;
use crate::poll::{Interest, Poll, Token, Watched};

/// Listens for the terminal.
pub(crate) struct ConsoleSocket {
    listener: Watched<UnixListener>,
    _directory: Directory,
    path: Bytes,
    /// Open as long as the path leads through it.
    _opened: Option<SocketDirectory>,
    /// Connections that have not sent the terminal yet, the newest last.
    silent: Vec<Watched<OwnedFd>>,
    poll: Rc<Poll>,
}

/// What was received on a connection.
enum Received {
    Terminal(OwnedFd),
    /// The terminal may still follow.
    Nothing,
    /// The connection is closed.
    End,
}

const NAME: &str = "console.sock";
/// Most connections that are kept; the oldest is closed. A runtime connects once.
const MAX_SILENT: usize = 8;

impl ConsoleSocket {
    /// Binds the socket in a directory of its own below `temporary`, and waits for the runtime.
    pub(crate) fn bind(temporary: &Path, poll: &Rc<Poll>) -> Result<Self, Error> {
        let directory =
            make_directory(temporary).step_at("create a directory for the console socket in", temporary)?;
        let mut path = directory.join(NAME);
        let mut opened = None;
        if !unix_socket::is_short(&path) {
            let directory = SocketDirectory::open(&directory).step_at("open", &*directory)?;
            path = directory.path_for_others(NAME);
            opened = Some(directory);
        }
        let name = Bytes::try_from(path.as_os_str().as_encoded_bytes().to_vec())
            .map_err(io::Error::from)
            .step_at("bind the console socket", &path)?;
        let listener = UnixListener::bind(&path).step_at("bind the console socket", &path)?;
        listener.set_nonblocking(true).step("set up the console socket")?;
        Ok(Self {
            listener: Watched::reading(listener, Token::Console, poll)?,
            _directory: directory,
            path: name,
            _opened: opened,
            silent: Vec::new(),
            poll: Rc::clone(poll),
        })
    }

    /// The path for the runtime's command line.
    pub(crate) fn path(&self) -> &Bytes {
        &self.path
    }

    /// Receives the terminal; `None` if it has not been sent yet. Connections that have sent nothing are watched from then on. A descriptor
    /// that failed is no longer watched; the next call, at the latest at the runtime's exit, retries it.
    pub(crate) fn receive(&mut self) -> Result<Option<OwnedFd>, Error> {
        let mut outcome = self.accept_all();
        let mut index = 0;
        while let Some(connection) = self.silent.get_mut(index) {
            match receive_descriptor(connection) {
                Ok(Received::Terminal(terminal)) => return Ok(Some(terminal)),
                Ok(Received::Nothing) => index += 1,
                Ok(Received::End) => drop(self.silent.remove(index)),
                Err(error) => {
                    let _ = connection.set(None);
                    outcome = Err(error).step("receive the terminal on the console socket");
                    index += 1;
                }
            }
        }
        outcome.map(|()| None)
    }

    fn accept_all(&mut self) -> Result<(), Error> {
        loop {
            match unix_socket::accept(&self.listener) {
                Ok(None) => return Ok(()),
                Ok(Some(connection)) => {
                    let mut connection = Watched::new(connection, Token::Console, &self.poll);
                    let watched = connection.set(Some(Interest::Read));
                    if self.silent.len() == MAX_SILENT {
                        self.silent.remove(0);
                    }
                    self.silent.push(connection);
                    watched?;
                }
                Err(error) => {
                    let _ = self.listener.set(None);
                    return Err(error).step("accept the runtime on the console socket");
                }
            }
        }
    }
}

/// The socket's directory. It is removed on drop, also if the socket cannot be bound.
struct Directory(PathBuf);

impl Deref for Directory {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.join(NAME));
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn make_directory(temporary: &Path) -> io::Result<Directory> {
    loop {
        let directory = temporary.join(format!("conmon-term.{:016x}", random()?));
        match std::fs::DirBuilder::new().mode(0o700).create(&directory) {
            Ok(()) => return Ok(Directory(directory)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

fn receive_descriptor(connection: &OwnedFd) -> io::Result<Received> {
    // The payload is the terminal's name, which is not needed.
    let mut name = [0; 4096];
    let received = match unix_socket::receive(connection, &mut name) {
        Err(Errno::EAGAIN) => return Ok(Received::Nothing),
        received => received?,
    };
    // More than one is not in the protocol: the rest is closed here.
    match received.descriptors.into_iter().next() {
        Some(terminal) => Ok(Received::Terminal(terminal)),
        None if received.bytes == 0 => Ok(Received::End),
        // A message without a descriptor. Another one may follow.
        None => Ok(Received::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

    fn console() -> (ConsoleSocket, Rc<Poll>, PathBuf) {
        let poll = Rc::new(Poll::new().unwrap());
        let console = ConsoleSocket::bind(&std::env::temp_dir(), &poll).unwrap();
        let path = console._directory.join(NAME);
        (console, poll, path)
    }

    fn send_descriptor(stream: &UnixStream) {
        let null = crate::container_io::stdio::null().unwrap();
        let (payload, numbers) = ([std::io::IoSlice::new(b"pts")], [null.as_raw_fd()]);
        let rights = [ControlMessage::ScmRights(&numbers)];
        sendmsg::<()>(stream.as_raw_fd(), &payload, &rights, MsgFlags::empty(), None).unwrap();
    }

    fn is_ready(poll: &Poll) -> bool {
        let mut ready = Vec::new();
        poll.wait(Some(std::time::Duration::ZERO), &mut ready).unwrap();
        !ready.is_empty()
    }

    #[test]
    fn a_connection_that_sends_nothing_is_watched_and_waited_for_by_nobody() {
        let (mut console, poll, path) = console();
        let silent = UnixStream::connect(path).unwrap();
        assert!(console.receive().unwrap().is_none());
        assert!(!is_ready(&poll));
        send_descriptor(&silent);
        assert!(is_ready(&poll));
        assert!(console.receive().unwrap().is_some());
    }

    #[test]
    fn another_connection_may_bring_the_terminal() {
        let (mut console, _, path) = console();
        let _silent = UnixStream::connect(&path).unwrap();
        let mut talks = UnixStream::connect(&path).unwrap();
        talks.write_all(b"no descriptor").unwrap();
        assert!(console.receive().unwrap().is_none());
        send_descriptor(&UnixStream::connect(&path).unwrap());
        assert!(console.receive().unwrap().is_some());
    }

    #[test]
    fn connections_without_a_terminal_are_forgotten_and_few() {
        let (mut console, poll, path) = console();
        drop(UnixStream::connect(&path).unwrap());
        assert!(console.receive().unwrap().is_none());
        assert!(!is_ready(&poll) && console.silent.is_empty());
        let many: Vec<_> = (0..3 * MAX_SILENT).map(|_| UnixStream::connect(&path).unwrap()).collect();
        assert!(console.receive().unwrap().is_none());
        assert_eq!(console.silent.len(), MAX_SILENT);
        send_descriptor(many.last().unwrap());
        assert!(console.receive().unwrap().is_some());
    }
}
