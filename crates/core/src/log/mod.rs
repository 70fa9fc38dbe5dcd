//! Where the container's output is kept: every driver that was asked for gets everything.

mod backlog;
mod compress;
mod events;
mod feed;
mod journald;
mod json_file;
mod k8s;
mod kept;
mod ledger;
mod lines;
mod loss;
mod newlines;
mod open;
mod record_file;
mod regular_file;
mod rotation;
#[cfg(test)]
mod scratch;
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

use crate::diagnostics::report::Reporter;
use crate::error::{Error, Reason};
use crate::plan::{LogDriver, LogsPlan};
use crate::poll::Poll;
use crate::stream::{PerStream, Stream};
pub(crate) use compress::Background;
use events::Events;
use journald::Journald;
use json_file::JsonFile;
use k8s::K8sFile;
use record_file::RecordFile;
pub(crate) use volume::{Account, Volume};

/// Where journald listens (systemd's "Native Journal Protocol").
const JOURNAL: &str = "/run/systemd/journal/socket";

/// How long a journald, or a reader of a log that is a FIFO, may take nothing and hold up the container.
const STALL: Duration = Duration::from_secs(1);

/// What holds for every log.
#[derive(Clone)]
pub(crate) struct Setting {
    /// Tell in the log how much was lost, when it works again.
    loss_marker: bool,
    background: Background,
    poll: Rc<Poll>,
}

/// All logs of a container.
pub(crate) struct Logs {
    drivers: Vec<Driver>,
    fsync: bool,
}

enum Driver {
    K8sFile(K8sFile),
    JsonFile(JsonFile),
    Journald(Journald),
}

impl Logs {
    /// Opens every log that was asked for.
    pub(crate) fn open(plan: LogsPlan, background: Background, poll: &Rc<Poll>) -> Result<Self, Error> {
        let setting = Setting { loss_marker: plan.loss_marker, background, poll: Rc::clone(poll) };
        let drivers = plan
            .drivers
            .into_iter()
            .map(|driver| Driver::open(driver, &setting))
            .collect::<Result<_, _>>()?;
        Ok(Self { drivers, fsync: plan.fsync })
    }

    /// Logs text as it came from the container.
    pub(crate) fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter) {
        for driver in &mut self.drivers {
            match driver {
                Driver::K8sFile(log) => log.write(stream, text, reporter),
                Driver::JsonFile(log) => log.write(stream, text, reporter),
                Driver::Journald(log) => log.write(stream, text, reporter),
            }
        }
    }

    /// Counts output that the container has written and that could not be read.
    pub(crate) fn lose_unread(&mut self, stream: Stream, bytes: u64, error: &io::Error) {
        for driver in &mut self.drivers {
            match driver {
                Driver::K8sFile(log) => log.file_mut().lose_unread(stream, bytes, error),
                Driver::JsonFile(log) => log.file_mut().lose_unread(stream, bytes, error),
                Driver::Journald(log) => log.lose_unread(stream, bytes, error),
            }
        }
    }

    /// No more will come: what was kept until its line is whole is logged as it is.
    pub(crate) fn end_of_output(&mut self, reporter: &Reporter) {
        for driver in &mut self.drivers {
            match driver {
                Driver::K8sFile(log) => log.end_of_output(reporter),
                Driver::JsonFile(log) => log.end_of_output(reporter),
                Driver::Journald(log) => log.end_of_output(reporter),
            }
        }
    }

    /// Whether a log must be waited for before more is read.
    pub(crate) fn is_congested(&self) -> bool {
        self.unsent_since().is_some()
    }

    /// When a log that is waited for last took something; `None` when nothing waits.
    pub(crate) fn unsent_since(&self) -> Option<Instant> {
        self.outlets().filter_map(Outlet::unsent_since).max()
    }

    /// When the first log that is waited for will have stalled.
    pub(crate) fn stall_deadline(&self) -> Option<Instant> {
        self.outlets().filter_map(Outlet::stall_deadline).min()
    }

    /// There may be room in a log again.
    pub(crate) fn go_on(&mut self, reporter: &Reporter) {
        self.outlets_mut().for_each(|log| log.go_on(reporter));
    }

    /// Waits no longer for a log that has taken nothing for [`STALL`].
    pub(crate) fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        self.outlets_mut().for_each(|log| log.drop_stalled(now, reporter));
    }

    /// The files may have been renamed: continues at their paths.
    pub(crate) fn reopen(&mut self, reporter: &Reporter) {
        self.drivers.iter_mut().filter_map(Driver::file_mut).for_each(|file| file.reopen(reporter));
    }

    /// What became of the output, a log at a time.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &PerStream<Account>> {
        self.drivers.iter().map(|driver| match driver {
            Driver::K8sFile(log) => log.file().accounts(),
            Driver::JsonFile(log) => log.file().accounts(),
            Driver::Journald(log) => log.accounts(),
        })
    }

    /// What has happened to the files, over all of them.
    pub(crate) fn events(&self) -> Events {
        let files = self.drivers.iter().filter_map(Driver::file).map(RecordFile::events);
        files.fold(Events::default(), Events::plus)
    }

    /// Bytes that wait for a log.
    pub(crate) fn queued(&self) -> u64 {
        self.outlets().map(Outlet::queued).sum()
    }

    /// Gives back the memory that busy times took.
    pub(crate) fn release(&mut self) {
        for driver in &mut self.drivers {
            match driver {
                Driver::K8sFile(log) => log.file_mut().release(),
                Driver::JsonFile(log) => log.release(),
                Driver::Journald(log) => log.release(),
            }
        }
    }

    /// The last attempt for what waits, and for what is lost to be told: nothing is waited for any more.
    pub(crate) fn conclude(&mut self, reporter: &Reporter) {
        self.go_on(reporter);
        self.end_of_output(reporter);
        self.outlets_mut().for_each(|log| log.conclude(reporter));
    }

    /// Brings the log files to the disk, if that was not forbidden, and closes them. Other logs are written on.
    pub(crate) fn close_files(&mut self, reporter: &Reporter) {
        let is_file = |driver: &mut Driver| driver.file().is_some_and(RecordFile::is_regular);
        for driver in self.drivers.extract_if(.., is_file) {
            let Some(file) = driver.file().filter(|_| self.fsync) else { continue };
            if let Err(error) = file.sync() {
                reporter.warn(format_args!("cannot bring the log file to the disk: {}", Reason(&error)));
            }
        }
    }

    fn outlets(&self) -> impl Iterator<Item = &dyn Outlet> {
        self.drivers.iter().map(Driver::outlet)
    }

    fn outlets_mut(&mut self) -> impl Iterator<Item = &mut dyn Outlet> {
        self.drivers.iter_mut().map(Driver::outlet_mut)
    }
}

/// A log whose other side may be slower than the container.
///
/// What it does not take now waits, and nothing more is read from the container meanwhile. When it has taken nothing for
/// [`STALL`], what waits is given up and counted, and the container does not wait for it any more until it takes
/// something again.
trait Outlet {
    /// When the other side last took something of what waits for it; `None` when nothing waits.
    fn unsent_since(&self) -> Option<Instant>;
    /// When it will have stalled, if it is waited for.
    fn stall_deadline(&self) -> Option<Instant>;
    /// Bytes that wait.
    fn queued(&self) -> u64;
    /// There may be room again.
    fn go_on(&mut self, reporter: &Reporter);
    /// Gives up what waits if nothing was taken for too long.
    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter);
    /// Nothing is waited for any more: the last attempt for what waits.
    fn conclude(&mut self, reporter: &Reporter);
}

impl Driver {
    fn open(plan: LogDriver, setting: &Setting) -> Result<Self, Error> {
        Ok(match plan {
            LogDriver::K8sFile(file) => Self::K8sFile(K8sFile::open(file, setting)?),
            LogDriver::JsonFile(file) => Self::JsonFile(JsonFile::open(file, setting)?),
            LogDriver::Journald(log) => Self::Journald(Journald::new(&log, Path::new(JOURNAL), setting)),
        })
    }

    fn file(&self) -> Option<&RecordFile> {
        match self {
            Self::K8sFile(log) => Some(log.file()),
            Self::JsonFile(log) => Some(log.file()),
            Self::Journald(_) => None,
        }
    }

    fn file_mut(&mut self) -> Option<&mut RecordFile> {
        match self {
            Self::K8sFile(log) => Some(log.file_mut()),
            Self::JsonFile(log) => Some(log.file_mut()),
            Self::Journald(_) => None,
        }
    }

    fn outlet(&self) -> &dyn Outlet {
        match self {
            Self::K8sFile(log) => log.file(),
            Self::JsonFile(log) => log.file(),
            Self::Journald(log) => log,
        }
    }

    fn outlet_mut(&mut self) -> &mut dyn Outlet {
        match self {
            Self::K8sFile(log) => log.file_mut(),
            Self::JsonFile(log) => log.file_mut(),
            Self::Journald(log) => log,
        }
    }
}
