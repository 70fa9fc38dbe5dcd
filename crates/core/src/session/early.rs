//! [`Early`]: the output that comes while the runtime works.
//!
//! Until the runtime has exited, output on stderr may be its own or the container's. So it is kept, and becomes the message of
//! a failure or, once the container runs, its first output.

use super::audience::Delivery;
use super::words::Words;
use crate::container_io::output::Sink;
use crate::stream::Stream;

/// How many bytes are kept before output is passed on although the container is not known to run.
const MAX: usize = 1 << 20;

/// See the module.
#[derive(Default)]
pub(super) struct Early {
    pieces: Vec<(Stream, Vec<u8>)>,
    length: usize,
    words: Words,
}

impl Early {
    /// Whether more came than is kept.
    pub(super) fn is_full(&self) -> bool {
        self.length > MAX
    }

    /// Delivers what is kept.
    pub(super) fn pass_on(&mut self, delivery: &mut Delivery<'_>) {
        self.length = 0;
        for (stream, bytes) in self.pieces.drain(..) {
            delivery.raw(stream, &bytes);
            delivery.text(stream, &bytes);
        }
    }

    /// The stderr output; of a long text the beginning and the end.
    pub(super) fn words(&mut self) -> String {
        self.words.text()
    }
}

impl Sink for Early {
    fn raw(&mut self, stream: Stream, bytes: &[u8]) -> bool {
        if stream == Stream::Stderr {
            self.words.add(bytes);
        }
        self.length += bytes.len();
        self.pieces.push((stream, bytes.to_vec()));
        true
    }

    fn text(&mut self, _: Stream, _: &[u8]) {}
}
