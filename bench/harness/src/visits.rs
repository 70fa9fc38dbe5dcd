//! Attach clients, one after the other: each sends a line, waits for its echo, and disconnects.

use std::os::fd::AsRawFd;

use nix::sys::socket::{MsgFlags, recv, send};

use crate::Outcome;
use crate::drain::{PACKET, connect_to};

const LINE: &[u8] = b"hello\n";

/// The container writes nothing meanwhile.
pub(crate) fn run_silently(path: &str, count: &str) -> Outcome {
    for _ in 0..count.parse()? {
        connect_to(path)?;
    }
    Ok(())
}

/// The container must echo its input.
pub(crate) fn run(path: &str, count: &str) -> Outcome {
    for _ in 0..count.parse()? {
        let client = connect_to(path)?;
        send(client.as_raw_fd(), LINE, MsgFlags::MSG_NOSIGNAL)?;
        let mut packet = [0; PACKET];
        let mut came = Vec::new();
        while !came.ends_with(LINE) {
            match recv(client.as_raw_fd(), &mut packet, MsgFlags::empty())? {
                0 => return Err("the connection ended before the echo arrived".into()),
                length => came.extend_from_slice(packet.get(1..length).unwrap_or_default()),
            }
        }
    }
    Ok(())
}
