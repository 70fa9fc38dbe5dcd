//! Two places in the code of a process: a system call that returns to its caller, and the C library's rt_sigreturn(2).

use crate::process::{Mapping, Memory};

/// `syscall; ret`.
const CALL: &[u8] = b"\x0f\x05\xc3";
/// `mov $15, %rax; syscall` of glibc, and `mov $15, %eax; syscall` of other C libraries.
const SIGRETURN: [&[u8]; 2] = [b"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", b"\xb8\x0f\x00\x00\x00\x0f\x05"];

/// Their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gadgets {
    pub(crate) call: u64,
    pub(crate) sigreturn: u64,
}

impl Gadgets {
    /// Searches all code of a process.
    ///
    /// # Errors
    /// When it has none of one of the two.
    pub(crate) fn find(memory: &Memory, mappings: &[Mapping]) -> Result<Self, String> {
        let (mut call, mut sigreturn) = (None, None);
        for mapping in mappings.iter().filter(|mapping| mapping.executable) {
            let Ok(code) = memory.read(mapping.start, mapping.length()) else { continue };
            let place = |pattern: &[u8]| {
                let at = code.windows(pattern.len()).position(|window| window == pattern)?;
                Some(mapping.start + at as u64)
            };
            call = call.or_else(|| place(CALL));
            sigreturn = sigreturn.or_else(|| SIGRETURN.iter().find_map(|pattern| place(pattern)));
            if let (Some(call), Some(sigreturn)) = (call, sigreturn) {
                return Ok(Self { call, sigreturn });
            }
        }
        Err("its C library has no code that can be used to call the kernel".to_owned())
    }
}
