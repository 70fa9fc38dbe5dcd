//! Random numbers that nobody can predict.

use std::io;

/// Eight random bytes from the kernel (getrandom(2)).
///
/// # Errors
/// Those of getrandom(2).
pub fn random() -> io::Result<u64> {
    let mut bytes = [0_u8; 8];
    // SAFETY: the pointer and the length name the local array, which is only written.
    let got = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    match usize::try_from(got) {
        Ok(count) if count == bytes.len() => Ok(u64::from_ne_bytes(bytes)),
        // Does not happen for requests of up to 256 bytes.
        Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        Err(_) => Err(io::Error::last_os_error()),
    }
}
