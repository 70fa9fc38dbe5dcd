//! Docker's json-file format: each line is an object, and the texts are the container's output, with U+FFFD for each byte
//! that is not UTF-8.
#![no_main]

use conmon_core::fuzzing::Source;
use conmon_core::plan::LogFormat;
use conmon_fuzz::log::{Write, of, written};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|writes: Vec<Write>| {
    let writes = conmon_fuzz::log::texts(&writes);
    let log = written(LogFormat::JsonFile, &writes);
    let text = String::from_utf8(log).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    let (mut stdout, mut stderr) = (String::new(), String::new());
    for line in text.lines() {
        let Value::Object(record) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
        assert_eq!(record.len(), 3);
        assert!(record["time"].as_str().unwrap().ends_with('Z'));
        let log = record["log"].as_str().unwrap();
        assert!(!log.is_empty() && !log.strip_suffix('\n').unwrap_or(log).contains('\n'));
        match record["stream"].as_str().unwrap() {
            "stdout" => stdout.push_str(log),
            "stderr" => stderr.push_str(log),
            other => panic!("{other}"),
        }
    }
    assert!(stdout == bytewise_lossy(&of(&writes, Source::Stdout)));
    assert!(stderr == bytewise_lossy(&of(&writes, Source::Stderr)));
});

/// Like Go's range over a string: one U+FFFD for each byte that is not part of a character.
fn bytewise_lossy(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('\u{fffd}', chunk.invalid().len()));
    }
    text
}
