//! A monitor's page of live counters (docs/architecture.md, "Live counters"), opened once the container is known and kept
//! open, so that it can be read after the monitor's exit.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use nix::unistd::Pid;
use serde::Deserialize;

const PAGE: usize = 4096;
/// The layout of the page, and the counters of each stream, then those of the monitor, in the order of the page.
const TABLE: &str = include_str!("../../core/src/diagnostics/counters/counters.json");

#[derive(Deserialize)]
struct Table {
    page: Page,
    stream: Vec<Counter>,
}

#[derive(Deserialize)]
struct Page {
    words: Words,
}

#[derive(Deserialize)]
struct Words {
    values: usize,
}

#[derive(Deserialize)]
struct Counter {
    name: String,
}

#[derive(Debug)]
pub(crate) struct Counters(File);

impl Counters {
    /// The page of a process; C conmon has none.
    pub(crate) fn of(pid: Pid) -> Option<Self> {
        let fds = fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
        let page = fds.flatten().find(|entry| {
            let link = fs::read_link(entry.path());
            link.is_ok_and(|link| link.to_string_lossy().starts_with("/memfd:conmon-counters"))
        })?;
        File::open(page.path()).ok().map(Self)
    }

    /// Bytes of stdout and stderr missing in logs.
    pub(crate) fn lost(&self) -> [u64; 2] {
        let mut page = [0; PAGE];
        let count = self.0.read_at(&mut page, 0).unwrap_or(0);
        let word = |at: usize| {
            let bytes = page.get(..count)?.get(at * 8..)?.first_chunk::<8>()?;
            Some(u64::from_ne_bytes(*bytes))
        };
        words_of("lostBytes").map(|at| at.and_then(word).unwrap_or(0))
    }
}

/// Where a counter of the streams is, for stdout and stderr.
fn words_of(name: &str) -> [Option<usize>; 2] {
    let Ok(Table { page, stream }) = serde_json::from_str(TABLE) else { return [None; 2] };
    let at = stream.iter().position(|counter| counter.name == name);
    [0, 1].map(|number| at.map(|at| page.words.values + number * stream.len() + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_that_is_read_is_in_the_table() {
        let [Some(stdout), Some(stderr)] = words_of("lostBytes") else { panic!("it is not in the table") };
        assert!(stdout < stderr && (stderr + 1) * 8 <= PAGE);
        assert_eq!(words_of("none"), [None; 2]);
    }
}
