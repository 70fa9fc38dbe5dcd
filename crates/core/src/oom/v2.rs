//! cgroup v2: the counters `oom` and `oom_kill` of `memory.events`, whose changes inotify reports (kernel:
//! admin-guide/cgroup-v2, memory interface files).
//!
//! Every change of any counter wakes the loop, so an event is an increase of one of these two since the last check.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use serde::{Deserialize, Serialize};

use super::OomEvent;
use crate::files::small_file;
use crate::handover::{Descriptors, adopt};

pub(crate) struct Watch {
    inotify: Inotify,
    events: File,
    seen: MemoryEvents,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemoryEvents {
    pub(super) oom: u64,
    pub(super) oom_kill: u64,
}

/// A [`Watch`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    inotify: RawFd,
    events: RawFd,
    seen: MemoryEvents,
}

impl Watch {
    pub(super) fn state(&self, descriptors: &mut Descriptors) -> State {
        let (inotify, events) = (descriptors.add(&self.inotify), descriptors.add(&self.events));
        State { inotify, events, seen: self.seen }
    }

    pub(super) fn from_state(state: &State) -> Option<Self> {
        let (inotify, events) = (adopt(state.inotify)?, adopt(state.events)?);
        let inotify = conmon_sys::events::inotify(inotify);
        Some(Self { inotify, events: events.into(), seen: state.seen })
    }

    pub(crate) fn on(directory: &Path) -> io::Result<Self> {
        let path = directory.join("memory.events");
        let events = small_file::open(&path)?;
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
        inotify.add_watch(&path, AddWatchFlags::IN_MODIFY)?;
        let seen = MemoryEvents::read(&events)?;
        Ok(Self { inotify, events, seen })
    }

    pub(crate) fn check(&mut self) -> io::Result<OomEvent> {
        // The counters decide; reading the events only makes the descriptor quiet.
        let quiet = self.quiet();
        let now = match MemoryEvents::read(&self.events) {
            // The cgroup was removed.
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => return Ok(OomEvent::CgroupRemoved),
            read => read?,
        };
        let grew = now.oom > self.seen.oom || now.oom_kill > self.seen.oom_kill;
        self.seen = now;
        if grew { Ok(OomEvent::Oom) } else { quiet.map(|()| OomEvent::None) }
    }

    fn quiet(&self) -> io::Result<()> {
        loop {
            match self.inotify.read_events() {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

impl MemoryEvents {
    fn read(events: &File) -> io::Result<Self> {
        let mut buffer = [0; 1024];
        let count = events.read_at(&mut buffer, 0)?;
        Ok(Self::of(buffer.get(..count).unwrap_or_default()))
    }

    /// Lines `NAME VALUE`; one that is missing or malformed counts as 0.
    pub(super) fn of(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let value = |name: &str| {
            let found =
                text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
            found.unwrap_or(0)
        };
        Self { oom: value("oom"), oom_kill: value("oom_kill") }
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn cgroup() -> (TempDir, Watch) {
        let directory = tempfile::tempdir().unwrap();
        set(directory.path(), 0, 2, 1);
        let watch = Watch::on(directory.path()).unwrap();
        (directory, watch)
    }

    fn set(directory: &Path, high: u64, oom: u64, oom_kill: u64) {
        let text = format!("low 0\nhigh {high}\nmax 0\noom {oom}\noom_kill {oom_kill}\noom_group_kill 0\n");
        std::fs::write(directory.join("memory.events"), text).unwrap();
    }

    #[test]
    fn a_change_that_is_not_an_oom_is_ignored_and_does_not_disarm_the_watch() {
        let (directory, mut watch) = cgroup();
        set(directory.path(), 5, 2, 1);
        assert_eq!(watch.check().unwrap(), OomEvent::None);
        set(directory.path(), 5, 3, 1);
        assert_eq!(watch.check().unwrap(), OomEvent::Oom);
    }

    #[test]
    fn a_kill_of_a_child_alone_counts_and_each_counter_is_compared_with_itself() {
        let (directory, mut watch) = cgroup();
        set(directory.path(), 0, 2, 2);
        assert_eq!(watch.check().unwrap(), OomEvent::Oom);
        assert_eq!(watch.check().unwrap(), OomEvent::None);
    }

    #[test]
    fn a_group_without_the_memory_controller_has_nothing_to_watch() {
        assert!(Watch::on(Path::new("/nowhere")).is_err());
    }
}
