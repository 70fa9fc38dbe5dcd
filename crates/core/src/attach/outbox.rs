//! [`Outbox`]: packets that a client has not taken yet.

use crate::stream::Stream;

/// Type byte and length before each packet.
const HEADER: usize = 3;

/// A queue of packets in one piece of memory, which is freed when the queue is empty.
#[derive(Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// Where the first packet begins.
    head: usize,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.head == self.bytes.len()
    }

    /// Bytes that wait, headers included.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() - self.head
    }

    /// Adds a packet at the end; `text` is at most 65535 bytes long.
    pub(crate) fn push(&mut self, stream: Stream, text: &[u8]) {
        let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
        self.bytes.push(stream.packet_type());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&text[..usize::from(length)]);
    }

    /// The first packet: its type byte and its text.
    pub(crate) fn first(&self) -> Option<(u8, &[u8])> {
        let &[kind, low, high, ref rest @ ..] = self.bytes.get(self.head..)? else { return None };
        Some((kind, rest.get(..usize::from(u16::from_le_bytes([low, high])))?))
    }

    /// The first packet has been taken.
    pub(crate) fn pop(&mut self) {
        let Some((_, text)) = self.first() else { return };
        self.head += HEADER + text.len();
        if self.is_empty() {
            *self = Self::default();
        } else if self.head > self.bytes.len() / 2 {
            self.bytes.drain(..self.head);
            self.head = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_as_they_went_in_and_memory_is_freed_at_the_end() {
        let mut outbox = Outbox::default();
        let sizes = [0, 1, 8191, 8192];
        for size in sizes {
            outbox.push(Stream::Stderr, &vec![7; size]);
        }
        for size in sizes {
            let (kind, text) = outbox.first().unwrap();
            assert_eq!((kind, text.len()), (3, size));
            outbox.pop();
        }
        assert!(outbox.is_empty());
        assert_eq!(outbox.bytes.capacity(), 0);
    }
}
