//! The k8s-file format: an independent reader finds the container's output, stream by stream.
#![no_main]

use conmon_core::fuzzing::Source;
use conmon_core::plan::LogFormat;
use conmon_fuzz::cri::parse;
use conmon_fuzz::log::{Write, of, written};
use libfuzzer_sys::fuzz_target;

const LONGEST_TEXT: usize = 8192;

fuzz_target!(|writes: Vec<Write>| {
    let writes = conmon_fuzz::log::texts(&writes);
    let records = parse(&written(LogFormat::K8sFile, &writes));
    for source in [Source::Stdout, Source::Stderr] {
        let mut joined = Vec::new();
        for record in records.iter().filter(|record| record.source == source) {
            assert!(record.text.len() <= LONGEST_TEXT);
            assert!(record.whole || !record.text.is_empty(), "a part without text");
            joined.extend_from_slice(&record.text);
            joined.extend(record.whole.then_some(b'\n'));
        }
        assert!(joined == of(&writes, source), "{source:?}");
    }
});
