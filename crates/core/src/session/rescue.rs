//! The session of a container whose monitor was killed; see [`crate::rescue`].

use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use conmon_sys::disposition::IgnoredSignals;
use conmon_sys::process::Ended;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Pid, getpid};

use super::running::Running;
use super::{Components, Host, InitialComponents, Lacking, Phase, Session};
use crate::container_io::stdio::Ends;
use crate::diagnostics::report::Reporter;
use crate::error::{Error, Reason, Step};
use crate::executable::MONITOR_PIDFILE_MODE;
use crate::files::{atomic_file, small_file};
use crate::guardian::Progress;
use crate::log::{Background, Unread};
use crate::manager::sync_pipe::ManagerPipes;
use crate::plan::Plan;
use crate::processes::oom_score::spare_this_process;
use crate::processes::pidfile::PidFile;
use crate::processes::runtime::InheritedState;
use crate::processes::signals::Signals;
use crate::rescue::{Identity, Pipes, RescueCall, RescueFile, inode};
use crate::stream::Stream;

/// More than an exit status has digits.
const LONGEST_STATUS: usize = 16;

/// A container that has lost its monitor, and what there is of the connection to it.
pub(super) struct Orphan {
    pub(super) container: Identity,
    /// Our ends of its pipes.
    pub(super) ends: Ends,
    pub(super) terminal: Option<OwnedFd>,
    /// What the manager has left open.
    pub(super) leaked_fds: Vec<RawFd>,
}

impl Session {
    /// A session for the container of a record, whose plan is that of the record's command line. In a process of its own with the
    /// environment and working directory of the record.
    ///
    /// # Errors
    /// Which step failed. The container is as it was.
    pub(crate) fn rescue(
        call: &RescueCall,
        mut plan: Box<Plan>,
        ignored: IgnoredSignals,
    ) -> Result<Box<Self>, Error> {
        let record = &call.record;
        let path = plan.rescue.clone();
        let path =
            path.as_ref().ok_or_else(|| Error::invalid("use the record", "it is not a container's"))?;
        call.check_path(path.as_path())?;
        // The manager's ends are gone, and these numbers are other descriptors now.
        (plan.sync_pipe.fd, plan.attach_pipe, plan.launch.start_pipe) = (None, None, None);
        umask(Mode::S_IWGRP | Mode::S_IWOTH);
        let ends = match record.container.runs() {
            true => {
                record.pipes.open(Pid::from_raw(record.container.pid)).step("open the container's pipes")?
            }
            false => Ends::default(),
        };
        let components = gather(plan, ignored)?;
        components.write_pidfile()?;
        let orphan = Orphan { container: record.container, ends, terminal: None, leaked_fds: Vec::new() };
        Self::monitor_again(orphan, components, Lacking::Refused)
    }

    /// A session for a container that runs, or has run, without a monitor.
    ///
    /// # Errors
    /// Which step failed. The container is as it was.
    pub(super) fn monitor_again(
        orphan: Orphan,
        mut components: Box<Components>,
        lacking: Lacking,
    ) -> Result<Box<Self>, Error> {
        let Orphan { container, ends, terminal, leaked_fds } = orphan;
        set_child_subreaper(true).step("become a child subreaper")?;
        components.set_up_around(ends, terminal.is_some(), lacking)?;
        if let Some(terminal) = terminal {
            components.adopt_terminal(terminal)?;
        }
        components.open_adoption();
        let running = Running::watch_again(container, &mut components);
        let pidfile = PidFile::before_runtime(components.plan.runtime.pidfile.as_path());
        let mut session = Self::new(components, pidfile, leaked_fds, Phase::Running(running));
        session.components.note_gap();
        session.publish_counters();
        if container.runs() {
            session.components.leave_rescue_file(Pid::from_raw(container.pid));
        } else {
            session.components.find_rescue_file(container);
        }
        Ok(session)
    }

    /// Does what is due for a container that may have ended meanwhile, in a process that has left its caller's streams.
    pub(crate) fn settle_after_rescue(&mut self, call: &RescueCall) {
        if call.record.container.runs() {
            self.container_may_have_ended();
        } else if let Phase::Running(running) = &self.phase {
            let reported = reported_status(&self.components.plan, call.left());
            let ended = reported.or_else(|| running.container.ended_elsewhere());
            self.container_ended(ended);
        }
        self.poll_processes_soon();
        self.components.confine_and_trim(false);
    }
}

fn gather(plan: Box<Plan>, ignored: IgnoredSignals) -> Result<Box<Components>, Error> {
    let reporter = Reporter::new(&plan.diagnostics, plan.cid.as_bytes());
    let opened = InitialComponents::new(&plan.logs, Background::Child)?;
    let oom_score = spare_this_process();
    let signals = Signals::block()?;
    let inherited = InheritedState { signals, ignored, oom_score, launcher: getpid() };
    let pipes = ManagerPipes::adopt(&plan)?;
    Ok(Components::new(Host::Standalone, plan, reporter, pipes, inherited, opened))
}

/// The status in an exit file, if the monitor that was killed had written it.
fn reported_status(plan: &Plan, record_left: (i64, i64)) -> Option<Ended> {
    plan.exit.files.iter().find_map(|path| status_in(path.as_path(), record_left))
}

fn status_in(path: &Path, record_left: (i64, i64)) -> Option<Ended> {
    let (file, metadata) = small_file::open_with_metadata(path).ok()?;
    // An older one is from another life of the container.
    if (metadata.mtime(), metadata.mtime_nsec()) < record_left {
        return None;
    }
    let text = small_file::read(file, LONGEST_STATUS).ok()?;
    std::str::from_utf8(&text).ok()?.trim().parse().ok().map(Ended::Exited)
}

impl Components {
    /// Leaves the record from which another monitor can be started.
    #[inline(never)]
    pub(super) fn leave_rescue_file(&mut self, container: Pid) {
        let Some(path) = &self.plan.rescue else { return };
        // Its guardian is the process that managers know.
        let monitor = self.guardian.as_ref().map_or_else(getpid, |guardian| guardian.pid());
        match RescueFile::leave(path.as_path(), monitor, container, self.container_pipes()) {
            Ok(file) => self.rescue_file = Some(file),
            Err(error) => self
                .reporter
                .warn(format_args!("cannot leave the record {path} for a rescue: {}", Reason(&error))),
        }
    }

    /// The record of an earlier monitor goes with the end of its container, too.
    fn find_rescue_file(&mut self, container: Identity) {
        let path = self.plan.rescue.as_ref();
        self.rescue_file = path.and_then(|path| RescueFile::find(path.as_path(), container));
    }

    /// Makes this process the one that managers know.
    pub(super) fn write_pidfile(&self) -> Result<(), Error> {
        let Some(path) = &self.plan.launch.pidfile else { return Ok(()) };
        let pid = getpid().to_string();
        let written = atomic_file::write(path.as_path(), MONITOR_PIDFILE_MODE, pid.as_bytes());
        written.step_at("write the conmon pidfile", path)
    }

    pub(super) fn remove_rescue_file(&mut self) {
        if let (Some(file), Some(path)) = (self.rescue_file.take(), &self.plan.rescue) {
            file.remove(path.as_path());
        }
    }

    fn container_pipes(&self) -> Pipes {
        let is_pipe = !self.plan.stdio.terminal;
        let [stdout, stderr] = [Stream::Stdout, Stream::Stderr].map(|stream| self.outputs.fd(stream));
        Pipes {
            stdin: self.stdin.fd().filter(|_| is_pipe).and_then(inode),
            stdout: stdout.filter(|_| is_pipe).and_then(inode),
            stderr: stderr.filter(|_| is_pipe).and_then(inode),
        }
    }

    /// The log shows that output may be missing here; nothing if it is known to be complete.
    fn note_gap(&mut self) {
        let reason = io::Error::other("the monitor was killed, and another one continues");
        let progress = self.guardian.as_ref().map(|guardian| guardian.progress());
        match progress.map(Progress::take_unlogged) {
            None => self.consumers.logs.lose_unread(Stream::Stderr, Unread::Unknown, &reason),
            Some(unlogged) => self.consumers.logs.lose_unlogged(&unlogged, &reason),
        }
        // Now: this monitor may be killed before it has anything else to log.
        self.consumers.logs.report_losses(&self.reporter);
    }
}
