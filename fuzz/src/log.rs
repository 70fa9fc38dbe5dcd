//! A container's writes, and the resulting log file.

use std::path::PathBuf;
use std::sync::LazyLock;

use conmon_core::fuzzing::{Source, write_log};
use conmon_core::plan::LogFormat;
use libfuzzer_sys::arbitrary::{self, Arbitrary};

/// One write of the container.
#[derive(Arbitrary, Debug)]
pub struct Write {
    stderr: bool,
    /// Fuzzers rarely generate long lines, which matter most.
    repeat: Option<u8>,
    text: Vec<u8>,
}

/// One file per process, truncated each time.
static PATH: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("conmon-fuzz-{}.log", std::process::id())));

/// The content of the writes, up to a mebibyte.
#[must_use]
pub fn texts(writes: &[Write]) -> Vec<(Source, Vec<u8>)> {
    const MOST: usize = 1 << 20;
    let mut total = 0;
    let mut texts = Vec::new();
    for write in writes {
        let text = write.text.repeat(write.repeat.map_or(1, |times| 64 * usize::from(times)));
        total += text.len();
        if total > MOST {
            break;
        }
        texts.push((if write.stderr { Source::Stderr } else { Source::Stdout }, text));
    }
    texts
}

/// All bytes of one stream.
#[must_use]
pub fn of(writes: &[(Source, Vec<u8>)], wanted: Source) -> Vec<u8> {
    writes.iter().filter(|(source, _)| *source == wanted).flat_map(|(_, text)| text.clone()).collect()
}

/// The log file of these writes.
///
/// # Panics
/// If it cannot be written or read.
#[must_use]
pub fn written(format: LogFormat, writes: &[(Source, Vec<u8>)]) -> Vec<u8> {
    let _ = std::fs::remove_file(&*PATH);
    let writes: Vec<(Source, &[u8])> = writes.iter().map(|(source, text)| (*source, &text[..])).collect();
    write_log(format, &PATH, &writes).unwrap();
    let log = std::fs::read(&*PATH).unwrap();
    std::fs::remove_file(&*PATH).unwrap();
    log
}
