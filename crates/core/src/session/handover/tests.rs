use serde_json::Value;

use super::*;

/// Documents of this version will be read by all later ones: what is in the file never changes.
const VERSION_1: &str = include_str!("../../../../../__test__/vectors/handover-1.json");

/// The fields that are points of time, and so never the same twice.
const MOMENTS: [&str; 5] = ["at", "progress", "lastProgress", "reopenAgainAt", "due"];

fn without_moments(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let keep = |(name, value): (String, Value)| match value {
                Value::Number(_) if MOMENTS.contains(&name.as_str()) => (name, Value::from("a moment")),
                value => (name, without_moments(value)),
            };
            Value::Object(fields.into_iter().map(keep).collect())
        }
        Value::Array(values) => values.into_iter().map(without_moments).collect(),
        value => value,
    }
}

#[test]
fn version_1_is_read_and_written_as_it_is() {
    let state = SessionState::read(VERSION_1.as_bytes()).unwrap();
    let written = serde_json::to_value(&state).unwrap();
    assert_eq!(without_moments(written), without_moments(serde_json::from_str(VERSION_1).unwrap()));
}

#[test]
fn a_document_without_fields_that_came_later_is_read() {
    let mut earlier: Value = serde_json::from_str(VERSION_1).unwrap();
    let components = earlier["components"].as_object_mut().unwrap();
    for later in ["rescueFile", "guardian"] {
        assert!(components.remove(later).is_some(), "{later}");
    }
    assert!(SessionState::read(earlier.to_string().as_bytes()).is_ok());
}

#[test]
fn later_versions_and_nonsense_are_refused() {
    let later = VERSION_1.replacen("\"version\": 1", "\"version\": 2", 1);
    assert!(SessionState::read(later.as_bytes()).is_err_and(|why| why.contains("version 2")));
    for nonsense in ["", "{}", "{\"version\":1}", "[1]", "\u{0}"] {
        assert!(SessionState::read(nonsense.as_bytes()).is_err(), "{nonsense:?}");
    }
}

/// What `crates/adopt` writes in place of a C conmon.
#[test]
fn the_document_of_an_adopted_monitor_is_read() {
    let state =
        SessionState::read(include_str!("../../../../../__test__/vectors/adoption.json").as_bytes()).unwrap();
    assert_eq!((state.container.pid, state.logs.len(), state.restricted), (4242, 2, false));
    assert!(state.components.attach.is_some() && state.components.control.is_some());
    assert!(state.components.oom.is_some() && state.components.notify.is_some());
    assert!(state.components.adoption.is_none(), "it has no private socket yet");
}
