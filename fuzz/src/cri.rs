//! A reader of the CRI log format, written only from its description in Kubernetes' documentation:
//! `TIME STREAM TAGS TEXT`, with tag `F` for a full line and `P` for a partial one.

use conmon_core::fuzzing::Source;

/// One line of the log.
#[derive(Debug)]
pub struct Record {
    /// `stdout` or `stderr`.
    pub source: Source,
    /// Tag `F`.
    pub whole: bool,
    /// Without the newline.
    pub text: Vec<u8>,
}

/// All records of a log.
///
/// # Panics
/// On a malformed record.
#[must_use]
pub fn parse(log: &[u8]) -> Vec<Record> {
    assert!(log.is_empty() || log.ends_with(b"\n"), "the log ends in half a record");
    let mut lines: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
    lines.pop();
    lines.into_iter().map(record).collect()
}

fn record(line: &[u8]) -> Record {
    let mut fields = line.splitn(4, |byte| *byte == b' ');
    let mut next = || fields.next().unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(line)));
    let (time, stream, tag, text) = (next(), next(), next(), next());
    // 2026-11-23T18:10:00.123456789+05:30
    assert!(time.len() == 35 && time[10] == b'T' && time[19] == b'.' && b"+-".contains(&time[29]));
    let source = match stream {
        b"stdout" => Source::Stdout,
        b"stderr" => Source::Stderr,
        other => panic!("{other:?}"),
    };
    assert!(tag == b"F" || tag == b"P");
    Record { source, whole: tag == b"F", text: text.to_vec() }
}
