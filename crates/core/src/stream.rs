//! [`Stream`]: which of the container's outputs a piece of text came from.

/// One of the container's outputs. A terminal has only the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
