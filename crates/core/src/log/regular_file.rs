//! [`RegularFile`]: a regular log file. No record in it is torn: a short write is completed, a failed one truncated.

use std::fs::File;
use std::io::{self, IoSlice, Seek, Write};
use std::os::unix::fs::MetadataExt;

use serde::{Deserialize, Serialize};

use super::batch::Records;
use crate::length::to_u64;

/// A file that records are appended to.
#[derive(Debug)]
pub(crate) struct RegularFile {
    file: File,
    /// Size of the file in bytes, unless another process has changed it.
    size: u64,
    /// Bytes that this process has written.
    written: u64,
    /// Whether it ends in the middle of a record.
    torn: bool,
}

/// A [`RegularFile`] as it is handed over, without the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegularFileState {
    size: u64,
    written: u64,
    torn: bool,
}

impl RegularFile {
    pub(crate) fn state(&self) -> RegularFileState {
        RegularFileState { size: self.size, written: self.written, torn: self.torn }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(file: File, state: &RegularFileState) -> Self {
        Self { file, size: state.size, written: state.written, torn: state.torn }
    }

    pub(crate) fn new(file: File, size: u64, torn: bool) -> Self {
        Self { file, size, written: 0, torn }
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The size of the file before the next record, including the newline that ends a torn one.
    pub(crate) fn size(&self) -> u64 {
        self.size + u64::from(self.torn)
    }

    /// How much of that this process has written.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    pub(crate) fn is_torn(&self) -> bool {
        self.torn
    }

    /// Writes records. Returns how many bytes of them are in the file, in whole records, and why that is not all.
    pub(crate) fn write(&mut self, records: Records<'_>) -> (usize, io::Result<()>) {
        let (written, outcome) = match (self.end_torn_record(), records.whole()) {
            (Ok(()), Some(records)) => write_all(&mut self.file, records),
            (Ok(()), None) => write_gathered(&mut self.file, &mut records.pieces()),
            (Err(error), _) => (0, Err(error)),
        };
        if outcome.is_ok() {
            self.grow(written);
            return (written, outcome);
        }
        let whole = memchr::memrchr(b'\n', &records.concat()[..written]).map_or(0, |at| at + 1);
        self.cut_back(whole, written);
        (whole, outcome)
    }

    /// Truncates the file to its last whole record.
    fn cut_back(&mut self, whole: usize, written: usize) {
        if written > whole {
            self.torn = self.shorten(to_u64(written - whole)).is_err();
        }
        self.grow(if self.torn { written } else { whole });
    }

    /// Truncates the file by `surplus` bytes. Not to a size that was counted: the file may have been truncated meanwhile (logrotate's
    /// `copytruncate`), and extending it would fill it with NULs.
    fn shorten(&mut self, surplus: u64) -> io::Result<()> {
        let end = self.file.stream_position()?.min(self.file.metadata()?.size());
        self.file.set_len(end.saturating_sub(surplus))
    }

    /// Ends a record that could not be truncated, or was torn by a power failure, so that the next one begins on a new line. Unless the
    /// file has been emptied meanwhile.
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

    /// Counts bytes that have been written.
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

/// The same for several pieces. The standard library passes at most as many to one writev(2) as it accepts.
fn write_gathered(file: &mut File, mut pieces: &mut [IoSlice<'_>]) -> (usize, io::Result<()>) {
    let mut written = 0;
    // Drops pieces that are empty.
    IoSlice::advance_slices(&mut pieces, 0);
    while !pieces.is_empty() {
        match file.write_vectored(pieces) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(count) => {
                written += count;
                IoSlice::advance_slices(&mut pieces, count);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
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
        assert_eq!(file.write(b"next\n"[..].into()).0, 5);
        assert_eq!(file.write(b"more\n"[..].into()).0, 5);
        assert_eq!(std::fs::read(scratch.path("log")).unwrap(), b"half\nnext\nmore\n");
        assert_eq!((file.size(), file.written()), (15, 11));
    }

    #[test]
    fn no_empty_line_is_written_into_a_file_that_was_emptied_meanwhile() {
        let scratch = Scratch::new();
        let mut file = torn(&scratch, "half");
        std::fs::write(scratch.path("log"), "").unwrap();
        file.write(b"next\n"[..].into()).1.unwrap();
        assert_eq!(std::fs::read(scratch.path("log")).unwrap(), b"next\n");
    }
}
