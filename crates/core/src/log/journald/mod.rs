//! The journal: one record for each line, sent to journald without libsystemd.
//!
//! A line is assembled across reads, up to [`MAX_TEXT`] bytes; a longer line, or one without a newline at the end, is sent in parts that
//! are marked. MESSAGE keeps the newline, as with C conmon and as Podman's reader expects.
//!
//! journald may be slower than the container: records for which its socket has no room are queued, and the container's output is not read
//! meanwhile. A journald that reads nothing for [`STALL`] is not waited for until it reads again. Lost records are counted, and reported
//! in the journal when it works again. A journald that does not run is not waited for.

mod queue;
mod record;
mod socket;

use std::io;
use std::path::Path;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::Setting;
use super::driver::{Driver, DriverState};
use super::lines::{Cut, Lines, LinesState, Piece, restore_lines, unfinished};
use super::loss::{Loss, Unread};
use super::volume::{Account, Volume};
use crate::diagnostics::report::Reporter;
use crate::diagnostics::warnings::Warnings;
use crate::error::Reason;
use crate::handover::{Blob, Descriptors, Moment};
use crate::plan::JournaldLog;
use crate::stream::{PerStream, Stream};
use queue::Queue;
use record::{RecordBuilder, prefixed, usual_priority};
use socket::{Sent, Socket};

/// C conmon's buffer for a line.
const MAX_TEXT: usize = 8192;

/// The content of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Message<'a> {
    stream: Stream,
    priority: u8,
    part: bool,
    text: &'a [u8],
}

impl Message<'_> {
    fn volume(&self) -> Volume {
        Volume::new(self.text.len(), u64::from(!self.part))
    }
}

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    use super::{JournaldLog, Message, RecordBuilder, Stream};
    use crate::plan::Bytes;

    pub(crate) fn journal_record(
        fields: Vec<(Bytes, Bytes)>,
        text: &[u8],
        priority: u8,
        part: bool,
    ) -> Vec<u8> {
        let mut builder = RecordBuilder::new(&JournaldLog { fields, partial_message: true });
        builder.make(Message { stream: Stream::Stdout, priority, part, text }).to_vec()
    }
}

/// A log in the journal.
pub(crate) struct Journald {
    lines: PerStream<Lines>,
    /// The priority of the line that is being assembled.
    priority: PerStream<u8>,
    sender: Sender,
}

/// A [`Journald`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournaldState {
    lines: PerStream<LinesState>,
    priority: PerStream<u8>,
    queue: Blob,
    progress: Moment,
    stalled: bool,
    loss: Option<Loss>,
    warned: bool,
    accounts: PerStream<Account>,
}

impl Journald {
    /// Continues with what was handed over.
    pub(crate) fn from_state(
        state: JournaldState,
        plan: &JournaldLog,
        path: &Path,
        setting: &Setting,
    ) -> Self {
        let mut log = Self::new(plan, path, setting);
        restore_lines(&mut log.lines, state.lines);
        let JournaldState { priority, queue, progress, stalled, loss, warned, accounts, .. } = state;
        log.priority = priority;
        log.sender = Sender {
            queue: Queue::from_state(queue),
            progress: progress.0,
            stalled,
            loss,
            warned,
            accounts,
            ..log.sender
        };
        log
    }

    /// A log at the journald that listens at `path`, now or later.
    pub(crate) fn new(plan: &JournaldLog, path: &Path, setting: &Setting) -> Self {
        Self {
            lines: PerStream::new(|| Lines::new(MAX_TEXT, Cut::Anywhere)),
            priority: PerStream::default(),
            sender: Sender {
                socket: Socket::new(path, &setting.poll),
                builder: RecordBuilder::new(plan),
                queue: Queue::default(),
                progress: Instant::now(),
                stalled: false,
                loss: None,
                loss_marker: setting.loss_marker,
                warnings: Warnings::default(),
                warned: false,
                accounts: PerStream::default(),
            },
        }
    }
}

impl Driver for Journald {
    /// Logs text as it was read.
    fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter) {
        let Self { lines, priority, sender, .. } = self;
        let priority = priority.get_mut(stream);
        lines.get_mut(stream).feed(text, &mut |piece| sender.log(stream, piece, priority, reporter));
        sender.watch();
    }

    /// There will be no more output: what has no newline is sent as it is.
    fn end_of_output(&mut self, reporter: &Reporter) {
        let Self { lines, priority, sender, .. } = self;
        for stream in [Stream::Stdout, Stream::Stderr] {
            let priority = priority.get_mut(stream);
            lines.get_mut(stream).finish(&mut |piece| sender.log(stream, piece, priority, reporter));
        }
        sender.watch();
    }

    /// Counts output that could not be read.
    fn lose_unread(&mut self, stream: Stream, unread: Unread, error: &io::Error) {
        self.sender.accounts.get_mut(stream).lose_unread(unread.bytes());
        self.sender.loss.get_or_insert_with(|| Loss::new(error)).add_unread(unread);
    }

    fn report_loss(&mut self, reporter: &Reporter) {
        self.sender.report_loss(reporter);
    }

    fn accounts(&self) -> &PerStream<Account> {
        &self.sender.accounts
    }

    /// Releases the memory that is no longer needed.
    fn release(&mut self) {
        self.sender.builder.release();
    }

    fn unsent_since(&self) -> Option<Instant> {
        (!self.sender.queue.is_empty()).then_some(self.sender.progress)
    }

    fn queued(&self) -> u64 {
        self.sender.queue.len()
    }

    fn unfinished(&self) -> u64 {
        unfinished(&self.lines)
    }

    fn resume(&mut self, reporter: &Reporter) {
        self.sender.empty_queue(reporter);
        self.sender.watch();
    }

    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        if self.stall_deadline().is_some_and(|deadline| deadline <= now) {
            self.sender.stall(reporter);
            self.sender.watch();
        }
    }

    /// Without the connection, which the next executable makes again.
    fn state(&self, _: &mut Descriptors) -> DriverState {
        let Self { lines, priority, sender } = self;
        DriverState::Journald(JournaldState {
            lines: lines.map(Lines::state),
            priority: priority.clone(),
            queue: sender.queue.state(),
            progress: Moment(sender.progress),
            stalled: sender.stalled,
            loss: sender.loss.clone(),
            warned: sender.warned,
            accounts: sender.accounts.clone(),
        })
    }

    fn conclude(&mut self, reporter: &Reporter) {
        self.sender.empty_queue(reporter);
        self.sender.stall(reporter);
        self.sender.report_loss(reporter);
        self.sender.watch();
    }
}

/// The connection to journald, the messages that wait for it, and those that were lost.
struct Sender {
    socket: Socket,
    builder: RecordBuilder,
    queue: Queue,
    /// When journald last read something, or the first message was queued.
    progress: Instant,
    /// Whether it has read nothing for [`STALL`](super::STALL): it is not waited for until it reads again.
    stalled: bool,
    loss: Option<Loss>,
    loss_marker: bool,
    warnings: Warnings,
    /// Whether there was a warning about the present loss.
    warned: bool,
    accounts: PerStream<Account>,
}

impl Sender {
    fn log(&mut self, stream: Stream, piece: Piece<'_>, priority: &mut u8, reporter: &Reporter) {
        let part = piece.is_part();
        let mut text = piece.text;
        if piece.begins {
            (*priority, text) = prefixed(text).unwrap_or((usual_priority(stream), text));
        }
        let message = Message { stream, priority: *priority, part, text };
        self.accounts.get_mut(stream).given += message.volume();
        self.submit(message, reporter);
    }

    fn submit(&mut self, message: Message<'_>, reporter: &Reporter) {
        if !self.queue.is_empty() {
            return self.queue.push(message);
        }
        if !self.report_loss(reporter) {
            return self.count(message);
        }
        match self.socket.send(self.builder.make(message)) {
            Ok(Sent::Yes) => self.stalled = false,
            Ok(Sent::Blocked) if !self.stalled => {
                self.progress = Instant::now();
                self.queue.push(message);
            }
            Ok(Sent::Blocked) => self.lose(message, &timed_out(), reporter),
            Err(error) => self.lose(message, &error, reporter),
        }
    }

    /// Watches whether journald has room, while messages are queued.
    fn watch(&mut self) {
        self.socket.watch(!self.queue.is_empty());
    }

    fn empty_queue(&mut self, reporter: &Reporter) {
        while let Some(message) = self.queue.front() {
            match self.socket.send(self.builder.make(message)) {
                Ok(Sent::Yes) => {
                    self.progress = Instant::now();
                    self.queue.drop_front();
                }
                Ok(Sent::Blocked) => return,
                Err(error) => self.lose_queue(&error, reporter),
            }
        }
    }

    fn stall(&mut self, reporter: &Reporter) {
        if !self.queue.is_empty() {
            self.stalled = true;
            self.lose_queue(&timed_out(), reporter);
        }
    }

    fn lose_queue(&mut self, error: &io::Error, reporter: &Reporter) {
        let mut queue = std::mem::take(&mut self.queue);
        while let Some(message) = queue.front() {
            self.lose(message, error, reporter);
            queue.drop_front();
        }
    }

    fn lose(&mut self, message: Message<'_>, error: &io::Error, reporter: &Reporter) {
        if self.loss.is_none() {
            self.warned = self.warnings.warn(
                reporter,
                format_args!(
                    "cannot write to the journal: {}; output is lost until that works again",
                    Reason(error)
                ),
            );
            self.loss = Some(Loss::new(error));
        }
        self.count(message);
    }

    fn count(&mut self, message: Message<'_>) {
        let volume = message.volume();
        self.accounts.get_mut(message.stream).lost += volume;
        if let Some(loss) = &mut self.loss {
            loss.add(volume.bytes);
        }
    }

    /// Records a loss in the journal, if there was one. Returns false if that record cannot be sent either.
    fn report_loss(&mut self, reporter: &Reporter) -> bool {
        let Some(loss) = &self.loss else { return true };
        // Without markers, the next record shows whether the journal works again.
        if !self.loss_marker {
            self.loss = None;
            return true;
        }
        let lost = loss.to_string();
        let text = format!("conmon: {lost}\n");
        let stream = Stream::Stderr;
        let message =
            Message { stream, priority: usual_priority(stream), part: false, text: text.as_bytes() };
        if !matches!(self.socket.send(self.builder.make(message)), Ok(Sent::Yes)) {
            return false;
        }
        (self.loss, self.stalled) = (None, false);
        if self.warned {
            reporter.warn(format_args!("the journal works again: {lost}"));
        }
        true
    }
}

fn timed_out() -> io::Error {
    io::Error::from_raw_os_error(libc::ETIMEDOUT)
}

#[cfg(test)]
mod tests;
