//! Records of the journal's native protocol, checked by an independent reader.
#![no_main]

use conmon_core::fuzzing::journal_record;
use conmon_core::plan::Bytes;
use conmon_fuzz::journal::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<Vec<u8>>, Vec<u8>, u8, bool)| {
    let (values, text, priority, part) = input;
    let priority = priority % 8;
    let fields: Vec<(Bytes, Bytes)> = values
        .into_iter()
        .enumerate()
        .filter_map(|(at, value)| {
            let name = Bytes::try_from(format!("FIELD_{at}").into_bytes()).unwrap();
            Some((name, Bytes::try_from(value).ok()?))
        })
        .collect();
    let mut expected: Vec<(Vec<u8>, Vec<u8>)> =
        fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
    expected.push((b"PRIORITY".to_vec(), priority.to_string().into_bytes()));
    expected.extend(part.then(|| (b"CONTAINER_PARTIAL_MESSAGE".to_vec(), b"true".to_vec())));
    expected.push((b"MESSAGE".to_vec(), text.clone()));
    assert_eq!(parse(&journal_record(fields, &text, priority, part)), expected);
});
