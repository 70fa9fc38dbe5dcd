//! The packets of output: a byte that names the stream, then text.

use std::io::IoSlice;
use std::os::fd::AsFd;

use conmon_sys::packets::{AT_ONCE, send_packets};
use nix::errno::Errno;

use crate::container_io::pipe_size;
use crate::stream::Stream;

/// The largest text of a packet to a client: Podman's and CRI-O's buffers hold this and the type byte.
const MAX_TEXT: usize = 8192;
/// The text of each packet when one is not enough: a ninth of a pipe. With the kernel's own data behind it (`struct
/// skb_shared_info`) a packet then fits into 8 KiB, up to which its allocator has memory at hand; larger ones are made of
/// fresh pages every time. Measured: a fifth of what an attached client costs.
const USUAL_TEXT: usize = pipe_size::USUAL.div_ceil(9);
/// The most bytes sent with one call.
pub(crate) const BATCH: usize = AT_ONCE * USUAL_TEXT;

/// Sends as many of the bytes as there is room for, with one call and without blocking. Returns their number.
///
/// # Errors
/// Those of sendmmsg(2), if nothing was sent: `EAGAIN` if there is no room.
pub(crate) fn send_batch(socket: impl AsFd, stream: Stream, bytes: &[u8]) -> Result<usize, Errno> {
    let size = if bytes.len() <= MAX_TEXT { MAX_TEXT } else { USUAL_TEXT };
    let kind = [stream.packet_type()];
    let mut packets = [[IoSlice::new(&kind), IoSlice::new(&[])]; AT_ONCE];
    let mut count = 0;
    for (packet, text) in packets.iter_mut().zip(bytes.chunks(size)) {
        packet[1] = IoSlice::new(text);
        count += 1;
    }
    let sent = send_packets(socket, &packets[..count])?;
    Ok(bytes.len().min(sent * size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, socketpair};
    use std::os::fd::AsRawFd;

    #[test]
    fn packets_are_what_clients_have_room_for_and_lose_nothing() {
        for length in [1, 8191, 8192, 8193, 16384, 65535, 65536, 65537] {
            let (ours, theirs) =
                socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_NONBLOCK).unwrap();
            let sent: Vec<u8> = (0..length).map(|at: usize| (at % 251).to_le_bytes()[0]).collect();
            assert_eq!(send_batch(&ours, Stream::Stderr, &sent), Ok(length));
            let mut got = Vec::new();
            let mut packet = [0; 20_000];
            while let Ok(count) = recv(theirs.as_raw_fd(), &mut packet, MsgFlags::empty()) {
                assert!((2..=8193).contains(&count) && packet[0] == 3, "{count} bytes, type {}", packet[0]);
                assert!(length > 8192 || count == length + 1, "what fits into one packet is not divided");
                got.extend_from_slice(&packet[1..count]);
            }
            assert_eq!(got, sent);
        }
    }

    #[test]
    fn what_does_not_go_now_is_not_counted() {
        let (ours, theirs) =
            socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_NONBLOCK).unwrap();
        let mut sent = 0;
        let refused = loop {
            match send_batch(&ours, Stream::Stdout, &[b'x'; BATCH]) {
                Ok(count) => sent += count,
                Err(errno) => break errno,
            }
        };
        assert_eq!(refused, Errno::EAGAIN);
        let mut packet = [0; 20_000];
        while let Ok(count) = recv(theirs.as_raw_fd(), &mut packet, MsgFlags::empty()) {
            sent -= count - 1;
        }
        assert_eq!(sent, 0);
        drop(theirs);
        assert_eq!(send_batch(&ours, Stream::Stdout, b"x"), Err(Errno::EPIPE));
    }
}
