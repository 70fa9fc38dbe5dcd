//! The container's outputs: when each is read, and when it is not.

use std::num::NonZeroUsize;
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::time::Instant;

use conmon_sys::errors::describe;
use conmon_sys::pages::Pages;
use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use crate::container_io::output::{MAX_HELD, Output, OutputState, Pumped, READ, Sink};
use crate::container_io::pressure::Pressure;
use crate::diagnostics::report::Reporter;
use crate::diagnostics::warnings::Warnings;
use crate::error::{Error, Step};
use crate::handover::Descriptors;
use crate::poll::Poll;
use crate::stream::{PerStream, Stream};

const BUFFER: NonZeroUsize = NonZeroUsize::new(READ + MAX_HELD).unwrap();

/// Both streams, and the buffer they share.
pub(crate) struct Outputs {
    stdout: Option<Output>,
    stderr: Option<Output>,
    buffer: Pages,
    /// The buffer or those of the logs hold memory.
    warm: bool,
    taken: PerStream<u64>,
    pressure: Pressure,
    warnings: Warnings,
}

/// [`Outputs`] as they are handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutputsState {
    stdout: Option<OutputState>,
    stderr: Option<OutputState>,
    taken: PerStream<u64>,
    pressure: Pressure,
}

impl Outputs {
    /// None yet, with the buffer for both.
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            stdout: None,
            stderr: None,
            buffer: Pages::reserve(BUFFER).step("reserve the output buffer")?,
            warm: false,
            taken: PerStream::default(),
            pressure: Pressure::default(),
            warnings: Warnings::default(),
        })
    }

    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> OutputsState {
        OutputsState {
            stdout: self.stdout.as_ref().map(|output| output.state(descriptors)),
            stderr: self.stderr.as_ref().map(|output| output.state(descriptors)),
            taken: self.taken.clone(),
            pressure: self.pressure.clone(),
        }
    }

    /// Continues with what was handed over. Nothing is waited for yet.
    pub(crate) fn restore(&mut self, state: OutputsState, poll: &Rc<Poll>) {
        let resume = |output: Option<OutputState>, stream| Output::from_state(output?, stream, poll);
        self.stdout = resume(state.stdout, Stream::Stdout);
        self.stderr = resume(state.stderr, Stream::Stderr);
        (self.taken, self.pressure) = (state.taken, state.pressure);
    }

    /// The container's ends are open.
    pub(crate) fn connect(&mut self, stdout: Option<Output>, stderr: Option<Output>) {
        (self.stdout, self.stderr) = (stdout, stderr);
    }

    /// The terminal has arrived: it is the only output except the runtime's stderr.
    pub(crate) fn set_terminal(&mut self, output: Output) {
        self.stdout = Some(output);
    }

    /// Our end of a stream.
    pub(crate) fn fd(&self, stream: Stream) -> Option<BorrowedFd<'_>> {
        let output = match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        };
        output.as_ref().map(AsFd::as_fd)
    }

    /// Reads a stream that is ready.
    pub(crate) fn pump(&mut self, stream: Stream, sink: &mut impl Sink, reporter: &Reporter) -> Pumped {
        self.warm = true;
        let another_is_large = [&self.stdout, &self.stderr].into_iter().flatten().any(Output::has_large_pipe);
        let Some(output) = slot(&mut self.stdout, &mut self.stderr, stream).as_mut() else {
            return Pumped::Ended;
        };
        let pumped = output.pump(&mut self.buffer, sink);
        *self.taken.of(stream) += std::mem::take(&mut output.taken);
        output.adapt_pipe(!another_is_large);
        match pumped {
            Pumped::Dry | Pumped::More | Pumped::Stopped | Pumped::HungUp => self.has_read(stream, pumped),
            Pumped::Failed(errno) => self.has_failed(stream, errno, reporter),
            Pumped::Ended => self.abandon(stream),
        }
        pumped
    }

    /// Waits for the stream as its state asks for.
    fn has_read(&mut self, stream: Stream, pumped: Pumped) {
        let paused = self.is_paused();
        let Some(output) = slot(&mut self.stdout, &mut self.stderr, stream).as_mut() else { return };
        if output.has_read(pumped == Pumped::HungUp) && !paused {
            let _ = output.watch();
        }
    }

    /// Whatever the reason is, what the container has written is still in the pipe.
    fn has_failed(&mut self, stream: Stream, errno: Errno, reporter: &Reporter) {
        let Some(output) = slot(&mut self.stdout, &mut self.stderr, stream).as_mut() else { return };
        if output.has_failed() {
            let name = stream.name();
            self.warnings.warn(
                reporter,
                format_args!("cannot read the container's {name}: {}; trying again", describe(errno)),
            );
        }
    }

    /// When a stream that could not be read is retried.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        [&self.stdout, &self.stderr].into_iter().flatten().filter_map(Output::retry_at).min()
    }

    /// Waits again for the streams whose pause is over.
    pub(crate) fn retry(&mut self, now: Instant) {
        let paused = self.is_paused();
        for output in [&mut self.stdout, &mut self.stderr].into_iter().flatten() {
            if output.is_due(now) && !paused {
                let _ = output.watch();
            }
        }
    }

    /// When this stream is retried, if it could not be read.
    pub(crate) fn pause_of(&self, stream: Stream) -> Option<Instant> {
        self.output(stream).and_then(Output::retry_at)
    }

    /// Bytes of a stream that wait in the kernel.
    pub(crate) fn unread(&self, stream: Stream) -> u64 {
        self.output(stream).map_or(0, Output::unread)
    }

    /// Stops reading a stream and closes it.
    pub(crate) fn abandon(&mut self, stream: Stream) {
        *slot(&mut self.stdout, &mut self.stderr, stream) = None;
    }

    fn output(&self, stream: Stream) -> Option<&Output> {
        match stream {
            Stream::Stdout => self.stdout.as_ref(),
            Stream::Stderr => self.stderr.as_ref(),
        }
    }

    /// The output of both streams that was held back has been delivered by other means.
    pub(crate) fn forget_held(&mut self) {
        for output in [&mut self.stdout, &mut self.stderr].into_iter().flatten() {
            output.forget_held();
        }
    }

    /// Waits for both streams, but for those that could not be read a moment ago.
    ///
    /// # Errors
    /// When a stream cannot be waited for; it is tried again later.
    pub(crate) fn watch(&mut self) -> Result<(), Error> {
        self.pressure.end();
        let mut outcome = Ok(());
        for output in [&mut self.stdout, &mut self.stderr].into_iter().flatten() {
            outcome = outcome.and(output.watch());
        }
        outcome
    }

    fn is_paused(&self) -> bool {
        self.pressure.is_on()
    }

    /// Reads neither stream until the client that blocks them has caught up.
    pub(crate) fn pause(&mut self) {
        for output in [&mut self.stdout, &mut self.stderr].into_iter().flatten() {
            output.pause();
        }
        self.pressure.begin();
    }

    /// Bytes of each stream that have been read.
    pub(crate) fn taken(&self) -> &PerStream<u64> {
        &self.taken
    }

    /// How long the container was blocked.
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

    /// Releases memory of a busy time.
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

#[cfg(test)]
mod tests;
