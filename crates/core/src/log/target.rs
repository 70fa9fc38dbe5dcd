//! [`Target`]: what a log's records are written to: a [`RegularFile`], or a [`Feed`] where something else has its path.

use std::fs::File;
use std::io;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::batch::Records;
use super::feed::{Feed, FeedState};
use super::open::Opened;
use super::regular_file::{RegularFile, RegularFileState};
use crate::files::file_id::FileId;
use crate::length::to_u64;
use crate::poll::Poll;

/// One of both.
pub(crate) enum Target {
    File(RegularFile),
    Feed(Feed),
}

/// A [`Target`] as it is handed over, without the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TargetState {
    File(RegularFileState),
    Feed(FeedState),
}

impl Target {
    pub(crate) fn state(&self) -> TargetState {
        match self {
            Self::File(file) => TargetState::File(file.state()),
            Self::Feed(feed) => TargetState::Feed(feed.state()),
        }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(file: File, state: TargetState, poll: &Rc<Poll>) -> Self {
        match state {
            TargetState::File(state) => Self::File(RegularFile::from_state(file, &state)),
            TargetState::Feed(state) => Self::Feed(Feed::from_state(file, state, poll)),
        }
    }

    pub(crate) fn new(opened: Opened, poll: &Rc<Poll>) -> Self {
        match opened.regular {
            true => Self::File(RegularFile::new(opened.file, opened.size, opened.unfinished)),
            false => Self::Feed(Feed::new(opened.file, poll)),
        }
    }

    pub(crate) fn file(&self) -> &File {
        match self {
            Self::File(file) => file.file(),
            Self::Feed(feed) => feed.file(),
        }
    }

    /// Size of a file; 0 for what has none.
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::File(file) => file.size(),
            Self::Feed(_) => 0,
        }
    }

    /// Bytes that were written here.
    pub(crate) fn written(&self) -> u64 {
        match self {
            Self::File(file) => file.written(),
            Self::Feed(feed) => feed.written(),
        }
    }

    /// The same, with what is going to be written before the next record.
    pub(crate) fn claimed(&self) -> u64 {
        match self {
            Self::File(file) => file.written() + u64::from(file.is_torn()),
            Self::Feed(feed) => feed.written() + to_u64(feed.backlog().len()),
        }
    }

    /// Writes records. Returns how many of their bytes are written, or kept until they can be, and why that is not all.
    pub(crate) fn write(&mut self, records: Records<'_>) -> (usize, io::Result<()>) {
        match (self, records.whole()) {
            (Self::File(file), _) => file.write(records),
            (Self::Feed(feed), Some(records)) => feed.write(records),
            (Self::Feed(feed), None) => feed.write(&records.concat()),
        }
    }

    /// Writes a record of our own.
    pub(crate) fn write_marker(&mut self, record: &[u8]) -> bool {
        match self {
            Self::File(file) => file.write(record.into()).1.is_ok(),
            Self::Feed(feed) => feed.write_marker(record),
        }
    }

    /// Something waits for a reader.
    pub(crate) fn is_waiting(&self) -> bool {
        self.feed().is_some_and(|feed| feed.backlog().unsent_since().is_some())
    }

    pub(crate) fn feed(&self) -> Option<&Feed> {
        match self {
            Self::Feed(feed) => Some(feed),
            Self::File(_) => None,
        }
    }

    pub(crate) fn feed_mut(&mut self) -> Option<&mut Feed> {
        match self {
            Self::Feed(feed) => Some(feed),
            Self::File(_) => None,
        }
    }

    /// Records that wait for the reader of `old`, for which this is the place now.
    pub(crate) fn inherit(&mut self, old: Self) -> Vec<u8> {
        let same = is_same(self.file(), old.file());
        match (self, old) {
            (Self::Feed(new), Self::Feed(old)) if same => {
                new.continue_from(old);
                Vec::new()
            }
            (_, Self::Feed(mut old)) => old.take(),
            (_, Self::File(_)) => Vec::new(),
        }
    }
}

fn is_same(one: &File, other: &File) -> bool {
    FileId::of_file(one).is_ok_and(|one| FileId::of_file(other).is_ok_and(|other| one == other))
}
