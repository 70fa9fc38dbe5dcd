//! The page against the vector that its readers are tested with.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Vector {
    cid: String,
    queues: Vec<u64>,
    /// Values by name; all others are 0.
    values: BTreeMap<String, u64>,
    /// Words of the page by their place; all others are 0, apart from the number of counters.
    page: BTreeMap<usize, String>,
}

fn vector() -> Vector {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../__test__/vectors/counters.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The first and the last counter of each group, and two in between.
fn values(values: &BTreeMap<String, u64>) -> Values {
    let stream = |name: &str| StreamValues {
        bytes: values[&format!("{name}.bytes")],
        attached_bytes: values[&format!("{name}.attachedBytes")],
        ..StreamValues::default()
    };
    Values {
        stdout: stream("stdout"),
        stderr: stream("stderr"),
        stdin_bytes: values["stdinBytes"],
        pressure_nanoseconds: values["pressureNanoseconds"],
        pressure_since: values["pressureSince"],
        pid: values["pid"],
        ..Values::default()
    }
}

fn page(counters: &Counters) -> Vec<u64> {
    counters.page.as_ref().unwrap().iter().map(|word| word.load(Ordering::Relaxed)).collect()
}

#[test]
fn the_page_is_as_its_readers_expect() {
    let vector = vector();
    let mut counters = Counters::open(vector.cid.as_bytes());
    counters.publish(&values(&vector.values), vector.queues.iter().copied());
    let mut words = page(&counters);
    assert_eq!(words[COUNT_AT], u64::try_from(COUNT).unwrap());
    words[COUNT_AT] = 0;
    for (at, word) in words.iter().enumerate() {
        let expected = vector.page.get(&at).map_or(0, |text| text.parse().unwrap());
        assert_eq!(*word, expected, "word {at}");
    }
}

#[test]
fn nothing_overlaps() {
    const { assert!(VALUES + COUNT <= CLIENTS && CLIENTS < WORDS) }
}

#[test]
fn more_clients_than_there_is_room_for_are_counted() {
    let mut counters = Counters::open(b"c");
    counters.publish(&Values::default(), (0..1000).map(|_| 7));
    let words = page(&counters);
    assert_eq!((words[CLIENTS], words[WORDS - 1]), (1000, 7));
}

#[test]
fn an_id_longer_than_its_place_is_cut() {
    let counters = Counters::open(&[b'x'; 1000]);
    let words = page(&counters);
    assert_eq!(
        (words[CID_LENGTH], words[VALUES - 1], words[VALUES]),
        (1000, u64::from_ne_bytes(*b"xxxxxxxx"), 0)
    );
}
