//! A reader of the journal's native protocol, written from systemd's description: `NAME=value` and a newline, or `NAME`, a
//! newline, the length as 64 bits little-endian, the value and a newline.

/// The fields of a datagram, in order.
///
/// # Panics
/// On a malformed datagram.
#[must_use]
pub fn parse(datagram: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut fields = Vec::new();
    let mut rest = datagram;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| b"=\n".contains(byte)).unwrap();
        let name = rest[..end].to_vec();
        let (value, after) = if rest[end] == b'=' {
            let newline = end + rest[end..].iter().position(|byte| *byte == b'\n').unwrap();
            (&rest[end + 1..newline], newline)
        } else {
            let (length, data) = rest[end + 1..].split_first_chunk::<8>().unwrap();
            let length = usize::try_from(u64::from_le_bytes(*length)).unwrap();
            (&data[..length], end + 9 + length)
        };
        assert_eq!(rest[after], b'\n');
        fields.push((name, value.to_vec()));
        rest = &rest[after + 1..];
    }
    fields
}
