//! Where the container's output is kept: every driver that was asked for gets everything.

mod compress;
mod events;
mod journald;
mod json_file;
mod k8s;
mod kept;
mod lines;
mod loss;
mod newlines;
mod record_file;
mod rotation;
#[cfg(test)]
mod scratch;
mod timestamp;
mod volume;

use std::io;
use std::path::Path;
use std::time::Instant;

use crate::error::{Error, Reason};
use crate::plan::{LogDriver, Logs as Plan};
use crate::poll::Poll;
use crate::report::Reporter;
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

/// What holds for every log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// Tell in the log how much was lost, when it works again.
    loss_marker: bool,
    background: Background,
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
    pub(crate) fn open(plan: Plan, background: Background) -> Result<Self, Error> {
        let setting = Setting { loss_marker: plan.loss_marker, background };
        let drivers =
            plan.drivers.into_iter().map(|driver| Driver::open(driver, setting)).collect::<Result<_, _>>()?;
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
                Driver::K8sFile(log) => log.lose_unread(stream, bytes, error),
                Driver::JsonFile(log) => log.lose_unread(stream, bytes, error),
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

    /// Whether journald must be waited for before more is read.
    pub(crate) fn is_congested(&self) -> bool {
        self.unsent_since().is_some()
    }

    /// When journald last took something of what waits for it; `None` when nothing waits.
    pub(crate) fn unsent_since(&self) -> Option<Instant> {
        self.drivers.iter().filter_map(Driver::journald).find_map(Journald::unsent_since)
    }

    /// When journald, if it is waited for, will have stalled.
    pub(crate) fn stall_deadline(&self) -> Option<Instant> {
        self.drivers.iter().filter_map(Driver::journald).find_map(Journald::stall_deadline)
    }

    /// Waits for journald, or does not any more.
    pub(crate) fn watch(&mut self, poll: &Poll) {
        self.drivers.iter_mut().filter_map(Driver::journald_mut).for_each(|log| log.watch(poll));
    }

    /// The same, at another place than before.
    pub(crate) fn move_to(&mut self, poll: &Poll) {
        self.drivers.iter_mut().filter_map(Driver::journald_mut).for_each(|log| log.move_to(poll));
    }

    /// journald may take more now.
    pub(crate) fn go_on(&mut self, reporter: &Reporter) {
        self.drivers.iter_mut().filter_map(Driver::journald_mut).for_each(|log| log.go_on(reporter));
    }

    /// Holds up the container for a journald that takes nothing no longer.
    pub(crate) fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        self.drivers
            .iter_mut()
            .filter_map(Driver::journald_mut)
            .for_each(|log| log.drop_stalled(now, reporter));
    }

    /// The files may have been renamed: goes on at their paths.
    pub(crate) fn reopen(&mut self, reporter: &Reporter) {
        self.drivers.iter_mut().filter_map(Driver::file).for_each(|file| file.reopen(reporter));
    }

    /// What became of the output, a log at a time.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &PerStream<Account>> {
        self.drivers.iter().map(|driver| match driver {
            Driver::K8sFile(log) => log.accounts(),
            Driver::JsonFile(log) => log.accounts(),
            Driver::Journald(log) => log.accounts(),
        })
    }

    /// What has happened to the files, over all of them.
    pub(crate) fn events(&self) -> Events {
        let files = self.drivers.iter().filter_map(|driver| match driver {
            Driver::K8sFile(log) => Some(log.events()),
            Driver::JsonFile(log) => Some(log.events()),
            Driver::Journald(_) => None,
        });
        files.fold(Events::default(), Events::plus)
    }

    /// Bytes that wait for journald.
    pub(crate) fn queued(&self) -> u64 {
        self.drivers.iter().filter_map(Driver::journald).map(Journald::queued).sum()
    }

    /// Gives back the memory that busy times took.
    pub(crate) fn release(&mut self) {
        for driver in &mut self.drivers {
            match driver {
                Driver::K8sFile(log) => log.file().release(),
                Driver::JsonFile(log) => log.release(),
                Driver::Journald(log) => log.release(),
            }
        }
    }

    /// The last attempt for what waits for journald: nothing is waited for any more.
    pub(crate) fn conclude(&mut self, reporter: &Reporter) {
        self.drivers.iter_mut().filter_map(Driver::journald_mut).for_each(|log| log.conclude(reporter));
    }

    /// Brings the log files to the disk, if that was not forbidden, and closes them; a journal is written on.
    pub(crate) fn close_files(&mut self, reporter: &Reporter) {
        for mut file in self.drivers.extract_if(.., |driver| driver.file().is_some()) {
            let Some(file) = file.file().filter(|_| self.fsync) else { continue };
            if let Err(error) = file.sync() {
                reporter.warn(format_args!("cannot bring the log file to the disk: {}", Reason(&error)));
            }
        }
    }
}

impl Driver {
    fn open(plan: LogDriver, setting: Setting) -> Result<Self, Error> {
        Ok(match plan {
            LogDriver::K8sFile(file) => Self::K8sFile(K8sFile::open(file, setting)?),
            LogDriver::JsonFile(file) => Self::JsonFile(JsonFile::open(file, setting)?),
            LogDriver::Journald(log) => Self::Journald(Journald::new(&log, Path::new(JOURNAL), setting)),
        })
    }

    fn file(&mut self) -> Option<&mut RecordFile> {
        match self {
            Self::K8sFile(log) => Some(log.file()),
            Self::JsonFile(log) => Some(log.file()),
            Self::Journald(_) => None,
        }
    }

    fn journald(&self) -> Option<&Journald> {
        match self {
            Self::Journald(log) => Some(log),
            Self::K8sFile(_) | Self::JsonFile(_) => None,
        }
    }

    fn journald_mut(&mut self) -> Option<&mut Journald> {
        match self {
            Self::Journald(log) => Some(log),
            Self::K8sFile(_) | Self::JsonFile(_) => None,
        }
    }
}
