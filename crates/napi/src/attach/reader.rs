//! Passes packets from the socket to JavaScript.

use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

use conmon_sys::errors::describe;
use napi::Status;
use napi::bindgen_prelude::{Buffer, Error, FnArgs, Function, Result};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recvmsg};

/// Stream number and bytes.
pub(crate) type Packet = FnArgs<(u32, Buffer)>;

/// The stream number that means the end.
const END: u32 = 0;
/// A packet is one byte for the stream and at most 8192 of output. The extra room avoids truncating a longer one.
const LONGEST: usize = 1 << 16;
/// The most packets queued for JavaScript; then the thread blocks, and eventually the container.
const QUEUED: usize = 64;

/// Whether packets are delivered or paused.
#[derive(Default)]
pub(crate) struct Flow {
    paused: Mutex<bool>,
    changed: Condvar,
}

impl Flow {
    pub(crate) fn set_paused(&self, paused: bool) {
        *self.paused.lock().unwrap_or_else(PoisonError::into_inner) = paused;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let paused = self.paused.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_while(paused, |paused| *paused));
    }
}

/// Starts the thread, which ends with the connection or the JavaScript environment.
pub(crate) fn start(
    socket: &Arc<OwnedFd>,
    flow: &Arc<Flow>,
    on_packet: &Function<'_, Packet, ()>,
) -> Result<()> {
    let deliver = on_packet.build_threadsafe_function().max_queue_size::<QUEUED>().build()?;
    let (socket, flow) = (Arc::clone(socket), Arc::clone(flow));
    let work = move || {
        let mut buffer = vec![0; LONGEST];
        loop {
            let (stream, bytes) = match receive(&socket, &mut buffer) {
                Ok([]) => (END, Vec::new()),
                Ok([stream, bytes @ ..]) => (u32::from(*stream), bytes.to_vec()),
                Err(errno) => (END, describe(errno).into()),
            };
            flow.wait();
            let packet = FnArgs::from((stream, Buffer::from(bytes)));
            let status = deliver.call(packet, ThreadsafeFunctionCallMode::Blocking);
            if stream == END || status != Status::Ok {
                return;
            }
        }
    };
    thread::Builder::new().name("attach-reader".to_owned()).spawn(work).map(drop).map_err(no_thread)
}

/// Receives one packet; empty at the end.
fn receive<'a>(socket: &OwnedFd, buffer: &'a mut [u8]) -> nix::Result<&'a [u8]> {
    loop {
        let mut parts = [IoSliceMut::new(buffer)];
        match recvmsg::<()>(socket.as_raw_fd(), &mut parts, None, MsgFlags::empty()) {
            Ok(message) if message.flags.contains(MsgFlags::MSG_TRUNC) => return Err(Errno::EMSGSIZE),
            Ok(message) => {
                let length = message.bytes;
                return buffer.get(..length).ok_or(Errno::EMSGSIZE);
            }
            Err(Errno::EINTR) => {}
            // The monitor exited without reading our packets: an ordinary end.
            Err(Errno::ECONNRESET) => return Ok(&[]),
            Err(errno) => return Err(errno),
        }
    }
}

pub(crate) fn no_thread(error: std::io::Error) -> Error {
    Error::from_reason(format!("cannot start a thread for the attach socket: {error}"))
}
