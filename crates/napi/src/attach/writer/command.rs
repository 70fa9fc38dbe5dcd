//! Commands for the writing thread.

use napi::bindgen_prelude::Error;

use super::Written;

pub(crate) enum Command {
    /// Send these bytes and fulfil the promise.
    Write(Vec<u8>, Written),
    /// No more input follows.
    End,
}

impl Command {
    /// Rejects a command after the thread has ended.
    pub(crate) fn refuse(self) {
        match self {
            Self::Write(_, written) => written.reject(Error::from_reason("the attach connection is closed")),
            Self::End => {}
        }
    }
}
