//! Counts the container's output in a log file: lost output must not count as speed.

use std::fs::File;
use std::io::Read;

use memchr::memchr;
use serde::Deserialize;

use crate::Outcome;

/// `TIMESTAMP STREAM TAG TEXT`: the text starts after the third blank.
const FIELDS: usize = 3;

/// A record of a json-file log.
#[derive(Deserialize)]
struct JsonRecord {
    log: String,
}

/// Prints the total length of all texts plus the newlines of full lines.
pub(crate) fn run(log: &str) -> Outcome {
    let mut text = Vec::new();
    File::open(log)?.read_to_end(&mut text)?;
    println!("{}", payload(&text)?);
    Ok(())
}

fn payload(log: &[u8]) -> Outcome<usize> {
    let mut bytes = 0;
    let mut rest = log;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).ok_or("the log does not end with a newline")?;
        let (record, after) = rest.split_at(end);
        bytes += if record.starts_with(b"{") { json_text(record)? } else { cri_text(record)? };
        rest = after.get(1..).unwrap_or_default();
    }
    Ok(bytes)
}

fn json_text(record: &[u8]) -> Outcome<usize> {
    Ok(serde_json::from_slice::<JsonRecord>(record)?.log.len())
}

fn cri_text(mut record: &[u8]) -> Outcome<usize> {
    let mut full = false;
    for _ in 0..FIELDS {
        let blank = memchr(b' ', record).ok_or("a line of the log is malformed")?;
        full = record.get(..blank) == Some(b"F");
        record = record.get(blank + 1..).unwrap_or_default();
    }
    Ok(record.len() + usize::from(full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_record_counts_with_its_newline_and_a_part_without() {
        assert_eq!(payload(b"").unwrap(), 0);
        assert_eq!(payload(b"t stdout F a b\n").unwrap(), 4);
        assert_eq!(payload(b"t stdout P abc\nt stderr F \n").unwrap(), 4);
    }

    #[test]
    fn the_newline_of_a_json_record_is_in_its_text() {
        assert_eq!(payload(b"{\"log\":\"a\\n\",\"stream\":\"stdout\"}\n{\"log\":\"b\"}\n").unwrap(), 3);
    }

    #[test]
    fn what_is_no_log_is_an_error() {
        for log in [&b"t stdout F a"[..], b"torn\n", b"t stdout F\n", b"{\"log\"\n"] {
            assert!(payload(log).is_err(), "{log:?}");
        }
    }
}
