//! The C entry point, instead of Rust's start-up code, which reads `/proc/self/maps` and maps a stack for a stack overflow
//! handler that nothing here uses. Without it a start takes 932 instead of 978 µs of CPU, `--version` 808 instead of 860.
//!
//! The part that is needed is done here: descriptors 0, 1 and 2 are opened, or a log could become a standard stream, and the
//! command line is remembered. The environment works without it. What relocation has written becomes read-only, which musl omits.

use std::ffi::{c_char, c_int};

use conmon_sys::command_line;
#[cfg(target_env = "musl")]
use conmon_sys::pages;

/// Opens `/dev/null` for each closed standard stream. False if that fails.
fn open_standard_streams() -> bool {
    closed_standard_streams().iter().enumerate().filter(|(_, closed)| **closed).all(|(number, _)| {
        // SAFETY: the path is a literal C string.
        let opened = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
        // open(2) returns the lowest free number, which is this one.
        usize::try_from(opened) == Ok(number)
    })
}

/// One poll(2) checks all three; if it has no memory (ENOMEM) or is interrupted, each is checked separately.
fn closed_standard_streams() -> [bool; 3] {
    let mut streams = [0, 1, 2].map(|fd| libc::pollfd { fd, events: 0, revents: 0 });
    // SAFETY: three initialised entries, which live for the call.
    match unsafe { libc::poll(streams.as_mut_ptr(), 3, 0) } {
        0.. => streams.map(|stream| stream.revents & libc::POLLNVAL != 0),
        // SAFETY: the call takes integers and changes nothing.
        _ => [0, 1, 2].map(|fd| unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1),
    }
}

/// Called by the C library's start code.
// SAFETY: the crate is `no_main`, so no other symbol of this name exists; it has the signature of C's `main`.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, arguments: *const *const c_char) -> c_int {
    #[cfg(target_env = "musl")]
    pages::protect_relocated();
    // SAFETY: this is `argv`.
    unsafe { command_line::remember(arguments) };
    if open_standard_streams() {
        return crate::work().into();
    }
    let message = c"conmon: cannot open /dev/null for a closed standard stream\n".to_bytes();
    // SAFETY: the bytes are borrowed for the call; if stderr is closed, the message is lost.
    unsafe { libc::write(2, message.as_ptr().cast(), message.len()) };
    1
}
