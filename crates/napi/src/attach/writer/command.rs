//! What the writing thread is told.

use napi::bindgen_prelude::Error;

use super::Written;

pub(crate) enum Command {
    /// Send these bytes and fulfil the promise.
    Write(Vec<u8>, Written),
    /// No more will come.
    End,
}

impl Command {
    /// The thread is gone.
    pub(crate) fn refuse(self) {
        match self {
            Self::Write(_, written) => written.reject(Error::from_reason("the attach connection is closed")),
            Self::End => {}
        }
    }
}
