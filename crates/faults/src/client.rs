//! A client of the attach socket: packets whose first byte is the stream.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, Shutdown, SockFlag, SockType, UnixAddr, connect, recv, send, shutdown, socket,
};

use crate::Outcome;

const PACKET: usize = 8193;
const STDERR: u8 = 3;

#[derive(Debug, Default)]
struct Received {
    streams: [Vec<u8>; 2],
    ended: bool,
}

#[derive(Debug, Default)]
struct Inbox {
    received: Mutex<Received>,
    changed: Condvar,
}

impl Inbox {
    fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(crate) struct Client {
    socket: Arc<OwnedFd>,
    inbox: Arc<Inbox>,
    reader: JoinHandle<()>,
}

impl Client {
    pub(crate) fn connect(path: &Path) -> Outcome<Self> {
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        let (socket, inbox) = (Arc::new(socket), Arc::new(Inbox::default()));
        let (theirs, to) = (Arc::clone(&socket), Arc::clone(&inbox));
        let reader = std::thread::spawn(move || read_all(&theirs, &to));
        Ok(Self { socket, inbox, reader })
    }

    /// Sends input in packets of a thousand bytes; false if the monitor has closed the connection.
    pub(crate) fn send(&self, bytes: &[u8]) -> bool {
        bytes.chunks(1000).all(|chunk| {
            let sent = send(self.socket.as_raw_fd(), chunk, MsgFlags::MSG_NOSIGNAL);
            sent == Ok(chunk.len())
        })
    }

    pub(crate) fn end_input(&self) {
        let _ = shutdown(self.socket.as_raw_fd(), Shutdown::Write);
    }

    /// Waits for `count` bytes of stdout; false if the connection ends first or the time limit passes.
    pub(crate) fn wait_for(&self, count: usize, limit: Instant) -> bool {
        let mut received = self.inbox.received();
        while received.streams[0].len() < count {
            let left = limit.saturating_duration_since(Instant::now());
            if received.ended || left.is_zero() {
                return false;
            }
            let waited = self.inbox.changed.wait_timeout(received, left);
            received = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Returns everything received once the connection has ended, closing it if the monitor does not.
    pub(crate) fn finish(self) -> [Vec<u8>; 2] {
        // Data already sent to us is still received.
        let _ = shutdown(self.socket.as_raw_fd(), Shutdown::Both);
        let _ = self.reader.join();
        std::mem::take(&mut self.inbox.received().streams)
    }
}

fn read_all(socket: &OwnedFd, inbox: &Inbox) {
    let mut packet = [0; PACKET];
    loop {
        match recv(socket.as_raw_fd(), &mut packet, MsgFlags::empty()) {
            Err(Errno::EINTR) => {}
            Err(_) | Ok(0) => break,
            Ok(count) => {
                let Some((kind, bytes)) = packet.get(..count).and_then(<[u8]>::split_first) else { break };
                let stream = usize::from(*kind == STDERR);
                if let Some(to) = inbox.received().streams.get_mut(stream) {
                    to.extend(bytes);
                }
            }
        }
        inbox.changed.notify_all();
    }
    inbox.received().ended = true;
    inbox.changed.notify_all();
}
