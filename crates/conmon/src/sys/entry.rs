//! Where the C library hands over, in the place of Rust's own start-up: that reads `/proc/self/maps` and maps a stack for a
//! handler of stack overflows, which nothing here uses. Without it a start takes 932 instead of 978 µs of CPU, `--version` 808
//! instead of 860.
//!
//! What of it is needed is done here: descriptors 0, 1 and 2 are open, or a log would become somebody's standard output.
//! Arguments and environment are there without it (glibc tells them to `.init_array`).

use std::ffi::{c_char, c_int};

/// `/dev/null` for each of the standard streams that is closed. False when there is none.
fn open_standard_streams() -> bool {
    closed_standard_streams().iter().enumerate().filter(|(_, closed)| **closed).all(|(number, _)| {
        // SAFETY: a literal C string.
        let opened = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
        // The lowest free number is given, which is this one.
        usize::try_from(opened) == Ok(number)
    })
}

/// One call asks for all three; where poll(2) has no memory (ENOMEM) or is interrupted, each is asked for by itself.
fn closed_standard_streams() -> [bool; 3] {
    let mut streams = [0, 1, 2].map(|fd| libc::pollfd { fd, events: 0, revents: 0 });
    // SAFETY: three initialised entries, which live for the call; it does not wait.
    match unsafe { libc::poll(streams.as_mut_ptr(), 3, 0) } {
        0.. => streams.map(|stream| stream.revents & libc::POLLNVAL != 0),
        // SAFETY: a number is asked about, nothing is changed.
        _ => [0, 1, 2].map(|fd| unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1),
    }
}

/// What crt1.o calls.
// SAFETY: no other symbol of this name exists, for the crate is `no_main`; it has the signature that C gives it.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    if open_standard_streams() {
        return crate::work().into();
    }
    let message = c"conmon: cannot open /dev/null in the place of a closed standard stream\n".to_bytes();
    // SAFETY: the bytes are borrowed for the call; if stderr is closed, nobody can be informed.
    unsafe { libc::write(2, message.as_ptr().cast(), message.len()) };
    1
}
