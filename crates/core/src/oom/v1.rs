//! cgroup v1: an eventfd registered through `cgroup.event_control` (kernel: admin-guide/cgroup-v1/memory, section 10).
//!
//! Removing the cgroup also increments the eventfd. So a count of 1 without the control file is the removal; a higher count includes
//! an OOM.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::eventfd::{EfdFlags, EventFd};
use serde::{Deserialize, Serialize};

use super::OomEvent;
use crate::files::small_file;
use crate::handover::{Blob, Descriptors, adopt};

pub(crate) struct Watch {
    events: EventFd,
    control: PathBuf,
}

/// A [`Watch`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    events: RawFd,
    control: Blob,
}

impl Watch {
    /// The kernel knows the eventfd by its description, which stays the same.
    pub(super) fn state(&self, descriptors: &mut Descriptors) -> State {
        let control = Blob(self.control.as_os_str().as_bytes().to_vec());
        State { events: descriptors.add(&self.events), control }
    }

    pub(super) fn from_state(state: State) -> Option<Self> {
        let events = conmon_sys::events::eventfd(adopt(state.events)?);
        Some(Self { events, control: OsString::from_vec(state.control.0).into() })
    }

    pub(crate) fn on(directory: &Path) -> io::Result<Self> {
        let control = directory.join("memory.oom_control");
        let controlled = small_file::open(&control)?;
        let events = EventFd::from_value_and_flags(0, EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)?;
        let registration = format!("{} {}", events.as_fd().as_raw_fd(), controlled.as_raw_fd());
        OpenOptions::new()
            .write(true)
            .open(directory.join("cgroup.event_control"))?
            .write_all(registration.as_bytes())?;
        Ok(Self { events, control })
    }

    pub(crate) fn check(&mut self) -> io::Result<OomEvent> {
        // Checked before the count is read: a removal in between would otherwise look like an OOM.
        let gone = !self.control.exists();
        match (self.events.read(), gone) {
            (Ok(1), true) => Ok(OomEvent::CgroupRemoved),
            (Ok(_), _) => Ok(OomEvent::Oom),
            (Err(_), true) => Ok(OomEvent::CgroupRemoved),
            (Err(Errno::EAGAIN), false) => Ok(OomEvent::None),
            (Err(errno), false) => Err(errno.into()),
        }
    }
}

impl AsFd for Watch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// A directory that plays the cgroup: the registration is an ordinary file.
    fn cgroup() -> (TempDir, Watch) {
        let directory = tempfile::tempdir().unwrap();
        for name in ["memory.oom_control", "cgroup.event_control"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        let watch = Watch::on(directory.path()).unwrap();
        (directory, watch)
    }

    #[test]
    fn an_event_is_an_oom() {
        let (_directory, mut watch) = cgroup();
        assert_eq!(watch.check().unwrap(), OomEvent::None);
        watch.events.write(1).unwrap();
        assert_eq!(watch.check().unwrap(), OomEvent::Oom);
        assert_eq!(watch.check().unwrap(), OomEvent::None);
    }

    #[test]
    fn one_event_of_a_cgroup_that_is_gone_is_its_removal() {
        let (directory, mut watch) = cgroup();
        directory.close().unwrap();
        watch.events.write(1).unwrap();
        assert_eq!(watch.check().unwrap(), OomEvent::CgroupRemoved);
    }

    #[test]
    fn two_events_of_a_cgroup_that_is_gone_are_an_oom_and_its_removal() {
        let (directory, mut watch) = cgroup();
        directory.close().unwrap();
        watch.events.write(2).unwrap();
        assert_eq!(watch.check().unwrap(), OomEvent::Oom);
        assert_eq!(watch.check().unwrap(), OomEvent::CgroupRemoved);
    }

    #[test]
    fn the_eventfd_and_the_control_file_are_what_is_registered() {
        let (directory, watch) = cgroup();
        let text = std::fs::read_to_string(directory.path().join("cgroup.event_control")).unwrap();
        assert_eq!(text.split(' ').next().unwrap(), watch.as_fd().as_raw_fd().to_string());
    }
}
