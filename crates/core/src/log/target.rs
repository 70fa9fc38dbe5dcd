//! [`Target`]: what a log's records are written to, a [`RegularFile`] or a [`SpecialFile`].

use std::fs::File;
use std::io;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::batch::Records;
use super::open::OpenLog;
use super::regular_file::{RegularFile, RegularFileState};
use super::special_file::{SpecialFile, SpecialFileState};
use crate::files::file_id::FileId;
use crate::length::to_u64;
use crate::poll::Poll;

/// The file at a log's path, of either kind.
pub(crate) enum Target {
    File(RegularFile),
    Special(SpecialFile),
}

/// A [`Target`] as it is handed over, without the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TargetState {
    File(RegularFileState),
    #[serde(rename = "feed")]
    Special(SpecialFileState),
}

impl Target {
    pub(crate) fn state(&self) -> TargetState {
        match self {
            Self::File(file) => TargetState::File(file.state()),
            Self::Special(special) => TargetState::Special(special.state()),
        }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(file: File, state: TargetState, poll: &Rc<Poll>) -> Self {
        match state {
            TargetState::File(state) => Self::File(RegularFile::from_state(file, &state)),
            TargetState::Special(state) => Self::Special(SpecialFile::from_state(file, state, poll)),
        }
    }

    pub(crate) fn new(opened: OpenLog, poll: &Rc<Poll>) -> Self {
        match opened.regular {
            true => Self::File(RegularFile::new(opened.file, opened.size, opened.unfinished)),
            false => Self::Special(SpecialFile::new(opened.file, poll)),
        }
    }

    pub(crate) fn file(&self) -> &File {
        match self {
            Self::File(file) => file.file(),
            Self::Special(special) => special.file(),
        }
    }

    /// Size in bytes; 0 for a special file.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::File(file) => file.size(),
            Self::Special(_) => 0,
        }
    }

    /// Bytes that were written here.
    pub(crate) fn written(&self) -> u64 {
        match self {
            Self::File(file) => file.written(),
            Self::Special(special) => special.written(),
        }
    }

    /// The same, with the bytes that will be written before the next record.
    pub(crate) fn claimed(&self) -> u64 {
        match self {
            Self::File(file) => file.written() + u64::from(file.is_torn()),
            Self::Special(special) => special.written() + to_u64(special.queue().len()),
        }
    }

    /// Writes records. Returns how many of their bytes are written, or kept until they can be, and why that is not all.
    pub(crate) fn write(&mut self, records: Records<'_>) -> (usize, io::Result<()>) {
        match (self, records.whole()) {
            (Self::File(file), _) => file.write(records),
            (Self::Special(special), Some(records)) => special.write(records),
            (Self::Special(special), None) => special.write(&records.concat()),
        }
    }

    /// Writes a record of our own.
    pub(crate) fn write_marker(&mut self, record: &[u8]) -> bool {
        match self {
            Self::File(file) => file.write(record.into()).1.is_ok(),
            Self::Special(special) => special.write_marker(record),
        }
    }

    /// Whether records are pending for a reader.
    pub(crate) fn is_waiting(&self) -> bool {
        self.special_file().is_some_and(|special| special.queue().unsent_since().is_some())
    }

    pub(crate) fn special_file(&self) -> Option<&SpecialFile> {
        match self {
            Self::Special(special) => Some(special),
            Self::File(_) => None,
        }
    }

    pub(crate) fn special_file_mut(&mut self) -> Option<&mut SpecialFile> {
        match self {
            Self::Special(special) => Some(special),
            Self::File(_) => None,
        }
    }

    /// Returns the records that are pending for the reader of `old`, unless this is the same file: it then keeps them itself.
    pub(crate) fn inherit(&mut self, old: Self) -> Vec<u8> {
        let same = is_same(self.file(), old.file());
        match (self, old) {
            (Self::Special(new), Self::Special(old)) if same => {
                new.continue_from(old);
                Vec::new()
            }
            (_, Self::Special(mut old)) => old.take(),
            (_, Self::File(_)) => Vec::new(),
        }
    }
}

fn is_same(one: &File, other: &File) -> bool {
    FileId::of_file(one).is_ok_and(|one| FileId::of_file(other).is_ok_and(|other| one == other))
}
