//! The container's outputs and everybody who gets them.
//!
//! While the runtime works, nobody can say whether words on stderr are its own or the container's: they are kept, and
//! become the message of a failure or, when the container runs, its first output.

use std::num::NonZeroUsize;

use crate::attach::Attach;
use crate::error::{Error, Step};
use crate::log::Logs;
use crate::output::{MAX_HELD, Output, Pumped, READ, Sink};
use crate::poll::{Interest, Poll, Token};
use crate::pressure::Pressure;
use crate::report::Reporter;
use crate::stream::{PerStream, Stream};
use crate::sys::pages::Pages;

const BUFFER: NonZeroUsize = NonZeroUsize::new(READ + MAX_HELD).unwrap();
/// How much of the output before the container is known to run is kept before it is passed on all the same.
const MAX_EARLY: usize = 1 << 20;
/// How much of the runtime's words are kept for a message.
const MAX_WORDS: usize = 64 * 1024;

/// Both streams, and the buffer they share.
pub(crate) struct Outputs {
    stdout: Option<Output>,
    stderr: Option<Output>,
    buffer: Pages,
    /// The buffer, or those of the logs, hold memory.
    warm: bool,
    early: Option<Early>,
    taken: PerStream<u64>,
    pressure: Pressure,
}

/// What came while the runtime worked.
#[derive(Default)]
struct Early {
    pieces: Vec<(Stream, Vec<u8>)>,
    length: usize,
    words: Vec<u8>,
}

/// Those who get the output.
pub(crate) struct Audience<'a> {
    pub(crate) logs: &'a mut Logs,
    pub(crate) attach: Option<&'a mut Attach>,
    pub(crate) poll: &'a Poll,
    pub(crate) reporter: &'a Reporter,
    /// Whether clients' input can be taken now.
    pub(crate) input_possible: bool,
    /// At the end nothing waits for clients: what is left is bounded by the size of a pipe.
    pub(crate) at_any_cost: bool,
}

impl Sink for Audience<'_> {
    fn raw(&mut self, stream: Stream, bytes: &[u8]) -> bool {
        let taken = match &mut self.attach {
            Some(attach) => attach.broadcast(stream, bytes, self.poll, self.input_possible, self.reporter),
            None => true,
        };
        taken && !self.logs.is_congested() || self.at_any_cost
    }

    fn text(&mut self, stream: Stream, text: &[u8]) {
        self.logs.write(stream, text, self.reporter);
    }
}

impl Sink for Early {
    fn raw(&mut self, stream: Stream, bytes: &[u8]) -> bool {
        if stream == Stream::Stderr {
            let room = MAX_WORDS.saturating_sub(self.words.len());
            self.words.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        self.length += bytes.len();
        self.pieces.push((stream, bytes.to_vec()));
        true
    }

    fn text(&mut self, _: Stream, _: &[u8]) {}
}

impl Early {
    fn pass_on(&mut self, audience: &mut Audience<'_>) {
        self.length = 0;
        for (stream, bytes) in self.pieces.drain(..) {
            audience.raw(stream, &bytes);
            audience.text(stream, &bytes);
        }
    }
}

impl Outputs {
    pub(crate) fn new(stdout: Option<Output>, stderr: Option<Output>) -> Result<Self, Error> {
        let buffer = Pages::reserve(BUFFER).step("reserve the output buffer")?;
        let (early, taken, pressure) = (Some(Early::default()), PerStream::default(), Pressure::default());
        Ok(Self { stdout, stderr, buffer, warm: false, early, taken, pressure })
    }

    /// The terminal has come: it is the only output but for what the runtime says.
    pub(crate) fn set_terminal(&mut self, output: Output) {
        self.stdout = Some(output);
    }

    /// Reads a stream that is ready.
    pub(crate) fn pump(&mut self, stream: Stream, mut audience: Audience<'_>) -> Pumped {
        self.warm = true;
        let another_is_large = [&self.stdout, &self.stderr].into_iter().flatten().any(Output::has_large_pipe);
        let Some(output) = slot(&mut self.stdout, &mut self.stderr, stream).as_mut() else {
            return Pumped::Ended;
        };
        let poll = audience.poll;
        let pumped = match &mut self.early {
            None => output.pump(&mut self.buffer, &mut audience),
            Some(early) => {
                let pumped = output.pump(&mut self.buffer, early);
                if early.length > MAX_EARLY {
                    early.pass_on(&mut audience);
                    output.forget_held();
                }
                pumped
            }
        };
        *self.taken.of(stream) += std::mem::take(&mut output.taken);
        output.adapt_pipe(!another_is_large);
        if pumped == Pumped::Ended {
            poll.forget(&*output);
            *slot(&mut self.stdout, &mut self.stderr, stream) = None;
        }
        pumped
    }

    /// The container runs: what came so far is its own.
    pub(crate) fn container_runs(&mut self, mut audience: Audience<'_>) {
        if let Some(mut early) = self.early.take() {
            early.pass_on(&mut audience);
            for output in [&mut self.stdout, &mut self.stderr].into_iter().flatten() {
                output.forget_held();
            }
        }
    }

    /// What the runtime said on stderr.
    pub(crate) fn words(&self) -> &[u8] {
        self.early.as_ref().map_or(&[], |early| &early.words)
    }

    /// Waits for both streams.
    pub(crate) fn watch(&mut self, poll: &Poll) -> Result<(), Error> {
        for (output, token) in [(&mut self.stdout, Token::Stdout), (&mut self.stderr, Token::Stderr)] {
            if let Some(output) = output.as_mut().filter(|output| !output.watched) {
                poll.watch(&*output, token, Interest::Read)?;
                output.watched = true;
            }
        }
        self.pressure.end();
        Ok(())
    }

    /// Waits for neither: some client must be waited for first.
    pub(crate) fn pause(&mut self, poll: &Poll) {
        for output in [&mut self.stdout, &mut self.stderr].into_iter().flatten() {
            if std::mem::replace(&mut output.watched, false) {
                poll.forget(&*output);
            }
        }
        self.pressure.begin();
    }

    /// Bytes of each stream that have been read.
    pub(crate) fn taken(&self) -> &PerStream<u64> {
        &self.taken
    }

    /// How long the container had to wait.
    pub(crate) fn pressure(&self) -> &Pressure {
        &self.pressure
    }

    /// Memory for one packet of a client.
    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        self.warm = true;
        &mut self.buffer
    }

    pub(crate) fn is_warm(&self) -> bool {
        self.warm
    }

    /// Gives back what a busy time took.
    pub(crate) fn cool_down(&mut self) {
        for output in [&mut self.stdout, &mut self.stderr].into_iter().flatten() {
            output.cool_down();
        }
        self.buffer.release();
        self.warm = false;
    }
}

fn slot<'a>(
    stdout: &'a mut Option<Output>,
    stderr: &'a mut Option<Output>,
    stream: Stream,
) -> &'a mut Option<Output> {
    match stream {
        Stream::Stdout => stdout,
        Stream::Stderr => stderr,
    }
}
