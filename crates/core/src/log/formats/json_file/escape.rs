//! Text as Docker writes it into a JSON string.
//!
//! As Go's encoder does: `<`, `>`, `&`, U+2028 and U+2029 are escaped, so that the text can be embedded in HTML and JavaScript;
//! each byte that is not UTF-8 becomes U+FFFD.

use conmon_sys::simd::{BLOCK, json_mask};

use crate::log::Volume;

const HEX: &[u8; 16] = b"0123456789abcdef";
const REPLACEMENT: &[u8] = b"\\ufffd";

/// Appends the text, escaped.
///
/// Most text needs no escape: 64 bytes are compared at a time, and the bytes between two that may need one are copied together.
pub(crate) fn escape_into(text: &[u8], target: &mut Vec<u8>) {
    target.reserve(text.len());
    let mut written = 0;
    for (index, block) in text.chunks(BLOCK).enumerate() {
        let mut found = mask(block);
        while found != 0 {
            let at = index * BLOCK + usize::try_from(found.trailing_zeros()).unwrap_or(0);
            found &= found - 1;
            // A run of bytes that are not ASCII has been written whole.
            if at >= written {
                target.extend_from_slice(&text[written..at]);
                written = at + write_run(&text[at..], target);
            }
        }
    }
    target.extend_from_slice(&text[written..]);
}

/// A bit for each byte of a block that may need an escape; a short block is padded with spaces, which need none.
fn mask(block: &[u8]) -> u64 {
    match <&[u8; BLOCK]>::try_from(block) {
        Ok(block) => json_mask(block),
        Err(_) => {
            let mut filled = [b' '; BLOCK];
            filled[..block.len()].copy_from_slice(block);
            json_mask(&filled)
        }
    }
}

/// Writes the ASCII character or the run of other bytes that `text` starts with. Returns its length.
fn write_run(text: &[u8], target: &mut Vec<u8>) -> usize {
    // No character, and no malformed part of one, extends across an ASCII byte.
    let length = text.iter().position(u8::is_ascii).unwrap_or(text.len());
    if length == 0 {
        write_special(&text[..1], target);
        return 1;
    }
    for chunk in text[..length].utf8_chunks() {
        escape_valid(chunk.valid().as_bytes(), target);
        for _ in chunk.invalid() {
            target.extend_from_slice(REPLACEMENT);
        }
    }
    length
}

/// Writes characters that are not ASCII.
fn escape_valid(mut bytes: &[u8], target: &mut Vec<u8>) {
    while let Some(at) = memchr::memchr(0xE2, bytes) {
        let length = if is_separator(bytes.get(at..at + 3)) { 3 } else { 0 };
        let (plain, special) = bytes.split_at(at + usize::from(length == 0));
        target.extend_from_slice(plain);
        if length > 0 {
            write_special(&special[..length], target);
        }
        bytes = &special[length..];
    }
    target.extend_from_slice(bytes);
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

/// The volume of a text before it was escaped. The escaped text ends at the first quote; a replacement counts as one byte.
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
    use proptest::prelude::*;

    use super::*;
    use crate::properties::{bytewise_lossy, config, text};

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

    /// Character by character, as the rule reads.
    fn slowly_escaped(text: &[u8]) -> String {
        let mut target = String::new();
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' | '\\' => target.extend(['\\', character]),
                    '\n' => target.push_str("\\n"),
                    '\r' => target.push_str("\\r"),
                    '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                        target.push_str(&format!("\\u{:04x}", u32::from(character)));
                    }
                    other => target.push(other),
                }
            }
            target.push_str(&r"\ufffd".repeat(chunk.invalid().len()));
        }
        target
    }

    #[test]
    fn the_place_of_a_character_in_a_block_changes_nothing() {
        let parts: [&[u8]; 12] = [
            b"\"",
            b"\\",
            b"<",
            b"\n",
            b"\x1f",
            b"\xff",
            b"\xe2\x80",
            "\u{2028}".as_bytes(),
            "\u{2027}\u{e9}".as_bytes(),
            b"\x7f",
            b"plain text",
            b"&",
        ];
        for part in parts {
            for other in parts {
                for before in [0, 1, 7, BLOCK - 3, BLOCK - 2, BLOCK - 1, BLOCK, 2 * BLOCK - 1] {
                    let text =
                        [&b"x".repeat(before), part, b"y", other, &b"z".repeat(BLOCK), part, other].concat();
                    assert_eq!(escaped(&text), slowly_escaped(&text), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn each_byte_that_is_not_utf8_is_replaced() {
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

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_reader_of_json_gets_the_text_back_with_a_replacement_for_each_malformed_byte(text in text()) {
            let written = escaped(&text);
            let special = |character| matches!(character, '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
            prop_assert!(!written.contains(special));
            let read: String = serde_json::from_str(&format!("\"{written}\"")).unwrap();
            prop_assert_eq!(read, bytewise_lossy(&text));
            prop_assert!(!conmon_sys::simd::is_json_plain(&text) || written.as_bytes() == text);
        }

        #[test]
        fn the_length_before_escaping_is_known_of_any_line(text in text(), whole in any::<bool>()) {
            let mut line: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\n').collect();
            if whole {
                line.push(b'\n');
            }
            let written = format!("{}\",\"stream\":", escaped(&line));
            prop_assert_eq!(unescaped(written.as_bytes()), Volume::new(line.len(), u64::from(whole)));
        }
    }
}
