//! Writes from JavaScript to the socket, in order.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use conmon_sys::errors::describe;
use napi::JsDeferred;
use napi::bindgen_prelude::{Env, Error, Result};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, Shutdown, send, shutdown};

use super::reader::no_thread;

/// The most the monitor reads in one call; it would truncate a longer packet.
const LONGEST: usize = 32768;

/// The promise of a write.
pub(crate) type Written = JsDeferred<(), fn(Env) -> Result<()>>;

/// What the writing thread does next.
pub(crate) enum Command {
    /// Send these bytes and fulfil the promise.
    Write(Vec<u8>, Written),
    /// No more input follows.
    End,
}

impl Command {
    /// Rejects a command after the thread has ended.
    pub(crate) fn refuse(self) {
        match self {
            Self::Write(_, written) => written.reject(Error::from_reason("the attach connection is closed")),
            Self::End => {}
        }
    }
}

/// Starts the thread, which ends when the last sender of commands is dropped.
pub(crate) fn start(socket: &Arc<OwnedFd>) -> Result<Sender<Command>> {
    let (commands, todo) = channel();
    let socket = Arc::clone(socket);
    let work = move || execute(&socket, &todo);
    thread::Builder::new().name("attach-writer".to_owned()).spawn(work).map_err(no_thread)?;
    Ok(commands)
}

fn execute(socket: &OwnedFd, todo: &Receiver<Command>) {
    for command in todo {
        match command {
            Command::Write(bytes, written) => match write(socket, &bytes) {
                Ok(()) => written.resolve(|_| Ok(())),
                Err(errno) => {
                    written.reject(Error::from_reason(format!(
                        "cannot write to attach socket: {}",
                        describe(errno)
                    )));
                }
            },
            // An error means that the peer has already disconnected.
            Command::End => drop(shutdown(socket.as_raw_fd(), Shutdown::Write)),
        }
    }
}

fn write(socket: &OwnedFd, bytes: &[u8]) -> nix::Result<()> {
    for packet in bytes.chunks(LONGEST) {
        loop {
            // Blocks in poll, not in send: a shutdown interrupts only the former.
            match send(socket.as_raw_fd(), packet, MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT) {
                Ok(_) => break,
                Err(Errno::EAGAIN) => {
                    // Interrupted or not, send again.
                    let _ = poll(&mut [PollFd::new(socket.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE);
                }
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
    Ok(())
}
