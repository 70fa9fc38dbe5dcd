//! The backlog of attach clients, compared with a plain list of all bytes.
#![no_main]

use conmon_core::fuzzing::{Backlog, Source};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Step {
    /// Output of this length, of which the clients have received this much.
    Add {
        stderr: bool,
        length: u16,
        taken: u16,
    },
    /// All clients have received this much of the backlog.
    Take {
        length: u32,
    },
    Release,
}

fuzz_target!(|steps: Vec<Step>| {
    let mut backlog = Backlog::default();
    let mut all: Vec<(Source, u8)> = Vec::new();
    let mut position = 0;
    for step in steps.into_iter().take(200) {
        match step {
            Step::Add { stderr, length, taken } => {
                let source = if stderr { Source::Stderr } else { Source::Stdout };
                let text: Vec<u8> =
                    (0..length).map(|at| at.to_le_bytes()[0] ^ all.len().to_le_bytes()[1]).collect();
                if position == all.len() {
                    position += usize::from(taken).min(text.len());
                }
                all.extend(text.iter().map(|byte| (source, *byte)));
                backlog.add(source, &text, to_u64(position)).unwrap();
            }
            Step::Take { length } => {
                position = all.len().min(position + usize::try_from(length).unwrap_or(usize::MAX) % 100_000);
                backlog.forget_before(to_u64(position));
            }
            Step::Release => backlog.release(),
        }
        assert_eq!(backlog.end(), to_u64(all.len()));
        assert_same(&backlog, &all, position);
    }
});

fn assert_same(backlog: &Backlog, all: &[(Source, u8)], mut position: usize) {
    while position < all.len() {
        let (source, piece) = backlog.piece_at(to_u64(position)).unwrap();
        assert!(!piece.is_empty());
        let expected = &all[position..position + piece.len()];
        assert!(piece.iter().zip(expected).all(|(byte, kept)| (source, *byte) == *kept));
        position += piece.len();
    }
    assert!(backlog.piece_at(to_u64(all.len())).is_none());
}

fn to_u64(position: usize) -> u64 {
    u64::try_from(position).unwrap()
}
