//! Output to an attach client: packets fit the clients' buffers and lose nothing.
#![no_main]

use std::io::Read;
use std::os::fd::AsFd;

use conmon_core::fuzzing::{Source, send};
use conmon_fuzz::socket::pair;
use libfuzzer_sys::fuzz_target;

const LARGEST: usize = 1 + 8192;

fuzz_target!(|input: (bool, u16, Vec<u8>)| {
    let (stderr, repeat, text) = input;
    let source = if stderr { Source::Stderr } else { Source::Stdout };
    let text = text.repeat(1 + usize::from(repeat) / text.len().max(1));
    if text.is_empty() {
        return;
    }
    let (ours, mut theirs) = pair();
    let (mut sent, mut received) = (0, Vec::new());
    let mut packet = [0; 3 * LARGEST];
    while sent < text.len() {
        sent += send(ours.as_fd(), source, &text[sent..]).unwrap();
        while let Ok(count) = theirs.read(&mut packet) {
            assert!((2..=LARGEST).contains(&count), "{count}");
            assert_eq!(packet[0], if stderr { 3 } else { 2 });
            received.extend_from_slice(&packet[1..count]);
        }
    }
    assert!(received == text);
});
