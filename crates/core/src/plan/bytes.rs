//! [`Bytes`]: a string of the plan, whatever bytes it holds.
//!
//! The planner lives in a language whose strings are UTF-16, while arguments, paths and environment values on Linux are
//! bytes. A byte 0xNN that is not part of valid UTF-8 travels as the lone surrogate U+DCNN (Python's PEP 383 names this
//! `surrogateescape`). JSON carries a lone surrogate as an escape; `serde_json` hands it over in WTF-8, three bytes
//! `ED B2..B3 ..`, which is undone here.

use std::ffi::{CString, OsStr};
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

/// Bytes without a NUL, as the kernel takes them: an argument, a path, a template. In JSON a byte 0xNN that is not part of valid
/// UTF-8 is the lone surrogate U+DCNN.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Bytes(CString);

impl Bytes {
    /// The bytes without the terminating NUL.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The bytes as the kernel wants them.
    #[must_use]
    pub fn as_c_str(&self) -> &std::ffi::CStr {
        &self.0
    }

    /// The same as a path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(self.as_bytes()))
    }
}

impl AsRef<Path> for Bytes {
    fn as_ref(&self) -> &Path {
        self.as_path()
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_path().display().fmt(f)
    }
}

impl TryFrom<Vec<u8>> for Bytes {
    type Error = std::ffi::NulError;
    fn try_from(bytes: Vec<u8>) -> Result<Self, Self::Error> {
        CString::new(bytes).map(Self)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl Visitor<'_> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string without a NUL, invalid bytes as lone surrogates U+DC80 to U+DCFF")
    }

    fn visit_bytes<E: Error>(self, wtf8: &[u8]) -> Result<Bytes, E> {
        let bytes = unescape(wtf8).ok_or_else(|| E::invalid_value(Unexpected::Bytes(wtf8), &self))?;
        Bytes::try_from(bytes).map_err(|_| E::invalid_value(Unexpected::Bytes(wtf8), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Bytes, E> {
        self.visit_bytes(text.as_bytes())
    }
}

/// Turns WTF-8 back into the bytes that were escaped; `None` if it holds another lone surrogate.
fn unescape(wtf8: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(wtf8.len());
    let mut rest = wtf8;
    while let Some(at) = memchr::memchr(0xED, rest) {
        let (plain, tail) = rest.split_at(at);
        bytes.extend_from_slice(plain);
        match *tail {
            // U+D800 to U+DFFF are ED A0..BF xx; those of valid UTF-8 are ED 80..9F xx.
            [0xED, second @ 0xA0..=0xBF, third, ..] => {
                let low = (u16::from(second & 0x3F) << 6) | u16::from(third & 0x3F);
                bytes.push(u8::try_from(low.checked_sub(0xC00)?).ok().filter(|byte| *byte >= 0x80)?);
                rest = tail.get(3..)?;
            }
            _ => {
                bytes.push(0xED);
                rest = tail.get(1..)?;
            }
        }
    }
    bytes.extend_from_slice(rest);
    Some(bytes)
}

/// Writes bytes as the inside of a JSON string in the planner's form: what is not UTF-8 becomes a lone surrogate.
/// The opposite of reading [`Bytes`]; hosts use it to hand arguments to the planner.
pub fn escape_into(json: &mut Vec<u8>, bytes: &[u8]) {
    if bytes.iter().all(|byte| is_plain(*byte)) {
        return json.extend_from_slice(bytes);
    }
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_escaped(json, character);
        }
        for byte in chunk.invalid() {
            json.extend_from_slice(b"\\udc");
            push_hex(json, *byte);
        }
    }
}

/// ASCII that JSON writes as it is.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\'
}

/// One character as JSON writes it inside a string (RFC 8259, section 7).
pub(crate) fn push_escaped(json: &mut Vec<u8>, character: char) {
    match character {
        '"' => json.extend_from_slice(b"\\\""),
        '\\' => json.extend_from_slice(b"\\\\"),
        '\n' => json.extend_from_slice(b"\\n"),
        '\r' => json.extend_from_slice(b"\\r"),
        '\t' => json.extend_from_slice(b"\\t"),
        '\0'..='\u{1f}' | '\u{7f}' => {
            json.extend_from_slice(b"\\u00");
            push_hex(json, u32::from(character).to_le_bytes()[0]);
        }
        _ => json.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

fn push_hex(json: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    json.push(DIGITS[usize::from(byte >> 4)]);
    json.push(DIGITS[usize::from(byte & 15)]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::properties::{config, text};

    fn read(json: &str) -> Option<Vec<u8>> {
        serde_json::from_str::<Bytes>(json).ok().map(|bytes| bytes.as_bytes().to_vec())
    }

    #[test]
    fn lone_surrogates_are_the_bytes_they_stand_for() {
        assert_eq!(read(r#""a\udcffb\udc80""#).unwrap(), b"a\xffb\x80");
    }

    #[test]
    fn other_lone_surrogates_are_refused() {
        for json in [r#""\ud800""#, r#""\udc7f""#, r#""\udd00""#] {
            assert_eq!(read(json), None, "{json}");
        }
    }

    #[test]
    fn a_nul_is_refused() {
        assert_eq!(read(r#""a\u0000b""#), None);
    }

    #[test]
    fn every_byte_survives_a_round_trip() {
        let all: Vec<u8> = (1..=255).collect();
        for bytes in
            [&all[..], "퟿\u{e000}é€😀".as_bytes(), b"\xed\xa0\x80", b"\xf0\x9f\x98", b"", b"\"\\\x7f\n"]
        {
            let mut json = vec![b'"'];
            escape_into(&mut json, bytes);
            json.push(b'"');
            assert_eq!(read(std::str::from_utf8(&json).unwrap()).unwrap(), bytes);
        }
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn any_bytes_without_a_nul_survive_a_round_trip(text in text()) {
            let bytes: Vec<u8> = text.into_iter().filter(|byte| *byte != 0).collect();
            let mut json = vec![b'"'];
            escape_into(&mut json, &bytes);
            json.push(b'"');
            prop_assert!(!json.iter().any(u8::is_ascii_control));
            prop_assert_eq!(read(std::str::from_utf8(&json).unwrap()), Some(bytes));
        }
    }
}
