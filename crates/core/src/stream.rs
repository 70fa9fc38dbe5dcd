//! [`Stream`]: which of the container's outputs a piece of text came from; [`PerStream`]: one value for each of them.

use serde::{Deserialize, Serialize};

/// One of the container's outputs. A terminal has only the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    /// The name that logs use.
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

/// One value for each output.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PerStream<T> {
    pub(crate) stdout: T,
    pub(crate) stderr: T,
}

impl<T> PerStream<T> {
    /// Calls a function for each value.
    pub(crate) fn new(mut make: impl FnMut() -> T) -> Self {
        Self { stdout: make(), stderr: make() }
    }

    /// Applies a function to each value.
    pub(crate) fn map<U>(&self, mut convert: impl FnMut(&T) -> U) -> PerStream<U> {
        PerStream { stdout: convert(&self.stdout), stderr: convert(&self.stderr) }
    }

    pub(crate) fn get(&self, stream: Stream) -> &T {
        match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }

    pub(crate) fn get_mut(&mut self, stream: Stream) -> &mut T {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        [&self.stdout, &self.stderr].into_iter()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        [&mut self.stdout, &mut self.stderr].into_iter()
    }
}

impl<T> IntoIterator for PerStream<T> {
    type Item = (Stream, T);
    type IntoIter = std::array::IntoIter<(Stream, T), 2>;
    fn into_iter(self) -> Self::IntoIter {
        [(Stream::Stdout, self.stdout), (Stream::Stderr, self.stderr)].into_iter()
    }
}
