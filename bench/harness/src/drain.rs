//! An attach client that reads as fast as it can.

use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, socket};

use crate::Outcome;

/// A packet of an attach socket: the type byte and at most 8192 bytes.
pub(crate) const PACKET: usize = 8193;

/// Connects, reports that, reads to the end and prints the number of bytes received.
pub(crate) fn run(path: &str) -> Outcome {
    let client = connect_to(path)?;
    println!("connected");
    let mut packet = [0; PACKET];
    let mut bytes = 0;
    loop {
        match recv(client.as_raw_fd(), &mut packet, MsgFlags::empty())? {
            0 => break,
            count => bytes += count - 1,
        }
    }
    println!("{bytes}");
    Ok(())
}

/// A connection to an attach socket.
pub(crate) fn connect_to(path: &str) -> Outcome<OwnedFd> {
    let client = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
    connect(client.as_raw_fd(), &UnixAddr::new(path)?)?;
    Ok(client)
}
