//! A plan or plan result from another host of the planner. An accepted one must be accepted again when its bytes are
//! written the way the planner writes them.
#![no_main]

use conmon_core::plan::{Bytes, Plan, PlanResult, escape_into};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &[u8]| {
    let _ = Plan::from_json(json);
    let _ = PlanResult::from_json(json);
    let Ok(bytes) = Bytes::try_from(json.to_vec()) else { return };
    let mut text = vec![b'"'];
    escape_into(&mut text, bytes.as_bytes());
    text.push(b'"');
    let again: Bytes = serde_json::from_slice(&text).unwrap();
    assert_eq!(again.as_bytes(), json);
});
