//! [`SharedPage`]: one page of numbers that this process writes and others can read without running it.
//!
//! It is a mapped memfd (memfd_create(2)). A process that may inspect this one (ptrace(2), "Ptrace access mode checking",
//! `PTRACE_MODE_READ`) opens it through `/proc/PID/fd` and reads it, which costs this process no signal, system call or
//! wake-up. It is sealed (fcntl(2), "File Sealing"): no other process can write to it or truncate it, which would kill a
//! process that writes to the mapping.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use nix::unistd::ftruncate;

use crate::memfd;

const BYTES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();
/// Seals that preserve the length.
const SIZE: SealFlag = SealFlag::F_SEAL_SHRINK.union(SealFlag::F_SEAL_GROW);
/// How many numbers there are.
pub const WORDS: usize = BYTES.get() / size_of::<u64>();

/// A page of numbers, initially zero.
pub struct SharedPage {
    start: NonNull<libc::c_void>,
    /// Other processes open the page through it.
    _file: OwnedFd,
}

/// A file in memory for a page that several processes write, sealed against truncation.
pub fn create_writable(name: &CStr) -> io::Result<OwnedFd> {
    let file = sized(name)?;
    fcntl(&file, FcntlArg::F_ADD_SEALS(SIZE | SealFlag::F_SEAL_SEAL))?;
    Ok(file)
}

/// A file in memory for one page.
fn sized(name: &CStr) -> io::Result<OwnedFd> {
    let file = memfd::create(name)?;
    let length = libc::off_t::try_from(BYTES.get()).map_err(|_| Errno::EFBIG)?;
    ftruncate(&file, length)?;
    Ok(file)
}

impl SharedPage {
    /// Creates a page; `name` is what `/proc/PID/fd` shows.
    ///
    /// # Errors
    /// Those of memfd_create(2), ftruncate(2), mmap(2) and fcntl(2).
    pub fn create(name: &CStr) -> io::Result<Self> {
        let page = Self::map(sized(name)?)?;
        page.seal()?;
        Ok(page)
    }

    /// Maps a file of [`create_writable`].
    ///
    /// # Errors
    /// `EINVAL` if it can be truncated; those of fcntl(2) and mmap(2).
    pub fn open(file: OwnedFd) -> io::Result<Self> {
        let seals = fcntl(&file, FcntlArg::F_GET_SEALS)?;
        let has_length = u64::try_from(BYTES.get()) == Ok(File::from(file.try_clone()?).metadata()?.len());
        if !SealFlag::from_bits_retain(seals).contains(SIZE) || !has_length {
            return Err(Errno::EINVAL.into());
        }
        Self::map(file)
    }

    /// The file has the length of a page, and a caller ensures that it keeps it.
    fn map(file: OwnedFd) -> io::Result<Self> {
        let (protection, flags) = (ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED);
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing; the file has this length, and
        // its seals preserve it.
        let start = unsafe { mmap(None, BYTES, protection, flags, &file, 0) }?;
        Ok(Self { start, _file: file })
    }

    fn seal(&self) -> Result<(), Errno> {
        let all = SIZE | SealFlag::from_bits_retain(libc::F_SEAL_FUTURE_WRITE) | SealFlag::F_SEAL_SEAL;
        match fcntl(&self._file, FcntlArg::F_ADD_SEALS(all)) {
            // Linux before 5.1 cannot prevent writes by other processes.
            Err(Errno::EINVAL) => fcntl(&self._file, FcntlArg::F_ADD_SEALS(SIZE)),
            sealed => sealed,
        }?;
        Ok(())
    }
}

impl Deref for SharedPage {
    type Target = [AtomicU64; WORDS];
    fn deref(&self) -> &Self::Target {
        // SAFETY: the mapping is page-aligned, of exactly this size, initialised (zero-filled), and lives as long as
        // `self`; every bit pattern is a number, and access from elsewhere is what atomics are for.
        unsafe { self.start.cast().as_ref() }
    }
}

impl Drop for SharedPage {
    fn drop(&mut self) {
        // SAFETY: unmaps exactly what `create` mapped; no borrow can outlive `self`.
        let unmapped = unsafe { munmap(self.start, BYTES.get()) };
        debug_assert!(unmapped.is_ok());
    }
}

// SAFETY: the mapping belongs to this value alone, and its content may be accessed from any thread.
unsafe impl Send for SharedPage {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::FileExt;
    use std::sync::atomic::Ordering;

    fn path(page: &SharedPage) -> String {
        format!("/proc/self/fd/{}", page._file.as_raw_fd())
    }

    #[test]
    fn a_reader_that_opens_it_sees_the_last_write() {
        let page = SharedPage::create(c"test").unwrap();
        let reader = File::open(path(&page)).unwrap();
        page[WORDS - 1].store(7, Ordering::Relaxed);
        let mut bytes = [0; BYTES.get()];
        reader.read_exact_at(&mut bytes, 0).unwrap();
        assert_eq!(bytes[BYTES.get() - 8..], 7_u64.to_ne_bytes());
    }

    #[test]
    fn a_page_can_be_shared_by_writers() {
        let file = create_writable(c"test").unwrap();
        let [one, other] = [file.try_clone().unwrap(), file].map(|file| SharedPage::open(file).unwrap());
        one[3].store(7, Ordering::Relaxed);
        assert_eq!(other[3].load(Ordering::Relaxed), 7);
        let unsealed = sized(c"test").unwrap();
        assert_eq!(SharedPage::open(unsealed).err().unwrap().raw_os_error(), Some(libc::EINVAL));
    }

    #[test]
    fn nobody_else_can_write_to_it_or_cut_it_short() {
        let page = SharedPage::create(c"test").unwrap();
        let other = OpenOptions::new().read(true).write(true).open(path(&page)).unwrap();
        let denied = Some(libc::EPERM);
        assert_eq!(other.write_all_at(b"x", 0).unwrap_err().raw_os_error(), denied);
        assert_eq!(other.set_len(0).unwrap_err().raw_os_error(), denied);
        assert_eq!(other.set_len(1 << 20).unwrap_err().raw_os_error(), denied);
    }
}
