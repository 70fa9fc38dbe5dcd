//! Where the container's output is kept: every driver that was asked for gets everything.

mod k8s;
mod loss;
mod record_file;
mod rotation;
mod timestamp;

use crate::error::{Error, Reason};
use crate::plan::{LogDriver, Logs as Plan};
use crate::report::Reporter;
use crate::stream::Stream;
use k8s::K8sFile;

/// All logs of a container.
pub(crate) struct Logs {
    drivers: Vec<Driver>,
    fsync: bool,
}

enum Driver {
    K8sFile(K8sFile),
}

impl Logs {
    /// Opens every log that was asked for.
    pub(crate) fn open(plan: Plan) -> Result<Self, Error> {
        let marker = plan.loss_marker;
        let drivers =
            plan.drivers.into_iter().map(|driver| Driver::open(driver, marker)).collect::<Result<_, _>>()?;
        Ok(Self { drivers, fsync: plan.fsync })
    }

    /// Logs text as it came from the container.
    pub(crate) fn write(&mut self, stream: Stream, text: &[u8], reporter: &Reporter) {
        for driver in &mut self.drivers {
            match driver {
                Driver::K8sFile(log) => log.write(stream, text, reporter),
            }
        }
    }

    /// The files may have been renamed: goes on at their paths.
    pub(crate) fn reopen(&mut self, reporter: &Reporter) {
        for driver in &mut self.drivers {
            match driver {
                Driver::K8sFile(log) => log.file().reopen(reporter),
            }
        }
    }

    /// Gives back the memory that busy times took.
    pub(crate) fn release(&mut self) {
        for driver in &mut self.drivers {
            match driver {
                Driver::K8sFile(log) => log.file().release(),
            }
        }
    }

    /// Brings the logs to the disk, if that was not forbidden, and closes them.
    pub(crate) fn finish(mut self, reporter: &Reporter) {
        for driver in &mut self.drivers {
            let synced = match driver {
                Driver::K8sFile(log) if self.fsync => log.file().sync(),
                Driver::K8sFile(_) => Ok(()),
            };
            if let Err(error) = synced {
                reporter.warn(format_args!("cannot bring the log file to the disk: {}", Reason(&error)));
            }
        }
    }
}

impl Driver {
    fn open(plan: LogDriver, loss_marker: bool) -> Result<Self, Error> {
        match plan {
            LogDriver::K8sFile(file) => Ok(Self::K8sFile(K8sFile::open(file, loss_marker)?)),
            LogDriver::JsonFile(_) => Err(Error::invalid("open the log", "json-file is not supported yet")),
            LogDriver::Journald(_) => Err(Error::invalid("open the log", "journald is not supported yet")),
        }
    }
}
