//! renameat2(2), which `nix` has with glibc only, and musl before 1.2.6 not at all.

use std::path::Path;

use nix::errno::Errno;
use nix::{NixPath, Result};

/// Renames a file, unless the new name is taken (`RENAME_NOREPLACE`).
///
/// # Errors
/// `EEXIST` if it is taken; `EINVAL` if the file system does not know the flag.
pub fn rename_noreplace(from: &Path, to: &Path) -> Result<()> {
    let call = |from: *const libc::c_char, to: *const libc::c_char| {
        // SAFETY: both strings end in a null byte and live for the call, which reads them.
        unsafe {
            libc::syscall(
                libc::SYS_renameat2,
                libc::AT_FDCWD,
                from,
                libc::AT_FDCWD,
                to,
                libc::RENAME_NOREPLACE,
            )
        }
    };
    let done = from.with_nix_path(|from| to.with_nix_path(|to| call(from.as_ptr(), to.as_ptr())))??;
    Errno::result(done).map(drop)
}
