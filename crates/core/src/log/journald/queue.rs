//! [`Queue`]: messages that wait for journald. They are stored in one block of memory: many short messages cost little, and the block
//! is freed when the queue is empty.

use super::Message;
use crate::handover::Blob;
use crate::length::to_u64;
use crate::stream::Stream;

/// Bytes before each text: its length (4, little-endian), the stream, the priority, and whether it is a part.
const HEADER: usize = 7;

/// First in, first out. Bounded, because the container's output is not read while messages are queued.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    bytes: Vec<u8>,
    begin: usize,
}

impl Queue {
    pub(crate) fn state(&self) -> Blob {
        Blob(self.bytes.get(self.begin..).unwrap_or_default().to_vec())
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(Blob(bytes): Blob) -> Self {
        Self { bytes, begin: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.begin == self.bytes.len()
    }

    /// Bytes that wait, framing included.
    pub(crate) fn len(&self) -> u64 {
        to_u64(self.bytes.len() - self.begin)
    }

    pub(crate) fn push(&mut self, message: Message<'_>) {
        let length = u32::try_from(message.text.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&[
            message.stream.packet_type(),
            message.priority,
            u8::from(message.part),
        ]);
        self.bytes.extend_from_slice(message.text);
    }

    /// The oldest message.
    pub(crate) fn front(&self) -> Option<Message<'_>> {
        let (length, rest) = self.bytes.get(self.begin..)?.split_first_chunk::<4>()?;
        let ([stream, priority, part], rest) = rest.split_first_chunk()?;
        let text = rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let stream = match *stream == Stream::Stderr.packet_type() {
            true => Stream::Stderr,
            false => Stream::Stdout,
        };
        Some(Message { stream, priority: *priority, part: *part != 0, text })
    }

    /// Removes the oldest message.
    pub(crate) fn drop_front(&mut self) {
        let length = self.front().map_or(0, |message| message.text.len());
        self.begin = (self.begin + HEADER + length).min(self.bytes.len());
        if self.is_empty() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(priority: u8) -> Stream {
        if priority < 2 { Stream::Stdout } else { Stream::Stderr }
    }

    #[test]
    fn messages_come_out_as_they_went_in() {
        let texts = [b"one\n".to_vec(), Vec::new(), vec![0xff; 8192], b"last".to_vec()];
        let mut queue = Queue::default();
        assert!(queue.is_empty() && queue.front().is_none());
        for (text, priority) in texts.iter().zip(0..) {
            queue.push(Message { stream: stream(priority), priority, part: priority % 2 == 1, text });
        }
        for (text, priority) in texts.iter().zip(0..) {
            assert!(!queue.is_empty());
            assert_eq!(
                queue.front(),
                Some(Message { stream: stream(priority), priority, part: priority % 2 == 1, text })
            );
            queue.drop_front();
        }
        assert!(queue.is_empty() && queue.front().is_none());
    }
}
