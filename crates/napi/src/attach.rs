//! The attach socket's client. Node has no SOCK_SEQPACKET; a stream socket would merge packets, and so stdout and stderr.
//!
//! Two threads make blocking calls: one passes received packets to JavaScript, one writes the data JavaScript passes it.
//! A peer that does not read blocks neither the event loop nor the other direction. `unix(7)`.

mod connect;
mod reader;
mod writer;

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use napi::bindgen_prelude::{Buffer, Env, Error, Function, Object, Result};
use napi_derive::napi;
use nix::sys::socket::{Shutdown, shutdown};

use self::reader::{Flow, Packet};
use self::writer::{Command, Written};

/// The process listening on a socket: its pid in our pid namespace, and its user.
#[napi(object)]
pub struct Listener {
    /// Process id.
    pub pid: i32,
    /// User id.
    pub uid: u32,
}

/// A connection to an attach socket.
#[napi]
pub struct AttachClient {
    socket: Arc<OwnedFd>,
    flow: Arc<Flow>,
    commands: Sender<Command>,
}

#[napi]
impl AttachClient {
    /// Connects. `onPacket(stream, bytes)` is called for each packet with its stream number (2 stdout, 3 stderr), and finally
    /// once with stream 0 when either side has closed the connection; `bytes` is then empty, or the reason why the connection
    /// broke. With `listener`, only that process may be listening.
    #[napi(
        factory,
        catch_unwind,
        ts_args_type = "path: Buffer, onPacket: (stream: number, bytes: Buffer) => void, listener?: Listener"
    )]
    pub fn connect(
        path: Buffer,
        on_packet: Function<'_, Packet, ()>,
        listener: Option<Listener>,
    ) -> Result<Self> {
        let expected = listener.map(|Listener { pid, uid }| connect::Listener { pid, uid });
        let socket = Arc::new(connect::connect(&path, expected.as_ref()).map_err(Error::from_reason)?);
        let flow = Arc::new(Flow::default());
        reader::start(&socket, &flow, &on_packet)?;
        let commands = writer::start(&socket)?;
        Ok(Self { socket, flow, commands })
    }

    /// Sends bytes in packets of at most 32768. The promise is fulfilled when the kernel has accepted all of them.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn write<'env>(&self, env: &'env Env, bytes: Buffer) -> Result<Object<'env>> {
        let (written, promise): (Written, _) = env.create_deferred()?;
        self.command(Command::Write(bytes.to_vec(), written));
        Ok(promise)
    }

    /// Signals the end of input to the peer, after all previous writes.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        self.command(Command::End);
    }

    /// Delivers no packet until `resume`; the peer blocks when the socket's buffer is full.
    #[napi(catch_unwind)]
    pub fn pause(&self) {
        self.flow.set_paused(true);
    }

    /// Delivers packets again.
    #[napi(catch_unwind)]
    pub fn resume(&self) {
        self.flow.set_paused(false);
    }

    /// Closes the connection in both directions. Pending writes are dropped.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.flow.set_paused(false);
        // Wakes both threads. An error means that the peer has already disconnected.
        let _ = shutdown(self.socket.as_raw_fd(), Shutdown::Both);
    }

    fn command(&self, command: Command) {
        if let Err(refused) = self.commands.send(command) {
            refused.0.refuse();
        }
    }
}
