//! [`RegularFile`]: a log file on a file system. No record in it is torn: a short write is finished, a failed one cut back.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::unix::fs::MetadataExt;

/// A file that records are appended to.
#[derive(Debug)]
pub(crate) struct RegularFile {
    file: File,
    /// Bytes in the file, as far as we know.
    size: u64,
    /// Bytes that we have written.
    written: u64,
    /// It ends in the middle of a record.
    torn: bool,
}

impl RegularFile {
    pub(crate) fn new(file: File, size: u64, torn: bool) -> Self {
        Self { file, size, written: 0, torn }
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// What the file will hold at least when a record follows.
    pub(crate) fn size(&self) -> u64 {
        self.size + u64::from(self.torn)
    }

    /// What of that we have written.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    pub(crate) fn is_torn(&self) -> bool {
        self.torn
    }

    /// Writes records. Returns how many bytes of them are in the file, in whole records, and why that is not all.
    pub(crate) fn write(&mut self, records: &[u8]) -> (usize, io::Result<()>) {
        let (written, outcome) = match self.end_torn_record() {
            Ok(()) => write_all(&mut self.file, records),
            Err(error) => (0, Err(error)),
        };
        if written == records.len() {
            self.grow(written);
            return (written, outcome);
        }
        let whole = memchr::memrchr(b'\n', &records[..written]).map_or(0, |at| at + 1);
        self.cut_back(whole, written);
        (whole, outcome)
    }

    /// Removes what is in the file of a record that did not fit.
    fn cut_back(&mut self, whole: usize, written: usize) {
        if written > whole {
            self.torn = self.shorten(to_u64(written - whole)).is_err();
        }
        self.grow(if self.torn { written } else { whole });
    }

    /// Takes `surplus` bytes off what we wrote last. Where that is, the file itself knows: somebody may have emptied it
    /// since we began to count (logrotate's `copytruncate`), and a file made longer would be filled with NULs.
    fn shorten(&mut self, surplus: u64) -> io::Result<()> {
        let end = self.file.stream_position()?.min(self.file.metadata()?.size());
        self.file.set_len(end.saturating_sub(surplus))
    }

    /// A record that could not be cut back, or was torn by a power failure, is ended, so that the next one begins a line.
    /// Unless somebody has emptied the file meanwhile.
    fn end_torn_record(&mut self) -> io::Result<()> {
        if self.torn {
            if self.file.metadata().map_or(1, |found| found.size()) > 0 {
                self.file.write_all(b"\n")?;
                self.grow(1);
            }
            self.torn = false;
        }
        Ok(())
    }

    /// So many bytes more are in the file.
    fn grow(&mut self, bytes: usize) {
        self.size += to_u64(bytes);
        self.written += to_u64(bytes);
    }
}

/// Writes all. Also returns how many bytes are in the file.
fn write_all(file: &mut File, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::scratch::Scratch;

    fn torn(scratch: &Scratch, content: &str) -> RegularFile {
        std::fs::write(scratch.path("log"), content).unwrap();
        let file = std::fs::OpenOptions::new().append(true).open(scratch.path("log")).unwrap();
        RegularFile::new(file, to_u64(content.len()), true)
    }

    #[test]
    fn a_torn_record_is_ended_once_before_the_next() {
        let scratch = Scratch::new();
        let mut file = torn(&scratch, "half");
        assert_eq!((file.size(), file.written()), (5, 0));
        assert_eq!(file.write(b"next\n").0, 5);
        assert_eq!(file.write(b"more\n").0, 5);
        assert_eq!(std::fs::read(scratch.path("log")).unwrap(), b"half\nnext\nmore\n");
        assert_eq!((file.size(), file.written()), (15, 11));
    }

    #[test]
    fn no_empty_line_is_written_into_a_file_that_was_emptied_meanwhile() {
        let scratch = Scratch::new();
        let mut file = torn(&scratch, "half");
        std::fs::write(scratch.path("log"), "").unwrap();
        file.write(b"next\n").1.unwrap();
        assert_eq!(std::fs::read(scratch.path("log")).unwrap(), b"next\n");
    }
}
