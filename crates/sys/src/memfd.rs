//! Memory files with immutable content: memfd_create(2), and fcntl(2), "File Sealing".
//!
//! The seals make it safe for a reader to get the size first and read afterwards.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, OwnedFd};

use nix::Result;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::uio::pwrite;

use crate::errors::describe;

/// linux/memfd.h; libc has it for other C libraries only.
const MFD_NOEXEC_SEAL: libc::c_uint = 8;
/// The seals without which the content could change while it is read.
const FIXED: SealFlag = SealFlag::F_SEAL_WRITE.union(SealFlag::F_SEAL_SHRINK).union(SealFlag::F_SEAL_GROW);

const SEALABLE: MFdFlags = MFdFlags::MFD_CLOEXEC.union(MFdFlags::MFD_ALLOW_SEALING);
/// Never executable, which sets a seal (`F_SEAL_EXEC`). `vm.memfd_noexec` may require it; Linux before 6.3 returns EINVAL.
const NOT_EXECUTABLE: MFdFlags = SEALABLE.union(MFdFlags::from_bits_retain(MFD_NOEXEC_SEAL));

/// Creates an empty sealable file; `name` is what `/proc/PID/fd` shows.
pub(crate) fn create(name: &CStr) -> Result<OwnedFd> {
    match memfd_create(name, NOT_EXECUTABLE) {
        Err(Errno::EINVAL) => memfd_create(name, SEALABLE),
        created => created,
    }
}

/// Creates a file with this content, positioned at its start, that no process can change. It has `F_SEAL_EXEC` only where
/// the system requires it (EACCES): journald before systemd 255 accepts a file with exactly the other seals.
///
/// # Errors
/// Those of memfd_create(2), pwrite(2) and fcntl(2).
pub fn sealed(name: &CStr, content: &[u8]) -> Result<OwnedFd> {
    let file = match memfd_create(name, SEALABLE) {
        Err(Errno::EACCES) => memfd_create(name, NOT_EXECUTABLE),
        created => created,
    }?;
    let mut done = 0;
    while let Some(rest) = content.get(done..).filter(|rest| !rest.is_empty()) {
        // pwrite(2) leaves the position at the start for the reader.
        match pwrite(&file, rest, libc::off_t::try_from(done).map_err(|_| Errno::EFBIG)?) {
            Ok(written) => done += written,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    fcntl(&file, FcntlArg::F_ADD_SEALS(FIXED | SealFlag::F_SEAL_SEAL))?;
    Ok(file)
}

/// Whether the content is sealed against every change.
///
/// # Errors
/// `EINVAL` for a file that cannot be sealed.
fn is_sealed(file: impl AsFd) -> Result<bool> {
    let seals = fcntl(&file, FcntlArg::F_GET_SEALS)?;
    Ok(SealFlag::from_bits_retain(seals).contains(FIXED))
}

/// Reads a sealed file from its start: the seals make its size known and keep the read from blocking.
///
/// # Errors
/// `InvalidData` for a file that cannot be sealed or can still change, `FileTooLarge` for one of more than `most` bytes, and those of
/// read(2).
pub fn read_sealed(file: &mut File, most: u64) -> io::Result<Vec<u8>> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    match is_sealed(&*file) {
        Ok(true) => {}
        Ok(false) => return Err(invalid("not sealed against writing, shrinking and growing".to_owned())),
        Err(errno) => return Err(invalid(format!("not a file that can be sealed: {}", describe(errno)))),
    }
    if file.metadata()?.len() > most {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut content = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_content_can_be_read_and_not_changed() {
        let file = sealed(c"test", b"content").unwrap();
        assert!(is_sealed(&file).unwrap());
        let mut file = File::from(file);
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        assert_eq!(content, b"content");
        assert_eq!(file.write_all(b"x").unwrap_err().raw_os_error(), Some(libc::EPERM));
        assert!(file.set_len(0).is_err() && file.set_len(100).is_err());
    }

    #[test]
    fn only_sealed_files_up_to_a_size_are_read() {
        let mut file = File::from(sealed(c"test", b"content").unwrap());
        for _ in 0..2 {
            assert_eq!(read_sealed(&mut file, 7).unwrap(), b"content");
        }
        assert_eq!(read_sealed(&mut file, 6).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        let mut open = File::from(create(c"test").unwrap());
        assert_eq!(read_sealed(&mut open, 7).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_file_that_can_still_change_is_not_sealed() {
        for missing in FIXED.iter() {
            let file = create(c"test").unwrap();
            fcntl(&file, FcntlArg::F_ADD_SEALS(FIXED - missing)).unwrap();
            assert!(!is_sealed(&file).unwrap());
        }
        assert!(is_sealed(File::open("/dev/null").unwrap()).is_err());
    }
}
