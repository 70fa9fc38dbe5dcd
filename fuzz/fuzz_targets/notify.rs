//! Datagrams of a container to the notify socket: only its own states pass, complete and in order.
#![no_main]

use conmon_core::fuzzing::notify;
use libfuzzer_sys::fuzz_target;

const EXACT: [&str; 5] = ["READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "WATCHDOG=trigger"];
const PREFIX: [&str; 4] = ["STATUS=", "ERRNO=", "BUSERROR=", "MONOTONIC_USEC="];

fuzz_target!(|datagram: &[u8]| {
    let mut expected = Vec::new();
    for line in datagram.split(|byte| *byte == b'\n') {
        let line = line.split(|byte| *byte == 0).next().unwrap();
        let exact = EXACT.iter().any(|state| state.as_bytes() == line);
        if exact || PREFIX.iter().any(|name| line.starts_with(name.as_bytes())) {
            expected.push(line);
        }
    }
    assert_eq!(notify(datagram), expected.join(&b'\n'));
});
