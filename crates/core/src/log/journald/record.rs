//! Records of the native protocol: `NAME=value` and a newline, or, for a value that holds newlines, `NAME`, a newline,
//! the value's length as 64 bits little-endian, the value and a newline.

use super::Message;
use crate::diagnostics::severity::{ERROR, INFORMATION};
use crate::length::to_u64;
use crate::plan::JournaldLog;
use crate::stream::Stream;

/// Makes one record after the other in the same memory, behind the fields that all have.
pub(crate) struct RecordBuilder {
    bytes: Vec<u8>,
    common: usize,
    mark_parts: bool,
}

impl RecordBuilder {
    pub(crate) fn new(plan: &JournaldLog) -> Self {
        let mut bytes = Vec::new();
        for (name, value) in &plan.fields {
            append(&mut bytes, name.as_bytes(), value.as_bytes());
        }
        bytes.shrink_to_fit();
        Self { common: bytes.len(), bytes, mark_parts: plan.partial_message }
    }

    pub(crate) fn make(&mut self, message: Message<'_>) -> &[u8] {
        self.bytes.truncate(self.common);
        append(&mut self.bytes, b"PRIORITY", &[b'0' + message.priority]);
        if message.part && self.mark_parts {
            append(&mut self.bytes, b"CONTAINER_PARTIAL_MESSAGE", b"true");
        }
        append(&mut self.bytes, b"MESSAGE", message.text);
        &self.bytes
    }

    /// Releases the memory of the last record.
    pub(crate) fn release(&mut self) {
        self.bytes.truncate(self.common);
        self.bytes.shrink_to_fit();
    }
}

fn append(record: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    record.extend_from_slice(name);
    if memchr::memchr(b'\n', value).is_none() {
        record.push(b'=');
    } else {
        let length = to_u64(value.len());
        record.push(b'\n');
        record.extend_from_slice(&length.to_le_bytes());
    }
    record.extend_from_slice(value);
    record.push(b'\n');
}

/// The priority of what has no prefix.
pub(crate) fn usual_priority(stream: Stream) -> u8 {
    match stream {
        Stream::Stdout => INFORMATION,
        Stream::Stderr => ERROR,
    }
}

/// A prefix `<0>` to `<7>` is the priority of a line (sd-daemon(3)), and not part of its text.
pub(crate) fn prefixed(line: &[u8]) -> Option<(u8, &[u8])> {
    match line {
        [b'<', digit @ b'0'..=b'7', b'>', text @ ..] => Some((digit - b'0', text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::scratch::bytes;

    fn builder(mark_parts: bool) -> RecordBuilder {
        let fields = vec![(bytes("CONTAINER_NAME"), bytes("web")), (bytes("LABEL"), bytes("a\nb"))];
        RecordBuilder::new(&JournaldLog { fields, partial_message: mark_parts })
    }

    #[test]
    fn a_value_with_newlines_is_counted() {
        let mut builder = builder(true);
        let wanted = b"CONTAINER_NAME=web\nLABEL\n\x03\0\0\0\0\0\0\0a\nb\nPRIORITY=6\nMESSAGE\n\x05\0\0\0\0\0\0\0line\n\n";
        assert_eq!(
            builder.make(Message { stream: Stream::Stdout, priority: 6, part: false, text: b"line\n" }),
            wanted
        );
    }

    #[test]
    fn parts_are_marked_unless_that_was_not_wanted() {
        let part = Message { stream: Stream::Stdout, priority: 3, part: true, text: b"a\0\xff" };
        let end = b"b\nPRIORITY=3\nCONTAINER_PARTIAL_MESSAGE=true\nMESSAGE=a\0\xff\n";
        assert!(builder(true).make(part).ends_with(end));
        assert!(builder(false).make(part).ends_with(b"b\nPRIORITY=3\nMESSAGE=a\0\xff\n"));
    }

    #[test]
    fn no_field_of_a_record_is_left_in_the_next() {
        let mut builder = builder(true);
        builder.make(Message { stream: Stream::Stdout, priority: 6, part: true, text: b"long text" });
        let fresh = self::builder(true)
            .make(Message { stream: Stream::Stdout, priority: 6, part: false, text: b"x\n" })
            .to_vec();
        assert_eq!(
            builder.make(Message { stream: Stream::Stdout, priority: 6, part: false, text: b"x\n" }),
            fresh
        );
        builder.release();
        assert_eq!(
            builder.make(Message { stream: Stream::Stdout, priority: 6, part: false, text: b"x\n" }),
            fresh
        );
    }

    #[test]
    fn only_a_digit_up_to_seven_in_angle_brackets_is_a_prefix() {
        assert_eq!(prefixed(b"<0>a\n"), Some((0, b"a\n".as_slice())));
        assert_eq!(prefixed(b"<7>"), Some((7, b"".as_slice())));
        for line in [b"<8>a".as_slice(), b"<3", b"<", b"", b"<33>a", b"< 3>a", b"a<3>"] {
            assert_eq!(prefixed(line), None, "{line:?}");
        }
    }
}
