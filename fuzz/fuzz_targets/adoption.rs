//! What clients of the private socket send: the packet, and the block of a command in the memfd.
#![no_main]

use conmon_core::fuzzing::{adoption_block, private_request};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = private_request(bytes);
    // A block has one form only: what is accepted is written back as it was.
    if let Some(written) = adoption_block(bytes) {
        assert_eq!(written, bytes);
    }
});
