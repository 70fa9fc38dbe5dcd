//! The report of a container's end, in the order that managers rely on.

use std::os::fd::RawFd;
use std::time::Duration;

use super::cleanup::Cleanup;
use super::flushing::ContainerEnd;
use super::{Components, Outcome, Session};
use crate::error::Reason;

/// How long a manager may take to read the last answer from a full pipe.
const PIPE_PATIENCE: Duration = Duration::from_secs(10);
/// Exit status of a monitor whose runtime created no container.
const NO_CONTAINER: i32 = 1;

impl Session {
    /// Reports the exit, runs the exit command and returns how the session ended.
    pub(super) fn report(self: Box<Self>, end: Result<ContainerEnd, String>) -> Outcome {
        // Dropped at the end, so that the counters can be read until then.
        let Self { mut components, pidfile, leaked_fds, counters: _counters, .. } = *self;
        components.report(end.as_ref().ok(), leaked_fds);
        let ended = end.as_ref().ok().copied();
        let outcome = Outcome {
            status: ended.map_or(NO_CONTAINER, |end| end.status),
            pid: ended.map(|end| end.pid.as_raw()),
            oom: components.ooms > 0,
            timed_out: ended.is_some_and(|end| end.timed_out),
            failure: end.err(),
        };
        Cleanup::new(components, pidfile, ended.map(|end| end.pid)).run();
        outcome
    }
}

impl Components {
    /// Reports how the container ended; `None` if there was none, which the manager knows already.
    fn report(&mut self, end: Option<&ContainerEnd>, leaked_fds: Vec<RawFd>) {
        // Frees a descriptor for the exit files: clients may have taken all others.
        self.signals = None;
        self.consumers.logs.end_of_output(&self.reporter);
        self.unshelve_descriptors();
        for number in leaked_fds {
            conmon_sys::fds::close(number);
        }
        if let Some(end) = end {
            self.write_exit_files(end.status);
            match end.timed_out {
                true => self.pipes.sync.timed_out(),
                false => self.pipes.sync.exited(end.status),
            }
        }
        // Clients are closed before the pipes: their managers read the exit files next, and the exit command may need a lock that they
        // hold until then.
        if let Some(notify) = self.notify.take()
            && let Err(error) = notify.relay().or_else(|_| notify.relay())
        {
            self.reporter.debug(format_args!("cannot read the notify socket: {}", Reason(&error)));
        }
        self.close_adoption();
        if let Some(attach) = &mut self.consumers.attach {
            attach.close_socket();
            attach.close_served_clients();
        }
        self.pipes.conclude(PIPE_PATIENCE, &self.reporter);
    }

    fn write_exit_files(&mut self, status: i32) {
        // Managers look for the OOM files when they see an exit file.
        if !self.files.are_complete() {
            self.files.retry(&self.reporter);
        }
        self.files.write_exit(&self.plan.exit.files, status, &self.reporter);
        if self.files.lack_descriptors() {
            (self.control, self.oom, self.terminal) = (None, None, None);
            self.files.retry(&self.reporter);
        }
    }
}
