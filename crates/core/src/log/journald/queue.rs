//! [`Queue`]: messages that wait for journald, in one piece of memory, so that many short ones cost little and all of it
//! is given back when the last has gone.

use super::Message;

/// In front of each text: its length, the priority, and whether it is a part.
const HEADER: usize = 6;

/// First in, first out. Bounded by those who stop reading the container's output while it is not empty.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    bytes: Vec<u8>,
    begin: usize,
}

impl Queue {
    pub(crate) fn is_empty(&self) -> bool {
        self.begin == self.bytes.len()
    }

    pub(crate) fn push(&mut self, message: Message<'_>) {
        let length = u32::try_from(message.text.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&[message.priority, u8::from(message.part)]);
        self.bytes.extend_from_slice(message.text);
    }

    /// The oldest message.
    pub(crate) fn front(&self) -> Option<Message<'_>> {
        let (length, rest) = self.bytes.get(self.begin..)?.split_first_chunk::<4>()?;
        let ([priority, part], rest) = rest.split_first_chunk()?;
        let text = rest.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        Some(Message { priority: *priority, part: *part != 0, text })
    }

    /// Forgets the oldest message.
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

    #[test]
    fn messages_come_out_as_they_went_in() {
        let texts = [b"one\n".to_vec(), Vec::new(), vec![0xff; 8192], b"last".to_vec()];
        let mut queue = Queue::default();
        assert!(queue.is_empty() && queue.front().is_none());
        for (text, priority) in texts.iter().zip(0..) {
            queue.push(Message { priority, part: priority % 2 == 1, text });
        }
        for (text, priority) in texts.iter().zip(0..) {
            assert!(!queue.is_empty());
            assert_eq!(queue.front(), Some(Message { priority, part: priority % 2 == 1, text }));
            queue.drop_front();
        }
        assert!(queue.is_empty() && queue.front().is_none());
    }
}
