//! The session of a monitor that has a guardian; see [`crate::guardian`].

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use conmon_sys::process::{self, Child, Ended, Waited, ended_child, is_child, reap};
use nix::sys::prctl::set_name;
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use nix::unistd::{Pid, getppid};
use serde::{Deserialize, Serialize};

use super::handover::InheritedFacts;
use super::rescue::Orphan;
use super::{Components, Host, InitialComponents, Lacking, Phase, Session};
use crate::backoff::in_a_row;
use crate::container_io::stdio::Ends;
use crate::diagnostics::report::Reporter;
use crate::error::{Error, Reason, Step};
use crate::guardian::{Progress, Shelf, ShelfNumbers};
use crate::handover::{Blob, Descriptors, patiently};
use crate::manager::sync_pipe::ManagerPipes;
use crate::plan::Plan;
use crate::poll::{Poll, Token};
use crate::processes::proc_stat::ProcStat;
use crate::processes::process::Process;
use crate::processes::runtime::InheritedState;
use crate::processes::signals::Signals;
use crate::rescue::Identity;
use crate::stream::Stream;

/// More are not kept for another monitor: a packet has at most 253 descriptors (`SCM_MAX_FD`).
const MOST_LEAKED: usize = 200;
/// How long a guardian may take to see that the container has ended.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(2);

/// The state of a session on the [`Shelf`]: what a next monitor cannot find out. Fields are only added, because a guardian may
/// start an older executable than that of its monitor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shelved {
    /// Name of the process (`PR_SET_NAME`).
    name: Blob,
    pid: i32,
    /// In clock ticks after the start of the system.
    started: u64,
    inherited: InheritedFacts,
    /// What the descriptors are.
    ends: Vec<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum End {
    Stdin,
    Stdout,
    Stderr,
    Terminal,
    /// Inherited from the manager, and kept open for it.
    Inherited,
}

/// What a monitor knows of its guardian.
pub(crate) struct Guardian {
    shelf: Shelf,
    progress: Progress,
    process: Process,
    /// Of the state on the shelf.
    container: Option<Identity>,
    /// Whether our end of the container's stdin is on the shelf, where it is to be as long as we have it.
    shelves_stdin: bool,
    /// Descriptors of the session that the manager has left open; none once they are closed.
    leaked_fds: Vec<RawFd>,
    /// The container is its child, so that it reports how that ends: an earlier monitor was killed.
    is_parent: bool,
}

/// A [`Guardian`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GuardianState {
    shelf: ShelfNumbers,
    pid: i32,
    /// Pid and start.
    container: Option<(i32, u64)>,
    shelves_stdin: bool,
    leaked_fds: Vec<RawFd>,
}

impl Shelved {
    /// The last state, with copies of its descriptors; `None` if there was none yet.
    fn take(shelf: &Shelf) -> io::Result<Option<(Self, Vec<OwnedFd>)>> {
        let Some((state, descriptors)) = shelf.state()? else { return Ok(None) };
        Ok(Some((serde_json::from_slice(&state).map_err(io::Error::other)?, descriptors)))
    }

    /// The last state; `None` if there was none yet.
    pub(crate) fn of(shelf: &Shelf) -> io::Result<Option<Self>> {
        Ok(Self::take(shelf)?.map(|(shelved, _)| shelved))
    }

    /// The container's pid, for the guardian.
    pub(crate) fn container_of(shelf: &Shelf) -> Option<Pid> {
        let shelved: Self = serde_json::from_slice(&shelf.first_state()?).ok()?;
        Some(Pid::from_raw(shelved.pid))
    }

    pub(crate) fn into_inherited(self) -> InheritedState {
        self.inherited.into_state()
    }
}

impl Guardian {
    /// The process with this pid, which has forked this one.
    pub(crate) fn new(
        pid: Pid,
        shelf: Shelf,
        progress: Progress,
        leaked_fds: &[RawFd],
        poll: &Rc<Poll>,
    ) -> Box<Self> {
        let process = Process::watch(pid, Token::Guardian, poll);
        let leaked_fds = leaked_fds.iter().copied().take(MOST_LEAKED).collect();
        Box::new(Self {
            shelf,
            progress,
            process,
            container: None,
            shelves_stdin: false,
            leaked_fds,
            is_parent: false,
        })
    }

    pub(super) fn state(&self, descriptors: &mut Descriptors) -> GuardianState {
        GuardianState {
            shelf: self.shelf.descriptors().map(|descriptor| descriptors.add(descriptor)),
            pid: self.process.pid().as_raw(),
            container: self.container.map(|Identity { pid, started }| (pid, started)),
            shelves_stdin: self.shelves_stdin,
            leaked_fds: self.leaked_fds.clone(),
        }
    }

    /// `None` if it has ended, and this process has another parent.
    pub(super) fn from_state(state: GuardianState, poll: &Rc<Poll>) -> Option<Box<Self>> {
        let shelf = Shelf::from_numbers(state.shelf)?;
        let container = state.container.map(|(pid, started)| Identity { pid, started });
        let shelves_stdin = state.shelves_stdin;
        let pid = Pid::from_raw(state.pid);
        let progress = patiently(|| Progress::of(&shelf));
        let guardian = *Self::new(pid, shelf, progress, &state.leaked_fds, poll);
        let is_parent = container.is_some_and(|container| is_parent(pid, container));
        (getppid() == pid).then(|| Box::new(Self { container, shelves_stdin, is_parent, ..guardian }))
    }

    pub(super) fn pid(&self) -> Pid {
        self.process.pid()
    }

    /// For the process that executes the exit command.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Whether no event reports its end, so that it is polled.
    pub(super) fn ends_unreported(&self) -> bool {
        self.process.ends_unreported(false)
    }

    /// How the container, a child of the guardian, has ended.
    fn end_of_its_child(&self) -> Option<Ended> {
        let limit = Instant::now() + PATIENCE;
        loop {
            let end = self.shelf.end();
            if end.is_some() || !self.is_parent || self.process.has_ended() || Instant::now() >= limit {
                return end;
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Components {
    /// Puts on the shelf what another monitor needs. Before managers learn that the container runs.
    #[inline(never)]
    pub(super) fn shelve(&mut self, container: Pid) {
        if self.guardian.is_none() {
            return;
        }
        match in_a_row(|| Identity::of(container)) {
            Ok(container) => self.shelve_ends(container),
            Err(error) => self.cannot_shelve(&error),
        }
    }

    fn shelve_ends(&mut self, container: Identity) {
        let is_pipe = !self.plan.stdio.terminal;
        let ends = [
            (End::Stdin, self.stdin.fd().filter(|_| is_pipe)),
            (End::Stdout, self.outputs.fd(Stream::Stdout).filter(|_| is_pipe)),
            (End::Stderr, self.outputs.fd(Stream::Stderr)),
            (End::Terminal, self.terminal.as_ref().map(AsFd::as_fd)),
        ];
        let ends = ends.into_iter().filter_map(|(end, fd)| Some((end, fd?.as_raw_fd()))).collect();
        self.shelve_with(container, ends);
    }

    /// Takes all descriptors from the shelf: the container has ended, and managers wait for their end.
    #[inline(never)]
    pub(super) fn unshelve_descriptors(&mut self) {
        let Some(guardian) = &mut self.guardian else { return };
        guardian.leaked_fds.clear();
        if let Some(container) = guardian.container {
            self.shelve_with(container, Vec::new());
        }
    }

    fn shelve_with(&mut self, container: Identity, mut ends: Vec<(End, RawFd)>) {
        let Some(guardian) = &mut self.guardian else { return };
        ends.extend(guardian.leaked_fds.iter().map(|number| (End::Inherited, *number)));
        let (ends, numbers): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
        let shelves_stdin = ends.contains(&End::Stdin);
        let inherited = InheritedFacts::of(&self.inherited);
        let shelved = Shelved {
            name: Blob(process::name()),
            pid: container.pid,
            started: container.started,
            inherited,
            ends,
        };
        let put = serde_json::to_vec(&shelved).map_err(io::Error::other);
        let put =
            put.and_then(|state| guardian.shelf.put_state(&state, &numbers, guardian.container.is_none()));
        match put {
            Ok(()) => (guardian.container, guardian.shelves_stdin) = (Some(container), shelves_stdin),
            Err(error) => self.cannot_shelve(&error),
        }
    }

    fn cannot_shelve(&self, error: &io::Error) {
        let reason = Reason(error);
        self.reporter.warn(format_args!("cannot leave the state of the session to the guardian: {reason}"));
    }

    /// Takes our end of the container's stdin from the shelf once we have closed it: the container would not see its end.
    pub(super) fn unshelve_stdin(&mut self) {
        let Some(guardian) = &self.guardian else { return };
        if let Some(container) = guardian.container.filter(|_| guardian.shelves_stdin)
            && self.stdin.fd().is_none()
        {
            self.shelve_ends(container);
        }
    }
}

impl Session {
    /// Reaps the child of this process that has ended first. How the container ended is left to the guardian before.
    pub(super) fn reap_next(&self) -> Waited {
        let Some(guardian) = &self.components.guardian else { return reap(Child::Any, false) };
        let Some((pid, ended)) = ended_child(Child::Any) else { return reap(Child::Any, false) };
        if self.phase.pid() == Some(pid) {
            guardian.note_end(ended, &self.components.reporter);
        }
        reap(Child::This(pid), false)
    }

    /// The same for the container.
    pub(super) fn reap_container(&self) -> Option<Waited> {
        let Phase::Running(running) = &self.phase else { return None };
        let guardian = self.components.guardian.as_ref();
        if let Some(guardian) = guardian
            && let Some((_, ended)) = ended_child(Child::This(running.pid))
        {
            guardian.note_end(ended, &self.components.reporter);
        }
        Some(running.container.reap())
    }

    /// How the container ended, which is not a child of this process.
    pub(super) fn ended_elsewhere(&self) -> Option<Ended> {
        let Phase::Running(running) = &self.phase else { return None };
        let guardian = self.components.guardian.as_ref();
        guardian
            .and_then(|guardian| guardian.end_of_its_child())
            .or_else(|| running.container.ended_elsewhere())
    }

    /// If the guardian has ended, this process is the one that managers know.
    #[inline(never)]
    pub(super) fn guardian_may_have_ended(&mut self) {
        if !self.components.guardian.as_ref().is_some_and(|guardian| guardian.process.has_ended()) {
            return;
        }
        self.components.guardian = None;
        let reporter = &self.components.reporter;
        reporter.warn("the guardian was killed: no other monitor starts if this one is killed as well");
        if let Err(error) = self.components.write_pidfile() {
            reporter.warn(error);
        }
        if let Some(container) = self.phase.pid() {
            self.components.leave_rescue_file(container);
        }
    }

    /// A session for the container of a monitor that was killed, in a process that the guardian has started in its place.
    ///
    /// # Errors
    /// Which step failed. The container is as it was.
    pub(crate) fn continue_guarded(
        guardian: Pid,
        shelf: Shelf,
        mut plan: Box<Plan>,
        lacking: Lacking,
    ) -> Result<Box<Self>, Error> {
        const STEP: &str = "read the state of the session";
        let nothing = || Error::invalid(STEP, "the shelf is empty");
        let (shelved, descriptors) = Shelved::take(&shelf).step(STEP)?.ok_or_else(nothing)?;
        let container = Identity { pid: shelved.pid, started: shelved.started };
        if let Ok(name) = CString::new(shelved.name.0) {
            let _ = set_name(&name);
        }
        let (mut ends, mut terminal, mut leaked_fds) = (Ends::default(), None, Vec::new());
        for (end, fd) in shelved.ends.iter().zip(descriptors) {
            match end {
                End::Stdin => ends.stdin = Some(fd),
                End::Stdout => ends.stdout = Some(fd),
                End::Stderr => ends.stderr = Some(fd),
                End::Terminal => terminal = Some(fd),
                End::Inherited => leaked_fds.push(fd.into_raw_fd()),
            }
        }
        let shelves_stdin = ends.stdin.is_some();
        let inherited: InheritedState = shelved.inherited.into_state();
        block_signals(inherited.signals).step("block signals")?;
        // The manager's ends are gone.
        (plan.sync_pipe.fd, plan.attach_pipe, plan.launch.start_pipe) = (None, None, None);
        let reporter = Reporter::new(&plan.diagnostics, plan.cid.as_bytes());
        let opened = InitialComponents::again(&plan.logs, lacking, &reporter)?;
        let pipes = ManagerPipes::adopt(&plan)?;
        let mut components = Components::new(Host::Standalone, plan, reporter, pipes, inherited, opened);
        let progress = in_a_row(|| Progress::of(&shelf)).step("map the progress of the monitor")?;
        let is_parent = is_parent(guardian, container);
        let guardian = *Guardian::new(guardian, shelf, progress, &leaked_fds, &components.poll);
        components.guardian =
            Some(Box::new(Guardian { container: Some(container), shelves_stdin, is_parent, ..guardian }));
        Self::monitor_again(Orphan { container, ends, terminal, leaked_fds }, components, lacking)
    }

    /// Does what is due for a container that may have ended meanwhile.
    pub(crate) fn settle_after_kill(&mut self) {
        match self.components.guardian.as_ref().and_then(|guardian| guardian.shelf.end()) {
            Some(ended) => self.container_ended(Some(ended)),
            None => self.container_may_have_ended(),
        }
        self.poll_processes_soon();
        let is_parent = self.phase.pid().is_some_and(is_child);
        self.components.confine_and_trim(is_parent);
    }
}

impl Guardian {
    fn note_end(&self, ended: Ended, reporter: &Reporter) {
        if let Err(error) = self.shelf.put_end(ended) {
            reporter.warn(format_args!(
                "cannot leave the status of the container to the guardian: {}",
                Reason(&error)
            ));
        }
    }
}

/// One that is gone may have been reaped by its parent before.
fn is_parent(guardian: Pid, container: Identity) -> bool {
    ProcStat::of(Pid::from_raw(container.pid)).map_or(true, |stat| stat.parent == guardian.as_raw())
}

/// Blocks what this process receives as events, and nothing else but what its caller had blocked.
fn block_signals(mut mask: SigSet) -> nix::Result<()> {
    Signals::set().iter().for_each(|signal| mask.add(signal));
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&mask), None)
}
