//! What the property tests of this crate share: how many cases, from which seed, and texts that hold every kind of byte.
//!
//! Cases are the same in every run, so that a failure is seen by everybody. `CONMON_TEST_RUNS` and `CONMON_TEST_SEED` ask
//! for more, or for others; they mean the same in the property tests in TypeScript.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Cases of each property, unless a property says otherwise.
const CASES: u32 = 128;

/// For `#![proptest_config(…)]`.
pub(crate) fn config() -> ProptestConfig {
    let seed = from_environment("CONMON_TEST_SEED").unwrap_or(1);
    let runs = from_environment("CONMON_TEST_RUNS").and_then(|runs| u32::try_from(runs).ok());
    ProptestConfig {
        cases: runs.unwrap_or(CASES),
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What a log or a message must handle with care; the last ones are characters that lack their end.
static SPECIAL: [&[u8]; 15] = [
    b"\n",
    b"\r\n",
    b"\0",
    b"\t",
    b"\x1b[0m",
    b"\x7f",
    b"\"",
    b"\\",
    b"\\n",
    b"<",
    b"&",
    b"\xe2\x80\xa8",
    b"\xef\xbf\xbd",
    b"\xe2\x80",
    b"\xed\xa0\x80",
];

/// Text as a program may print it: words, characters of every length, control characters, bytes that are not UTF-8.
pub(crate) fn text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        3 => "[ -~]{0,70}".prop_map(String::into_bytes),
        2 => any::<char>().prop_map(|character| character.to_string().into_bytes()),
        3 => prop::sample::select(&SPECIAL[..]).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// As Go ranges over a string: one U+FFFD for each byte that is not part of a character.
pub(crate) fn bytewise_lossy(bytes: &[u8]) -> String {
    let replaced =
        |chunk: std::str::Utf8Chunk| chunk.valid().to_owned() + &"\u{fffd}".repeat(chunk.invalid().len());
    bytes.utf8_chunks().map(replaced).collect()
}
