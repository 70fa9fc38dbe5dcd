//! Bounded reads of small files that other programs write: the runtime's pid file, files of `/proc` and of cgroups.
//!
//! Another kind of file may be at such a path by now. open(2) of a FIFO would block until its other end is opened, and a device may react
//! to being opened or never end. So only regular files are opened, and only as much of them is read as the caller can use. Symbolic
//! links are followed: managers use them in their directories.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use crate::length::to_u64;

/// Opens a regular file to read it. Never blocks and never gets a controlling terminal (open(2), `O_NONBLOCK`, `O_NOCTTY`).
///
/// # Errors
/// `InvalidInput` names what was found instead of a regular file; the rest are the kernel's.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open_with_metadata(path).map(|(file, _)| file)
}

/// The same with what fstat(2) found.
pub(crate) fn open_with_metadata(path: &Path) -> io::Result<(File, Metadata)> {
    // Checked before the open, to which a device may react.
    require_regular(path.metadata()?.file_type())?;
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    // And after it, in case the file was replaced in between.
    let metadata = file.metadata()?;
    require_regular(metadata.file_type())?;
    Ok((file, metadata))
}

/// Reads to the end, which must be at most `most` bytes away.
///
/// # Errors
/// `InvalidData` if there is more; the rest are the kernel's.
pub(crate) fn read(file: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let limit = to_u64(most).saturating_add(1);
    file.take(limit).read_to_end(&mut content)?;
    at_most(content, most)
}

/// Reads until `is_whole` returns true for the content, or to the end. That saves the read(2) that finds the end.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_until(
    mut file: impl Read,
    most: usize,
    is_whole: impl Fn(&[u8]) -> bool,
) -> io::Result<Vec<u8>> {
    let mut content = vec![0; most.saturating_add(1)];
    let mut length = 0;
    while let Some(room) = content.get_mut(length..).filter(|room| !room.is_empty()) {
        match file.read(room) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if content.get(..length).is_some_and(&is_whole) {
            break;
        }
    }
    content.truncate(length);
    at_most(content, most)
}

fn at_most(content: Vec<u8>, most: usize) -> io::Result<Vec<u8>> {
    if content.len() > most {
        let what = format!("it is longer than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok(content)
}

fn require_regular(found: FileType) -> io::Result<()> {
    let what = match () {
        () if found.is_file() => return Ok(()),
        () if found.is_dir() => "a directory",
        () if found.is_fifo() => "a FIFO",
        () if found.is_socket() => "a socket",
        () if found.is_char_device() => "a character device",
        () if found.is_block_device() => "a block device",
        () => "something unknown",
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a regular file")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path) -> String {
        open(path).unwrap_err().to_string()
    }

    #[test]
    fn what_is_not_a_regular_file_is_named_and_not_opened() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        let (fifo, socket, link) = (directory.join("fifo"), directory.join("socket"), directory.join("zero"));
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert_eq!(refusal(&fifo), "it is a FIFO, not a regular file");
        assert_eq!(refusal(&socket), "it is a socket, not a regular file");
        assert_eq!(refusal(&link), "it is a character device, not a regular file");
        assert_eq!(refusal(directory), "it is a directory, not a regular file");
    }

    #[test]
    fn a_link_to_a_regular_file_is_followed() {
        let temporary = tempfile::tempdir().unwrap();
        let directory = temporary.path();
        std::fs::write(directory.join("file"), "42").unwrap();
        std::os::unix::fs::symlink("file", directory.join("link")).unwrap();
        assert_eq!(read(open(&directory.join("link")).unwrap(), 2).unwrap(), b"42");
    }

    #[test]
    fn no_more_is_read_than_was_asked_for() {
        assert_eq!(read(&b"42"[..], 2).unwrap(), b"42");
        assert_eq!(read(&b"423"[..], 2).unwrap_err().to_string(), "it is longer than 2 bytes");
        assert_eq!(read(std::io::repeat(b'0'), 32).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    /// Gives one byte a read, and counts.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            let room = buffer.len().min(1);
            self.0.read(buffer.get_mut(..room).unwrap())
        }
    }

    #[test]
    fn short_reads_continue_until_the_content_is_whole_and_no_further() {
        let mut slow = Slow(b"-997\nrest", 0);
        assert_eq!(read_until(&mut slow, 16, |text| text.ends_with(b"\n")).unwrap(), b"-997\n");
        assert_eq!(slow.1, 5);
        assert_eq!(read_until(Slow(b"42", 0), 2, |_| false).unwrap(), b"42");
        assert!(read_until(Slow(b"423", 0), 2, |_| false).is_err());
    }
}
