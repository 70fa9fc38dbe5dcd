//! A container that writes faster than any monitor reads: whole lines in writes of about a mebibyte.

use std::io::Write;

use crate::Outcome;

const MEBIBYTE: usize = 1 << 20;

/// Writes at least `mebibytes` of lines that are `line` bytes long with their newline, then makes `mark` and stays.
pub(crate) fn run(line: &str, mebibytes: &str, mark: &str) -> Outcome {
    let (line, mebibytes): (usize, usize) = (line.parse()?, mebibytes.parse()?);
    let text = [&vec![b'x'; line.saturating_sub(1)][..], b"\n"].concat().repeat((MEBIBYTE / line).max(1));
    let mut stdout = std::io::stdout().lock();
    let mut left = mebibytes * MEBIBYTE;
    while left > 0 {
        stdout.write_all(&text)?;
        left = left.saturating_sub(text.len());
    }
    stdout.flush()?;
    std::fs::write(mark, "")?;
    loop {
        std::thread::park();
    }
}
