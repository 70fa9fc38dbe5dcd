//! `/proc/PID/cgroup` and `memory.events`: the memory cgroup is the one in the table, below the root, and the counters are
//! those of the lines with their names.
#![no_main]

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use conmon_core::fuzzing::{memory_cgroup, memory_events};
use libfuzzer_sys::fuzz_target;

const ROOT: &str = "/sys/fs/cgroup";

fuzz_target!(|text: &[u8]| {
    let found = memory_cgroup(text, Path::new(ROOT));
    let rows: Vec<[&[u8]; 3]> = text.split(|byte| *byte == b'\n').filter_map(row).collect();
    let memory = rows.iter().find(|[_, controllers, _]| has_memory(controllers));
    let unified = rows.iter().rfind(|[id, controllers, _]| *id == b"0" && controllers.is_empty());
    match (found, memory, unified) {
        (Some((path, false)), Some([_, _, expected]), _) => {
            ends_in(&path, &format!("{ROOT}/memory"), expected)
        }
        (Some((path, true)), None, Some([_, _, expected])) => ends_in(&path, ROOT, expected),
        (None, None, None) => {}
        other => panic!("{other:?}"),
    }
    let (oom, oom_kill) = memory_events(text);
    assert_eq!((oom, oom_kill), (counter(text, "oom "), counter(text, "oom_kill ")));
});

fn row(line: &[u8]) -> Option<[&[u8]; 3]> {
    let first = line.iter().position(|byte| *byte == b':')?;
    let second = first + 1 + line[first + 1..].iter().position(|byte| *byte == b':')?;
    Some([&line[..first], &line[first + 1..second], &line[second + 1..]])
}

fn has_memory(controllers: &[u8]) -> bool {
    controllers.split(|byte| *byte == b',').any(|name| name == b"memory")
}

fn ends_in(path: &Path, root: &str, expected: &[u8]) {
    let path = path.as_os_str().as_bytes();
    assert!(path.starts_with(root.as_bytes()), "an absolute path must not replace the root");
    let begin = expected.iter().position(|byte| *byte != b'/').unwrap_or(expected.len());
    assert!(path.ends_with(&expected[begin..]));
}

/// The first line with this name and a valid number.
fn counter(text: &[u8], name: &str) -> u64 {
    let text = String::from_utf8_lossy(text);
    let values = text.lines().filter_map(|line| line.strip_prefix(name));
    values.filter_map(|value| value.parse().ok()).next().unwrap_or(0)
}
