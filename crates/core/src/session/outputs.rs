//! [`Outputs`]: the container's stdout and stderr, and when they are read.

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

/// Both outputs, and the buffer they share.
pub(crate) struct Outputs {
    /// `None` for a stream that the container does not have, or that has ended.
    open: PerStream<Option<Output>>,
    buffer: Pages,
    /// Whether the buffer, or those of the logs, may hold memory.
    warm: bool,
    bytes_read: PerStream<u64>,
    pressure: Pressure,
    warnings: Warnings,
}

/// [`Outputs`] as they are handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutputsState {
    stdout: Option<OutputState>,
    stderr: Option<OutputState>,
    #[serde(rename = "taken")]
    bytes_read: PerStream<u64>,
    pressure: Pressure,
}

impl Outputs {
    /// No outputs yet, and the buffer for both.
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            open: PerStream::default(),
            buffer: Pages::reserve(BUFFER).step("reserve the output buffer")?,
            warm: false,
            bytes_read: PerStream::default(),
            pressure: Pressure::default(),
            warnings: Warnings::default(),
        })
    }

    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> OutputsState {
        OutputsState {
            stdout: self.open.stdout.as_ref().map(|output| output.state(descriptors)),
            stderr: self.open.stderr.as_ref().map(|output| output.state(descriptors)),
            bytes_read: self.bytes_read.clone(),
            pressure: self.pressure.clone(),
        }
    }

    /// Continues with what was handed over. Nothing is watched yet.
    pub(crate) fn restore(&mut self, state: OutputsState, poll: &Rc<Poll>) {
        let resume = |output: Option<OutputState>, stream| Output::from_state(output?, stream, poll);
        self.open = PerStream {
            stdout: resume(state.stdout, Stream::Stdout),
            stderr: resume(state.stderr, Stream::Stderr),
        };
        (self.bytes_read, self.pressure) = (state.bytes_read, state.pressure);
    }

    /// Sets our ends of the container's pipes.
    pub(crate) fn connect(&mut self, outputs: PerStream<Option<Output>>) {
        self.open = outputs;
    }

    /// Sets the terminal, which is the only output except the runtime's stderr.
    pub(crate) fn set_terminal(&mut self, output: Output) {
        self.open.stdout = Some(output);
    }

    /// Our end of a stream.
    pub(crate) fn fd(&self, stream: Stream) -> Option<BorrowedFd<'_>> {
        self.open.get(stream).as_ref().map(AsFd::as_fd)
    }

    /// Reads a stream that is ready.
    pub(crate) fn pump(&mut self, stream: Stream, sink: &mut impl Sink, reporter: &Reporter) -> Pumped {
        self.warm = true;
        let another_is_large = self.open.values().flatten().any(Output::has_large_pipe);
        let Some(output) = self.open.get_mut(stream) else { return Pumped::Ended };
        let pumped = output.pump(&mut self.buffer, sink);
        *self.bytes_read.get_mut(stream) += std::mem::take(&mut output.bytes_read);
        output.adapt_pipe(!another_is_large);
        match pumped {
            Pumped::Dry | Pumped::More | Pumped::Stopped | Pumped::HungUp => self.note_read(stream, pumped),
            Pumped::Failed(errno) => self.note_failure(stream, errno, reporter),
            Pumped::Ended => self.abandon(stream),
        }
        pumped
    }

    /// Watches the stream as its new state requires.
    fn note_read(&mut self, stream: Stream, pumped: Pumped) {
        let paused = self.is_paused();
        let Some(output) = self.open.get_mut(stream) else { return };
        if output.note_read(pumped == Pumped::HungUp) && !paused {
            let _ = output.watch();
        }
    }

    /// Pauses the stream. The output is still in the pipe, whatever the reason was.
    fn note_failure(&mut self, stream: Stream, errno: Errno, reporter: &Reporter) {
        let Some(output) = self.open.get_mut(stream) else { return };
        if output.note_failure() {
            let name = stream.name();
            self.warnings.warn(
                reporter,
                format_args!("cannot read the container's {name}: {}; trying again", describe(errno)),
            );
        }
    }

    /// When a stream that could not be read is retried.
    pub(crate) fn retry_at(&self) -> Option<Instant> {
        self.open.values().flatten().filter_map(Output::retry_at).min()
    }

    /// Watches the streams again whose pause is over.
    pub(crate) fn retry(&mut self, now: Instant) {
        let paused = self.is_paused();
        for output in self.open.values_mut().flatten() {
            if output.is_due(now) && !paused {
                let _ = output.watch();
            }
        }
    }

    /// When this stream is retried, if it could not be read.
    pub(crate) fn pause_of(&self, stream: Stream) -> Option<Instant> {
        self.open.get(stream).as_ref().and_then(Output::retry_at)
    }

    /// Bytes of a stream that wait in the kernel.
    pub(crate) fn unread(&self, stream: Stream) -> u64 {
        self.open.get(stream).as_ref().map_or(0, Output::unread)
    }

    /// Stops reading a stream and closes it.
    pub(crate) fn abandon(&mut self, stream: Stream) {
        *self.open.get_mut(stream) = None;
    }

    /// Drops the partial lines of both streams, which have been delivered by other means.
    pub(crate) fn forget_held(&mut self) {
        for output in self.open.values_mut().flatten() {
            output.forget_held();
        }
    }

    /// Watches both streams, except those that are paused after a failure.
    ///
    /// # Errors
    /// If epoll_ctl(2) fails. The stream is retried.
    pub(crate) fn watch(&mut self) -> Result<(), Error> {
        self.pressure.end();
        let mut outcome = Ok(());
        for output in self.open.values_mut().flatten() {
            outcome = outcome.and(output.watch());
        }
        outcome
    }

    fn is_paused(&self) -> bool {
        self.pressure.is_on()
    }

    /// Stops watching both streams, until the consumer that blocks them has caught up.
    pub(crate) fn pause(&mut self) {
        for output in self.open.values_mut().flatten() {
            output.pause();
        }
        self.pressure.begin();
    }

    /// Bytes of each stream that have been read.
    pub(crate) fn bytes_read(&self) -> &PerStream<u64> {
        &self.bytes_read
    }

    /// How long the container was blocked.
    pub(crate) fn pressure(&self) -> &Pressure {
        &self.pressure
    }

    /// The buffer, for a packet of a client.
    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        self.warm = true;
        &mut self.buffer
    }

    pub(crate) fn is_warm(&self) -> bool {
        self.warm
    }

    /// Releases memory that an idle monitor does not need.
    pub(crate) fn cool_down(&mut self) {
        for output in self.open.values_mut().flatten() {
            output.cool_down();
        }
        self.buffer.release();
        self.warm = false;
    }
}

#[cfg(test)]
mod tests;
