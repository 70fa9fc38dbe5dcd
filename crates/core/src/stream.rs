//! [`Stream`]: which of the container's outputs a piece of text came from; [`PerStream`]: something that each has.

use serde::{Deserialize, Serialize};

/// One of the container's outputs. A terminal has only the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    /// As logs name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }

    /// The first byte of a packet to an attach client.
    pub(crate) fn packet_type(self) -> u8 {
        match self {
            Self::Stdout => 2,
            Self::Stderr => 3,
        }
    }
}

/// One of a kind for each output.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PerStream<T> {
    stdout: T,
    stderr: T,
}

impl<T> PerStream<T> {
    pub(crate) fn new(mut make: impl FnMut() -> T) -> Self {
        Self { stdout: make(), stderr: make() }
    }

    /// What a function makes of each.
    pub(crate) fn map<U>(&self, mut make: impl FnMut(&T) -> U) -> PerStream<U> {
        PerStream { stdout: make(&self.stdout), stderr: make(&self.stderr) }
    }

    /// That of one output, to look at.
    pub(crate) fn get(&self, stream: Stream) -> &T {
        match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }

    pub(crate) fn of(&mut self, stream: Stream) -> &mut T {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }
}

impl<T> IntoIterator for PerStream<T> {
    type Item = (Stream, T);
    type IntoIter = std::array::IntoIter<(Stream, T), 2>;
    fn into_iter(self) -> Self::IntoIter {
        [(Stream::Stdout, self.stdout), (Stream::Stderr, self.stderr)].into_iter()
    }
}
