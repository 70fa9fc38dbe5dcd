//! [`Early`]: the output that arrives while the runtime creates the container.
//!
//! Until the runtime has exited, output on stderr may be the runtime's or the container's. It is kept, and becomes the message of
//! a failure or, once the container runs, the container's first output.

use super::consumers::Delivery;
use super::excerpt::Excerpt;
use crate::container_io::output::Sink;
use crate::stream::Stream;

/// Limit on the bytes that are kept. More output is passed on although the container is not known to run yet.
const MAX: usize = 1 << 20;

/// Output whose origin is not known yet.
#[derive(Default)]
pub(super) struct Early {
    pieces: Vec<(Stream, Vec<u8>)>,
    length: usize,
    /// The beginning and the end of the stderr output.
    stderr: Excerpt,
}

impl Early {
    /// Whether more than [`MAX`] bytes have arrived.
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
    pub(super) fn stderr(&mut self) -> String {
        self.stderr.text()
    }
}

impl Sink for Early {
    fn raw(&mut self, stream: Stream, bytes: &[u8]) -> bool {
        if stream == Stream::Stderr {
            self.stderr.add(bytes);
        }
        self.length += bytes.len();
        self.pieces.push((stream, bytes.to_vec()));
        true
    }

    fn text(&mut self, _: Stream, _: &[u8]) {}
}
