//! Text as Docker writes it into a JSON string.
//!
//! As Go's encoder does: `<`, `>`, `&`, U+2028 and U+2029 are escaped, so that the text can stand in HTML and JavaScript;
//! each byte that is not UTF-8 becomes U+FFFD.

use crate::log::Volume;

const HEX: &[u8; 16] = b"0123456789abcdef";
const REPLACEMENT: &[u8] = b"\\ufffd";

/// Appends the text, escaped.
pub(crate) fn escape_into(text: &[u8], target: &mut Vec<u8>) {
    target.reserve(text.len());
    for chunk in text.utf8_chunks() {
        escape_valid(chunk.valid(), target);
        for _ in chunk.invalid() {
            target.extend_from_slice(REPLACEMENT);
        }
    }
}

fn escape_valid(text: &str, target: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let length = special(bytes, at, *byte);
        if length == 0 {
            at += 1;
            continue;
        }
        target.extend_from_slice(&bytes[plain_from..at]);
        write_special(&bytes[at..at + length], target);
        at += length;
        plain_from = at;
    }
    target.extend_from_slice(&bytes[plain_from..]);
}

/// The length of a character that needs an escape; 0 if this one needs none.
fn special(bytes: &[u8], at: usize, byte: u8) -> usize {
    match byte {
        0..=0x1F | b'\\' | b'"' | b'<' | b'>' | b'&' => 1,
        0xE2 if is_separator(bytes.get(at..at + 3)) => 3,
        _ => 0,
    }
}

/// U+2028 and U+2029 in UTF-8.
fn is_separator(character: Option<&[u8]>) -> bool {
    matches!(character, Some([0xE2, 0x80, 0xA8 | 0xA9]))
}

fn write_special(character: &[u8], target: &mut Vec<u8>) {
    match character {
        [byte @ (b'\\' | b'"')] => target.extend_from_slice(&[b'\\', *byte]),
        b"\n" => target.extend_from_slice(b"\\n"),
        b"\r" => target.extend_from_slice(b"\\r"),
        [byte] => {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            target.extend_from_slice(b"\\u00");
            target.extend_from_slice(&digits);
        }
        [.., last] => target.extend_from_slice(if *last == 0xA8 { b"\\u2028" } else { b"\\u2029" }),
        [] => {}
    }
}

/// How much the escaped text was, which ends at the first quote; what was replaced counts as one byte.
pub(crate) fn unescaped(escaped: &[u8]) -> Volume {
    let mut volume = Volume::default();
    let mut rest = escaped;
    loop {
        let (taken, bytes) = match rest {
            [] | [b'"', ..] => return volume,
            [b'\\', b'u', b'2', ..] => (6, 3),
            [b'\\', b'u', ..] => (6, 1),
            [b'\\', ..] => (2, 1),
            _ => (1, 1),
        };
        volume.bytes += bytes;
        volume.lines += u64::from(rest.starts_with(b"\\n"));
        rest = rest.get(taken..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &[u8]) -> String {
        let mut target = Vec::new();
        escape_into(text, &mut target);
        String::from_utf8(target).unwrap()
    }

    #[test]
    fn only_these_characters_are_escaped() {
        assert_eq!(escaped(b"a\"b\\c\nd\re\tf\0g\x1f"), r#"a\"b\\c\nd\re\u0009f\u0000g\u001f"#);
        assert_eq!(escaped(b"<a href=\"x\">&"), r#"\u003ca href=\"x\"\u003e\u0026"#);
        assert_eq!(escaped("\u{2027}\u{2028}\u{2029}\u{202a}".as_bytes()), "\u{2027}\\u2028\\u2029\u{202a}");
        assert_eq!(escaped("/'\x7f\u{e9}\u{1F600}".as_bytes()), "/'\x7f\u{e9}\u{1F600}");
    }

    #[test]
    fn each_byte_that_is_no_utf8_is_replaced() {
        assert_eq!(escaped(b"a\xffb"), r"a\ufffdb");
        assert_eq!(escaped(b"\xe2\x80"), r"\ufffd\ufffd");
        assert_eq!(escaped(b"\xed\xa0\x80"), r"\ufffd\ufffd\ufffd");
        assert_eq!(escaped(b"\xc3"), r"\ufffd");
    }

    #[test]
    fn the_length_before_escaping_is_known() {
        for text in [
            b"".as_slice(),
            b"abc",
            b"no end\\n",
            b"end\\\n",
            b"a\"\\\n\r\t\0<",
            "\u{2028}\u{e9}\u{1F600}x".as_bytes(),
            b"\xff\xfe",
        ] {
            let line = format!("{}\",\"stream\":", escaped(text));
            let lines = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
            let volume = Volume::new(text.len(), u64::try_from(lines.count()).unwrap());
            assert_eq!(unescaped(line.as_bytes()), volume, "{text:?}");
        }
    }
}
