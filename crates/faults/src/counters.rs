//! A monitor's page of live counters (docs/architecture.md, "Live counters"), opened once the container is known and kept
//! open, so that it can be read after the monitor's exit.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use nix::unistd::Pid;

const PAGE: usize = 4096;
/// The first word of each stream, and the offset of the lost bytes within it.
const STREAMS: [usize; 2] = [37, 46];
const LOST_BYTES: usize = 4;

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
        STREAMS.map(|stream| word(stream + LOST_BYTES).unwrap_or(0))
    }
}
