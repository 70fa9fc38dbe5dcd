//! The plan on its way: a memfd that nobody can change any more. `memfd_create(2)`, `fcntl(2)` "File Sealing".

use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

/// A memfd with the given content, position at the start, sealed.
pub(crate) fn sealed(content: &[u8]) -> Result<OwnedFd, Errno> {
    let fd = memfd_create(c"conmon-plan", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    let mut done = 0;
    while let Some(rest) = content.get(done..).filter(|rest| !rest.is_empty()) {
        // With an offset: the position stays where the reader begins.
        match nix::sys::uio::pwrite(&fd, rest, i64::try_from(done).map_err(|_| Errno::EFBIG)?) {
            Ok(written) => done += written,
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    let seals =
        SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SEAL;
    fcntl(&fd, FcntlArg::F_ADD_SEALS(seals))?;
    Ok(fd)
}
