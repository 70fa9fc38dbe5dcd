//! A socket in the journal's place that only counts, so that the monitor is measured, not the journal.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use memchr::memchr;

use crate::Outcome;

/// Longer records are sent as a descriptor, not as a datagram; the benchmark sends none.
const LONGEST: usize = 1 << 16;
/// A monitor that is silent for this long has lost something.
const SILENCE: Duration = Duration::from_secs(30);

/// Binds, reports that, and receives `bytes` of text; prints the number of messages and the nanoseconds between the first
/// and the last.
pub(crate) fn run(path: &str, bytes: &str) -> Outcome {
    let expected: usize = bytes.parse()?;
    let socket = UnixDatagram::bind(path)?;
    socket.set_read_timeout(Some(SILENCE))?;
    println!("listening");
    let mut datagram = vec![0; LONGEST];
    let (mut text, mut messages) = (0, 0_u64);
    let mut begun = None;
    while text < expected {
        let length = socket
            .recv(&mut datagram)
            .map_err(|error| format!("received {text} of {expected} bytes: {error}"))?;
        begun.get_or_insert_with(Instant::now);
        text += message(datagram.get(..length).unwrap_or_default())?;
        messages += 1;
    }
    let nanoseconds = begun.map(|begun| begun.elapsed().as_nanos()).unwrap_or_default();
    println!("{messages} {text} {nanoseconds}");
    Ok(())
}

/// The length of a datagram's `MESSAGE`. A field is `NAME=TEXT\n` or, if its value has a newline, `NAME\n`, eight bytes of
/// length, the value, `\n`.
fn message(datagram: &[u8]) -> Outcome<usize> {
    let mut rest = datagram;
    while !rest.is_empty() {
        let (line, after) =
            rest.split_at(memchr(b'\n', rest).ok_or("a datagram whose last field has no end")?);
        let after = after.get(1..).unwrap_or_default();
        let (name, length, next) = match memchr(b'=', line) {
            Some(at) => (line.get(..at).unwrap_or_default(), line.len() - at - 1, after),
            None => {
                let (length, value) = after.split_first_chunk().ok_or("a field without its length")?;
                let length = usize::try_from(u64::from_le_bytes(*length))?;
                (line, length, value.get(length + 1..).ok_or("a field that is cut")?)
            }
        };
        if name == b"MESSAGE" {
            return Ok(length);
        }
        rest = next;
    }
    Err("a datagram without a message".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_counts_in_either_form_and_wherever_it_stands() {
        assert_eq!(message(b"MESSAGE=abc\nPRIORITY=6\n").unwrap(), 3);
        assert_eq!(message(b"PRIORITY=6\nMESSAGE=\n").unwrap(), 0);
        assert_eq!(
            message(b"CONTAINER_PARTIAL_MESSAGE=true\nMESSAGE\n\x04\0\0\0\0\0\0\0a=b\n\n").unwrap(),
            4
        );
    }

    #[test]
    fn a_datagram_without_a_whole_message_is_an_error() {
        for datagram in
            [&b"PRIORITY=6\n"[..], b"MESSAGE=cut", b"MESSAGE\n\x04\0\0", b"MESSAGE\n\x04\0\0\0\0\0\0\0ab"]
        {
            assert!(message(datagram).is_err(), "{datagram:?}");
        }
    }
}
