//! Detects that the kernel has killed a process of the container because memory ran out.
//!
//! Setting this up never fails: on a kernel without the interface, without a delegated controller, or if the container has exited
//! already, nothing is watched.

mod v1;
mod v2;

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::files::small_file;
use crate::handover::Descriptors;

/// Where the kernel mounts cgroups (cgroups(7)).
const CGROUP_ROOT: &str = "/sys/fs/cgroup";
/// A dozen hierarchies with the longest path each.
const LONGEST_TABLE: usize = 64 * 1024;

/// The watch on one container's memory cgroup.
pub(crate) enum OomWatch {
    V1(v1::Watch),
    V2(v2::Watch),
}

/// An [`OomWatch`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OomState {
    V1(v1::State),
    V2(v2::State),
}

/// What has happened since the last check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OomEvent {
    None,
    /// The container ran out of memory.
    Oom,
    /// No further event will come.
    CgroupRemoved,
}

impl OomWatch {
    /// Watches the memory cgroup of a process, if there is one.
    pub(crate) fn on(pid: Pid) -> Option<Self> {
        let table = small_file::open(Path::new(&format!("/proc/{pid}/cgroup"))).ok()?;
        let table = small_file::read(table, LONGEST_TABLE).ok()?;
        match Memberships(&table).memory(Path::new(CGROUP_ROOT))? {
            Hierarchy::V1(directory) => v1::Watch::on(&directory).ok().map(Self::V1),
            Hierarchy::V2(directory) => v2::Watch::on(&directory).ok().map(Self::V2),
        }
    }

    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> OomState {
        match self {
            Self::V1(watch) => OomState::V1(watch.state(descriptors)),
            Self::V2(watch) => OomState::V2(watch.state(descriptors)),
        }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: OomState) -> Option<Self> {
        match state {
            OomState::V1(state) => v1::Watch::from_state(state).map(Self::V1),
            OomState::V2(state) => v2::Watch::from_state(&state).map(Self::V2),
        }
    }

    /// After a wake-up, and once more after the container's end.
    ///
    /// # Errors
    /// When the kernel's counters cannot be read now.
    pub(crate) fn check(&mut self) -> io::Result<OomEvent> {
        match self {
            Self::V1(watch) => watch.check(),
            Self::V2(watch) => watch.check(),
        }
    }
}

impl AsFd for OomWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::V1(watch) => watch.as_fd(),
            Self::V2(watch) => watch.as_fd(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Hierarchy {
    V1(PathBuf),
    V2(PathBuf),
}

/// `/proc/PID/cgroup`: lines `ID:CONTROLLERS:PATH`, of which `0::PATH` is cgroup v2 (cgroups(7)). A path is bytes.
struct Memberships<'a>(&'a [u8]);

impl Memberships<'_> {
    /// The memory cgroup; hybrid mounts have their memory controller in v1.
    fn memory(&self, root: &Path) -> Option<Hierarchy> {
        let mut unified = None;
        for line in self.0.split(|byte| *byte == b'\n') {
            let mut fields = line.splitn(3, |byte| *byte == b':');
            let (Some(id), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            if controllers.split(|byte| *byte == b',').any(|controller| controller == b"memory") {
                return Some(Hierarchy::V1(below(&root.join("memory"), path)));
            }
            if (id, controllers) == (b"0", b"") {
                unified = Some(path);
            }
        }
        Some(Hierarchy::V2(below(root, unified?)))
    }
}

/// A path of the table is absolute, seen from the root of its hierarchy.
fn below(root: &Path, path: &[u8]) -> PathBuf {
    let slashes = path.iter().take_while(|byte| **byte == b'/').count();
    root.join(OsStr::from_bytes(&path[slashes..]))
}

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    use super::{Hierarchy, Memberships, Path, PathBuf, v2};

    pub(crate) fn memory_cgroup(table: &[u8], root: &Path) -> Option<(PathBuf, bool)> {
        Some(match Memberships(table).memory(root)? {
            Hierarchy::V1(directory) => (directory, false),
            Hierarchy::V2(directory) => (directory, true),
        })
    }

    pub(crate) fn counters(text: &[u8]) -> (u64, u64) {
        let events = v2::MemoryEvents::of(text);
        (events.oom, events.oom_kill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(table: &str) -> Option<Hierarchy> {
        Memberships(table.as_bytes()).memory(Path::new("/c"))
    }

    #[test]
    fn the_memory_controller_decides_whatever_its_place_in_the_table() {
        let v1 = |path: &str| Some(Hierarchy::V1(path.into()));
        assert_eq!(memory("3:cpu,cpuacct:/\n2:memory:/a/b\n0::/x\n"), v1("/c/memory/a/b"));
        assert_eq!(memory("0::/x\n2:memory,hugetlb:/a:b\n"), v1("/c/memory/a:b"));
    }

    #[test]
    fn without_it_only_the_line_of_v2_counts() {
        assert_eq!(memory("1:net_cls:/\n0::/pod/ctr\n"), Some(Hierarchy::V2("/c/pod/ctr".into())));
        assert_eq!(memory("1:net_cls:/\n"), None);
        assert_eq!(memory(""), None);
    }
}
