//! Protects the monitor from the OOM killer: without it nobody would report what happened. Its children get the score back that this
//! process was started with.

use std::fs::OpenOptions;
use std::io::Write;

use crate::files::small_file;

const FILE: &str = "/proc/self/oom_score_adj";
const NEVER: &[u8] = b"-1000";
/// More than `-1000` and its newline.
const LONGEST: usize = 16;

/// Excludes this process from the OOM killer (proc_pid_oom_score_adj(5)). Returns the previous score, if it was changed. Without the
/// permission (rootless, no CAP_SYS_RESOURCE) nothing changes, and nothing is reported.
pub(crate) fn spare_this_process() -> Option<Vec<u8>> {
    let mut file = OpenOptions::new().read(true).write(true).open(FILE).ok()?;
    let before = small_file::read_until(&file, LONGEST, |text| text.ends_with(b"\n")).ok()?;
    file.write_all(NEVER).ok()?;
    Some(before)
}
