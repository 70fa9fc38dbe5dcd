//! A container that writes faster than any monitor reads: whole lines in writes of about a mebibyte.

use std::fs;
use std::io::Write;
use std::time::Instant;

use crate::Outcome;

const MEBIBYTE: usize = 1 << 20;

/// Writes at least `mebibytes` of lines of `line` bytes, newline included, then records in `mark` the number of bytes and
/// the nanoseconds until the pipe had accepted them, and stays.
pub(crate) fn run(line: &str, mebibytes: &str, mark: &str) -> Outcome {
    let (line, mebibytes): (usize, usize) = (line.parse()?, mebibytes.parse()?);
    let text = [&vec![b'x'; line.saturating_sub(1)][..], b"\n"].concat().repeat((MEBIBYTE / line).max(1));
    let mut stdout = std::io::stdout().lock();
    let mut bytes = 0;
    let begun = Instant::now();
    while bytes < mebibytes * MEBIBYTE {
        stdout.write_all(&text)?;
        bytes += text.len();
    }
    stdout.flush()?;
    let nanoseconds = begun.elapsed().as_nanos();
    let written = format!("{mark}.new");
    fs::write(&written, format!("{bytes} {nanoseconds}"))?;
    fs::rename(&written, mark)?;
    loop {
        std::thread::park();
    }
}
