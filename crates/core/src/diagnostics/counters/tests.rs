//! The page against the vectors that its readers are tested with, too.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Vector {
    cid: String,
    queues: Vec<u64>,
    /// By their names, in the order of the page.
    values: Vec<(String, u64)>,
    /// The words of the page that are not zero, by their place.
    page: BTreeMap<usize, String>,
}

fn vector() -> Vector {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../__test__/vectors/counters.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn stream(values: &BTreeMap<String, u64>, name: &str) -> StreamValues {
    let value = |field: &str| values[&format!("{name}.{field}")];
    StreamValues {
        bytes: value("bytes"),
        lines: value("lines"),
        logged_bytes: value("loggedBytes"),
        logged_lines: value("loggedLines"),
        lost_bytes: value("lostBytes"),
        lost_lines: value("lostLines"),
        withheld_bytes: value("withheldBytes"),
        withheld_lines: value("withheldLines"),
        attached_bytes: value("attachedBytes"),
    }
}

fn values(vector: &Vector) -> Values {
    let values: BTreeMap<String, u64> = vector.values.iter().cloned().collect();
    Values {
        stdout: stream(&values, "stdout"),
        stderr: stream(&values, "stderr"),
        stdin_bytes: values["stdinBytes"],
        logs: values["logs"],
        log_file_bytes: values["logFileBytes"],
        rotations: values["rotations"],
        rotation_failures: values["rotationFailures"],
        reopens: values["reopens"],
        reopen_failures: values["reopenFailures"],
        journal_queue: values["journalQueue"],
        clients_accepted: values["clientsAccepted"],
        clients_stalled: values["clientsStalled"],
        ooms: values["ooms"],
        pressure_times: values["pressureTimes"],
        pressure_nanoseconds: values["pressureNanoseconds"],
        pressure_since: values["pressureSince"],
        pid: values["pid"],
    }
}

fn page(counters: &Counters) -> Vec<u64> {
    counters.page.as_ref().unwrap().iter().map(|word| word.load(Ordering::Relaxed)).collect()
}

#[test]
fn the_page_is_as_its_readers_expect() {
    let vector = vector();
    let mut counters = Counters::open(vector.cid.as_bytes());
    counters.publish(&values(&vector), vector.queues.iter().copied());
    let words = page(&counters);
    for (at, word) in words.iter().enumerate() {
        let expected = vector.page.get(&at).map_or(0, |text| text.parse().unwrap());
        assert_eq!(*word, expected, "word {at}");
    }
    let ordered: Vec<u64> = vector.values.iter().map(|(_, value)| *value).collect();
    assert_eq!(words[VALUES..VALUES + COUNT], ordered);
}

#[test]
fn nothing_overlaps() {
    const { assert!(VALUES + COUNT <= QUEUES && QUEUES < WORDS) }
}

#[test]
fn more_clients_than_there_is_room_for_are_counted() {
    let mut counters = Counters::open(b"c");
    counters.publish(&Values::default(), (0..1000).map(|_| 7));
    let words = page(&counters);
    assert_eq!((words[QUEUES], words[WORDS - 1]), (1000, 7));
}

#[test]
fn an_id_longer_than_its_place_is_cut() {
    let counters = Counters::open(&[b'x'; 1000]);
    let words = page(&counters);
    assert_eq!((words[CID], words[VALUES - 1], words[VALUES]), (1000, u64::from_ne_bytes(*b"xxxxxxxx"), 0));
}
