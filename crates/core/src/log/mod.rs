//! The container's logs. Every driver of the plan logs the whole output.

mod batch;
mod compress;
mod driver;
mod events;
pub(crate) mod formats;
mod journald;
mod ledger;
mod lines;
mod loss;
mod newlines;
mod open;
mod record_file;
mod record_queue;
mod regular_file;
mod rotated_files;
mod rotation;
#[cfg(test)]
pub(crate) mod scratch;
mod special_file;
mod target;
mod timestamp;
mod volume;

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    pub(crate) use super::journald::fuzzing::journal_record;
}

use std::io;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::consumer::{Consumer, Patience};
use crate::diagnostics::report::Reporter;
use crate::error::{Error, Reason};
use crate::guardian::Unlogged;
use crate::handover::Descriptors;
use crate::plan::{LogDriver, LogsPlan};
use crate::poll::Poll;
use crate::stream::{PerStream, Stream};
pub(crate) use compress::Background;
use driver::Driver;
pub(crate) use driver::DriverState;
use events::Events;
use journald::Journald;
pub(crate) use loss::Unread;
use record_file::RecordFile;
pub(crate) use volume::{Account, Volume};

/// Where journald listens (systemd's "Native Journal Protocol").
const JOURNAL: &str = "/run/systemd/journal/socket";

/// How long journald, or the reader of a FIFO, may block the container without reading.
const STALL: Duration = Duration::from_secs(1);

/// What all logs have in common.
#[derive(Clone)]
pub(crate) struct Setting {
    /// Whether to write a record about a loss when the log works again.
    loss_marker: bool,
    background: Background,
    poll: Rc<Poll>,
    /// The file could not be opened: that is tried again for each write, at most once a second.
    opens_later: bool,
}

impl Setting {
    fn new(plan: &LogsPlan, background: Background, poll: &Rc<Poll>) -> Self {
        Self { loss_marker: plan.loss_marker, background, poll: Rc::clone(poll), opens_later: false }
    }
}

/// All logs of a container.
pub(crate) struct Logs {
    drivers: Vec<Box<dyn Driver>>,
    fsync: bool,
}

impl Logs {
    /// Opens every log that was asked for.
    pub(crate) fn open(plan: &LogsPlan, background: Background, poll: &Rc<Poll>) -> Result<Self, Error> {
        let setting = Setting::new(plan, background, poll);
        let drivers = plan.drivers.iter().map(|driver| Self::open_driver(driver, &setting));
        Ok(Self { drivers: drivers.collect::<Result<_, _>>()?, fsync: plan.fsync })
    }

    /// The same for a container that runs already: what cannot be opened is opened later.
    pub(crate) fn open_or_retry(
        plan: &LogsPlan,
        background: Background,
        poll: &Rc<Poll>,
        reporter: &Reporter,
    ) -> Result<Self, Error> {
        let setting = Setting::new(plan, background, poll);
        let drivers = plan.drivers.iter().map(|driver| {
            Self::open_driver(driver, &setting).or_else(|error| {
                reporter.warn(format_args!("{error}; retrying"));
                Self::open_driver(driver, &Setting { opens_later: true, ..setting.clone() })
            })
        });
        Ok(Self { drivers: drivers.collect::<Result<_, _>>()?, fsync: plan.fsync })
    }

    fn open_driver(plan: &LogDriver, setting: &Setting) -> Result<Box<dyn Driver>, Error> {
        Ok(match plan {
            LogDriver::File(file) => file.format.open(file, setting)?,
            LogDriver::Journald(log) => Box::new(Journald::new(log, Path::new(JOURNAL), setting)),
        })
    }

    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> Vec<DriverState> {
        self.drivers.iter().map(|driver| driver.state(descriptors)).collect()
    }

    /// Whether the states are those of a plan's logs.
    pub(crate) fn are_of(states: &[DriverState], plan: &LogsPlan) -> bool {
        let fits = |(state, driver): (&DriverState, &LogDriver)| match (state, driver) {
            (DriverState::File(_), LogDriver::File(_))
            | (DriverState::Journald(_), LogDriver::Journald(_)) => true,
            (DriverState::File(_) | DriverState::Journald(_), _) => false,
        };
        states.len() == plan.drivers.len() && states.iter().zip(&plan.drivers).all(fits)
    }

    /// Continues with what was handed over: the logs of the plan, in its order. `None` if the plan has others.
    pub(crate) fn from_state(
        state: Vec<DriverState>,
        plan: &LogsPlan,
        background: Background,
        poll: &Rc<Poll>,
    ) -> Option<Self> {
        if state.len() != plan.drivers.len() {
            return None;
        }
        let setting = Setting::new(plan, background, poll);
        let drivers = plan.drivers.iter().zip(state);
        let drivers = drivers.map(|(driver, state)| Self::driver_from_state(driver, state, &setting));
        Some(Self { drivers: drivers.collect::<Option<_>>()?, fsync: plan.fsync })
    }

    fn driver_from_state(plan: &LogDriver, state: DriverState, setting: &Setting) -> Option<Box<dyn Driver>> {
        match (plan, state) {
            (LogDriver::File(file), DriverState::File(state)) => file.format.restore(file, state, setting),
            (LogDriver::Journald(log), DriverState::Journald(state)) => {
                Some(Box::new(Journald::from_state(state, log, Path::new(JOURNAL), setting)))
            }
            (LogDriver::File(_) | LogDriver::Journald(_), _) => None,
        }
    }

    /// Logs text as it was read from the container.
    pub(crate) fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter) {
        for driver in &mut self.drivers {
            driver.write(stream, text, reporter);
        }
    }

    /// Counts output that the container has written and that could not be read.
    pub(crate) fn lose_unread(&mut self, stream: Stream, unread: Unread, error: &io::Error) {
        for driver in &mut self.drivers {
            driver.lose_unread(stream, unread, error);
        }
    }

    /// Counts what another process had read and not logged. What its logs held was of either stream, and counts as stderr.
    pub(crate) fn lose_unlogged(&mut self, unlogged: &Unlogged, error: &io::Error) {
        for (driver, held) in self.drivers.iter_mut().zip(&unlogged.held) {
            let [stdout, stderr] =
                [Stream::Stdout, Stream::Stderr].map(|stream| *unlogged.streams.get(stream));
            for (stream, bytes) in [(Stream::Stdout, stdout), (Stream::Stderr, stderr + held)] {
                if bytes > 0 {
                    driver.lose_unread(stream, Unread::AtMost(bytes), error);
                }
            }
        }
    }

    /// Reports in each log what it lacks, without waiting for more output.
    pub(crate) fn report_losses(&mut self, reporter: &Reporter) {
        for driver in &mut self.drivers {
            driver.report_loss(reporter);
        }
    }

    /// Logs lines that were kept because they were incomplete: the output has ended.
    pub(crate) fn end_of_output(&mut self, reporter: &Reporter) {
        for driver in &mut self.drivers {
            driver.end_of_output(reporter);
        }
    }

    /// There may be room in a log again.
    pub(crate) fn resume(&mut self, reporter: &Reporter) {
        for driver in &mut self.drivers {
            driver.resume(reporter);
        }
    }

    /// The files may have been renamed: continues at their paths.
    pub(crate) fn reopen(&mut self, reporter: &Reporter) {
        for file in self.drivers.iter_mut().filter_map(|driver| driver.file_mut()) {
            file.reopen(reporter);
        }
    }

    /// How much of the output each log has logged, lost and withheld.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &PerStream<Account>> {
        self.drivers.iter().map(|driver| driver.accounts())
    }

    /// Whether a path names a descriptor of this process.
    pub(crate) fn has_inherited(&self) -> bool {
        self.drivers.iter().filter_map(|driver| driver.file()).any(RecordFile::is_inherited)
    }

    /// What has happened to the files, over all of them.
    pub(crate) fn events(&self) -> Events {
        let files = self.drivers.iter().filter_map(|driver| driver.file());
        files.map(RecordFile::events).fold(Events::default(), Events::plus)
    }

    /// Bytes that are pending for the readers of all logs.
    pub(crate) fn queued(&self) -> u64 {
        self.drivers.iter().map(|driver| driver.queued()).sum()
    }

    /// Bytes of output that each log holds in memory only: those pending for its reader, and incomplete lines.
    pub(crate) fn held(&self) -> impl Iterator<Item = u64> {
        self.drivers.iter().map(|driver| driver.queued() + driver.unfinished())
    }

    /// Tries for the last time to write what is pending, and to report losses.
    pub(crate) fn conclude(&mut self, reporter: &Reporter) {
        self.resume(reporter);
        self.end_of_output(reporter);
        for driver in &mut self.drivers {
            driver.conclude(reporter);
        }
    }

    /// Syncs the log files, if the plan says so, and closes them. Other logs stay open.
    pub(crate) fn close_files(&mut self, reporter: &Reporter) {
        let is_file = |driver: &mut Box<dyn Driver>| driver.file().is_some_and(RecordFile::is_regular);
        for driver in self.drivers.extract_if(.., is_file) {
            let Some(file) = driver.file().filter(|_| self.fsync) else { continue };
            if let Err(error) = file.sync() {
                reporter.warn(format_args!("cannot sync the log file: {}", Reason(&error)));
            }
        }
    }
}

impl Logs {
    /// Readers of a log look at it when the exit is reported, so a slow journald is waited for.
    const PATIENCE: Patience = Patience { idle: Duration::from_millis(700), total: Duration::from_secs(10) };
}

impl Consumer for Logs {
    fn patience(&self) -> Patience {
        Self::PATIENCE
    }

    fn is_congested(&self) -> bool {
        self.drivers.iter().any(|driver| driver.unsent_since().is_some())
    }

    fn stall_deadline(&self) -> Option<Instant> {
        self.drivers.iter().filter_map(|driver| driver.stall_deadline()).min()
    }

    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        for driver in &mut self.drivers {
            driver.drop_stalled(now, reporter);
        }
    }

    fn unsent_since(&mut self) -> Option<Instant> {
        self.drivers.iter().filter_map(|driver| driver.unsent_since()).max()
    }

    fn retry_at(&self) -> Option<Instant> {
        None
    }

    fn retry(&mut self, _: Instant, _: &Reporter) {}

    fn release(&mut self) {
        for driver in &mut self.drivers {
            driver.release();
        }
    }
}
