//! The private socket of a container's monitor, in the container's bundle: how monitors and `conmonctl` ask it for what managers
//! have no request for.
//!
//! The socket is of type `SOCK_SEQPACKET` (unix(7)). A request is one packet: a [`message::Request`] in JSON, with two
//! descriptors (`SCM_RIGHTS`): the socket's directory (`O_PATH`), and what the request is about. The answer is one packet, a
//! [`message::Answer`] in JSON. Then the connection is closed. `socket` receives, `client` sends, and `identity` decides whose
//! requests are accepted.

mod client;
mod identity;
mod message;
mod socket;

pub use client::upgrade;
pub(crate) use client::{ADOPTION_PATIENCE, Failure, adopt_exit_command};
pub(crate) use socket::{Caller, PrivateSocket, Received, SocketState, answer_from_here};

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    use super::message::{Operation, Request};

    pub(crate) fn request(packet: &[u8]) -> Result<Option<u64>, String> {
        Request::parse(packet).map(|operation| match operation {
            Operation::AdoptExitCommand { delay_milliseconds } => Some(delay_milliseconds),
            Operation::Upgrade {} => None,
        })
    }
}
