//! Exit commands that a container's monitor runs in place of the monitors of its exec sessions.
//!
//! Podman starts the exec sessions of its REST API with `--exit-delay 300`: two processes would remain for five minutes after
//! each command. Instead, the session's monitor gives its exit command to the container's monitor over the
//! [private socket](crate::private_socket), and ends. The request has a sealed memfd with the block of a [`Document`]. `pending`
//! keeps and runs the commands; `keeper` is the process that keeps them once the container has exited. A command is adopted
//! when the answer confirms it.

mod document;
mod keeper;
mod pending;

pub(crate) use document::{Document, MAX_LENGTH};
pub(crate) use pending::{PendingCommands, PendingState};

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    use super::document::Document;

    pub(crate) fn block(block: &[u8]) -> Option<Vec<u8>> {
        Document::of_block(block).map(|document| document.to_block())
    }
}
