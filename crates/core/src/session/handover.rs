//! The state of a session whose container runs, as it is handed over to another executable; see [`crate::handover`].

use std::ffi::CString;
use std::os::fd::RawFd;
use std::rc::Rc;

use conmon_sys::disposition::IgnoredSignals;
use conmon_sys::process::{self, Ended, is_child};
use conmon_sys::signals;
use conmon_sys::tty::WindowSize;
use nix::sys::prctl::set_name;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::adoption::Adoption;
use super::guardian::{Guardian, GuardianState};
use super::outputs::{Outputs, OutputsState};
use super::running::{Running, TimeLimit};
use super::{Components, Host, InitialComponents, Phase, Session};
use crate::adoption::{PendingCommands, PendingState};
use crate::attach::{Attach, AttachState};
use crate::container_io::stdin::{Stdin, StdinState};
use crate::diagnostics::report::Reporter;
use crate::handover::{self, Blob, Candidate, Descriptors, Moment, adopt, patiently};
use crate::log::{Background, DriverState, Logs};
use crate::manager::control::{Control, ControlState};
use crate::manager::exit_files::{ManagerFiles, MissingState};
use crate::manager::notify::{NotifyRelay, NotifyState};
use crate::manager::sync_pipe::{ManagerPipes, PipesState};
use crate::oom::{OomState, OomWatch};
use crate::plan::Plan;
use crate::poll::{Poll, Token, Watched};
use crate::private_socket::{Caller, PrivateSocket, SocketState, answer_from_here};
use crate::processes::pidfile::{Mark, PidFile};
use crate::processes::process::Process;
use crate::processes::runtime::InheritedState;
use crate::processes::signals::Signals;
use crate::rescue::RescueFile;

/// The document of a hand-over. The new executable recreates what is not in it: the plan, the epoll instance, the page of counters.
/// Sources that are paused after a failure are retried immediately.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionState {
    version: u32,
    /// Name of the process (`PR_SET_NAME`), which execve(2) changes.
    name: Blob,
    container: ContainerState,
    inherited: InheritedFacts,
    pidfile: Option<Mark>,
    pipes: PipesState,
    leaked_fds: Vec<RawFd>,
    logs: Vec<DriverState>,
    components: ComponentsState,
    /// The process has restrictions that execve(2) does not lift.
    restricted: bool,
    /// The connection on which the hand-over was asked for.
    caller: Option<RawFd>,
}

/// Components that begin empty.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComponentsState {
    outputs: OutputsState,
    stdin: StdinState,
    terminal: Option<RawFd>,
    /// Rows and columns.
    window_size: Option<(u16, u16)>,
    attach: Option<AttachState>,
    control: Option<ControlState>,
    notify: Option<NotifyState>,
    oom: Option<OomState>,
    ooms: u64,
    missing_files: Vec<MissingState>,
    /// Not in the first documents of this version.
    #[serde(default)]
    rescue_file: Option<u64>,
    /// As above.
    #[serde(default)]
    guardian: Option<GuardianState>,
    adoption: Option<AdoptionState>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContainerState {
    pid: i32,
    pidfd: Option<RawFd>,
    runtime: RuntimeEnd,
    limit: LimitState,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum RuntimeEnd {
    Exited(i32),
    Killed(i32),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum LimitState {
    None,
    At(Moment),
    Killed(Moment),
}

/// [`InheritedState`] as numbers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InheritedFacts {
    /// The signal mask: signal 1 is bit 0.
    signals: u64,
    ignored: [bool; 3],
    oom_score: Option<Blob>,
    launcher: i32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AdoptionState {
    socket: SocketState,
    pending: PendingState,
    told_to_end: bool,
}

impl SessionState {
    /// Reads a document.
    ///
    /// # Errors
    /// Why this executable cannot read it.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let malformed = |error| format!("cannot read the state of the monitor: {error}");
        let Version { version } = serde_json::from_slice(json).map_err(malformed)?;
        if !(1..=handover::VERSION).contains(&version) {
            return Err(format!(
                "the monitor's state has version {version}; this is for {}",
                handover::VERSION
            ));
        }
        serde_json::from_slice(json).map_err(malformed)
    }

    /// Whether the plan of this executable is for the same monitor.
    ///
    /// # Errors
    /// How the plan differs.
    pub(crate) fn fits(&self, plan: &Plan) -> Result<(), String> {
        let components = &self.components;
        let facts = [
            ("an attach socket", components.attach.is_some(), plan.attach.is_some()),
            ("control FIFOs", components.control.is_some(), plan.control.is_some()),
            ("a notify socket", components.notify.is_some(), plan.notify.is_some()),
            ("logs", true, Logs::are_of(&self.logs, &plan.logs)),
        ];
        match facts.iter().find(|(_, state, plan)| state != plan) {
            None => Ok(()),
            Some((what, ..)) => Err(format!("its plan differs from the monitor's in {what}")),
        }
    }
}

impl Session {
    /// Executes the candidate, which answers the caller. Returns only on failure; this session then continues.
    #[inline(never)]
    pub(super) fn hand_over(&self, candidate: &Candidate, caller: Caller) {
        let why = self.try_to_hand_over(candidate, &caller);
        self.components.reporter.warn(format_args!("cannot continue as another executable: {why}"));
        caller.answer(Some(&why));
    }

    fn try_to_hand_over(&self, candidate: &Candidate, caller: &Caller) -> String {
        let mut descriptors = Descriptors::default();
        let Some(state) = self.state(&mut descriptors, caller) else {
            return "the container does not run now".to_owned();
        };
        let json = serde_json::to_vec(&state).map_err(|error| error.to_string());
        let document = json.and_then(|json| handover::document(&json).map_err(|error| error.to_string()));
        match document.and_then(|document| candidate.try_out(&document).map(|()| document)) {
            Ok(document) => candidate.replace_this_process(&document, &descriptors),
            Err(why) => why,
        }
    }

    /// `None` unless the container runs.
    fn state(&self, descriptors: &mut Descriptors, caller: &Caller) -> Option<SessionState> {
        let Phase::Running(running) = &self.phase else { return None };
        let components = &*self.components;
        let confinement = components.plan.confinement.as_ref();
        Some(SessionState {
            version: handover::VERSION,
            name: Blob(process::name()),
            container: running.state(descriptors),
            inherited: InheritedFacts::of(&components.inherited),
            pidfile: self.pidfile.state(),
            pipes: components.pipes.state(descriptors),
            leaked_fds: self.leaked_fds.clone(),
            logs: components.consumers.logs.state(descriptors),
            components: components.state(descriptors),
            restricted: confinement.is_some_and(|confinement| confinement.restrictions.is_some()),
            caller: Some(caller.state(descriptors)),
        })
    }

    /// Continues a session whose plan [fits](SessionState::fits), in a process that has executed another program since. Waits for memory
    /// and descriptors as long as it takes.
    ///
    /// # Errors
    /// When a log cannot be continued, which [`SessionState::fits`] has excluded.
    pub(crate) fn resume(state: SessionState, plan: Box<Plan>) -> Result<Box<Self>, String> {
        if let Ok(name) = CString::new(state.name.0) {
            let _ = set_name(&name);
        }
        let reporter = Reporter::new(&plan.diagnostics, plan.cid.as_bytes());
        let poll = Rc::new(patiently(Poll::new));
        let logs = Logs::from_state(state.logs, &plan.logs, Background::Child, &poll);
        let logs = logs.ok_or("cannot continue the logs")?;
        let pipes = ManagerPipes::from_state(state.pipes, &plan);
        let inherited = state.inherited.into_state();
        let pidfile = PidFile::from_state(state.pidfile, plan.runtime.pidfile.as_path());
        let opened = InitialComponents::of(poll, logs, patiently(Outputs::new));
        let mut components = Components::new(Host::Standalone, plan, reporter, pipes, inherited, opened);
        components.restore(state.components);
        if !state.restricted {
            // An earlier version or C conmon has left no record.
            if components.rescue_file.is_none() {
                components.leave_rescue_file(Pid::from_raw(state.container.pid));
            }
            components.confine_and_trim(is_child(Pid::from_raw(state.container.pid)));
        }
        let running = Running::from_state(&state.container, &components.poll);
        let mut session = Self::new(components, pidfile, state.leaked_fds, Phase::Running(running));
        session.publish_counters();
        if let Some(caller) = state.caller {
            answer_from_here(caller);
        }
        // The signal for a child that ended meanwhile may have been read by the other executable.
        session.reap_children();
        session.container_may_have_ended();
        Ok(session)
    }
}

impl Components {
    fn state(&self, descriptors: &mut Descriptors) -> ComponentsState {
        ComponentsState {
            outputs: self.outputs.state(descriptors),
            stdin: self.stdin.state(descriptors),
            terminal: self.terminal.as_ref().map(|terminal| descriptors.add(terminal)),
            window_size: self.window_size.map(|WindowSize { rows, columns }| (rows, columns)),
            attach: self.consumers.attach.as_ref().map(|attach| attach.state(descriptors)),
            control: self.control.as_ref().map(|control| control.state(descriptors)),
            notify: self.notify.as_ref().map(|notify| notify.state(descriptors)),
            oom: self.oom.as_ref().map(|oom| oom.state(descriptors)),
            ooms: self.ooms,
            missing_files: self.files.state(),
            rescue_file: self.rescue_file.map(RescueFile::state),
            guardian: self.guardian.as_ref().map(|guardian| guardian.state(descriptors)),
            adoption: self.adoption.as_ref().map(|adoption| AdoptionState {
                socket: adoption.socket.state(descriptors),
                pending: adoption.pending.state(),
                told_to_end: adoption.told_to_end,
            }),
        }
    }

    /// What cannot be watched now is retried like any source that fails.
    fn restore(&mut self, state: ComponentsState) {
        let poll = Rc::clone(&self.poll);
        self.pipes.join(&poll);
        self.signals = Some(Watched::new(patiently(Signals::open), Token::Signals, &poll));
        self.outputs.restore(state.outputs, &poll);
        self.stdin = Stdin::from_state(state.stdin, &poll);
        self.terminal = state.terminal.and_then(adopt);
        self.window_size = state.window_size.map(|(rows, columns)| WindowSize { rows, columns });
        self.consumers.attach = state
            .attach
            .and_then(|attach| Some(Attach::from_state(attach, self.plan.attach.as_ref()?, &poll)));
        self.control = state.control.and_then(|control| Control::from_state(control, &poll));
        self.notify = state.notify.and_then(|notify| {
            let relay = NotifyRelay::from_state(&notify, self.plan.notify.as_ref()?)?;
            Some(Watched::new(relay, Token::Notify, &poll))
        });
        let oom = state.oom.and_then(OomWatch::from_state);
        self.oom = oom.map(|watch| Watched::new(watch, Token::Oom, &poll));
        self.ooms = state.ooms;
        self.files = ManagerFiles::from_state(state.missing_files);
        self.rescue_file = state.rescue_file.map(RescueFile::from_state);
        self.guardian = state.guardian.and_then(|guardian| Guardian::from_state(guardian, &poll));
        self.adoption = state.adoption.and_then(|adoption| {
            let plan = self.plan.adoption.as_ref()?;
            Some(Adoption {
                socket: PrivateSocket::from_state(&adoption.socket, plan.socket.as_path(), &poll)?,
                pending: PendingCommands::from_state(adoption.pending, plan.exit_commands),
                told_to_end: adoption.told_to_end,
                is_warm: true,
            })
        });
        if self.adoption.is_none() {
            // Of a C conmon, or one that could not be created.
            self.open_adoption();
        }
        self.watch_sources();
        self.update_stdin();
        match self.consumers.is_congested() {
            true => {
                self.outputs.pause();
                self.set_stall_deadline();
            }
            false => self.watch_outputs(),
        }
    }

    fn watch_sources(&mut self) {
        for token in
            [Token::Signals, Token::Ctl, Token::Winsz, Token::Oom, Token::Notify, Token::PrivateListener]
        {
            self.watch_source(token);
        }
    }
}

impl InheritedFacts {
    pub(super) fn of(state: &InheritedState) -> Self {
        Self {
            signals: signals::to_bits(state.signals),
            ignored: state.ignored.to_array(),
            oom_score: state.oom_score.clone().map(Blob),
            launcher: state.launcher.as_raw(),
        }
    }

    pub(super) fn into_state(self) -> InheritedState {
        InheritedState {
            signals: signals::from_bits(self.signals),
            ignored: IgnoredSignals::from_array(self.ignored),
            oom_score: self.oom_score.map(|Blob(score)| score),
            launcher: Pid::from_raw(self.launcher),
        }
    }
}

impl Running {
    fn state(&self, descriptors: &mut Descriptors) -> ContainerState {
        ContainerState {
            pid: self.pid.as_raw(),
            pidfd: self.container.state(descriptors),
            runtime: match self.runtime {
                Ended::Exited(code) => RuntimeEnd::Exited(code),
                Ended::Killed(signal) => RuntimeEnd::Killed(signal),
            },
            limit: match self.limit {
                TimeLimit::None => LimitState::None,
                TimeLimit::At(at) => LimitState::At(Moment(at)),
                TimeLimit::Killed { report_at } => LimitState::Killed(Moment(report_at)),
            },
        }
    }

    fn from_state(state: &ContainerState, poll: &Rc<Poll>) -> Self {
        let pid = Pid::from_raw(state.pid);
        Self {
            pid,
            container: Process::from_state(pid, state.pidfd, Token::Container, poll),
            runtime: match state.runtime {
                RuntimeEnd::Exited(code) => Ended::Exited(code),
                RuntimeEnd::Killed(signal) => Ended::Killed(signal),
            },
            limit: match state.limit {
                LimitState::None => TimeLimit::None,
                LimitState::At(Moment(at)) => TimeLimit::At(at),
                LimitState::Killed(Moment(at)) => TimeLimit::Killed { report_at: at },
            },
        }
    }
}

#[cfg(test)]
mod tests;
