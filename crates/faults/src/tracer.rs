//! Traces a monitor's processes by ptrace(2), records their system calls, and makes one fail.
//!
//! A process is detached when it executes another program: only the monitor's own calls fail. Everything here must run on
//! the thread that started the monitor: a tracer is a thread, not a process (ptrace(2)).

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::process::Command;

use conmon_sys::ptrace::{Stop, stop_of};
use nix::errno::Errno;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::Outcome;
use crate::calls::Effect;
use crate::fault::{Fault, Place, What};
use crate::numbers::name_of;
use crate::shared::{Ending, LAUNCHER, MONITOR, Shared};
use crate::sys::{set_count, set_error, skip_call, spawn_traced};

/// How a run is traced.
pub(crate) struct Tracer<'a> {
    fault: Option<&'a Fault>,
    shared: &'a Shared,
    /// Children that execute the monitor's own program are followed: they are monitors too.
    guarded: bool,
    processes: HashMap<Pid, Process>,
    /// New processes that stopped before their parent's fork was reported.
    early: Vec<Pid>,
    /// The calls, in order.
    pub(crate) calls: Vec<Place>,
    pub(crate) reached: bool,
}

struct Process {
    role: String,
    children: u32,
    counts: HashMap<String, u32>,
    /// The error to set at the exit of the current call.
    error: Option<Errno>,
}

impl Process {
    fn new(role: String) -> Self {
        Self { role, children: 0, counts: HashMap::new(), error: None }
    }
}

/// Waits only for processes that this thread traces or started.
pub(crate) fn wait_flags() -> WaitPidFlag {
    WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD
}

impl<'a> Tracer<'a> {
    pub(crate) fn new(fault: Option<&'a Fault>, shared: &'a Shared, guarded: bool) -> Self {
        Self {
            fault,
            shared,
            guarded,
            processes: HashMap::new(),
            early: vec![],
            calls: vec![],
            reached: false,
        }
    }

    /// Starts the monitor and traces it until none of its processes is left.
    pub(crate) fn run(
        &mut self,
        command: &mut Command,
        fds: Vec<std::os::fd::OwnedFd>,
        daemon: bool,
    ) -> Outcome {
        let child = spawn_traced(command, &fds)?;
        drop(fds);
        let first = Pid::from_raw(i32::try_from(child.id())?);
        // It stopped with SIGTRAP after execve(2).
        waitpid(first, Some(WaitPidFlag::__WALL))?;
        let options = Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEEXEC
            | Options::PTRACE_O_EXITKILL;
        ptrace::setoptions(first, options)?;
        self.adopt(first, if daemon { LAUNCHER } else { MONITOR }.to_owned());
        self.resume(first, None);
        while !self.processes.is_empty() {
            match waitpid(None, Some(wait_flags())) {
                Ok(status) => self.follow(status),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn adopt(&mut self, pid: Pid, role: String) {
        self.shared.appeared(pid, &role);
        self.processes.insert(pid, Process::new(role));
    }

    fn follow(&mut self, status: WaitStatus) {
        match status {
            WaitStatus::PtraceSyscall(pid) => {
                if self.stopped_at_call(pid).is_ok() {
                    self.resume(pid, None);
                }
            }
            WaitStatus::PtraceEvent(pid, _, event) => self.event(pid, event),
            WaitStatus::Stopped(pid, signal) if self.processes.contains_key(&pid) => {
                // The first stop of a new process whose fork was already reported.
                let first = signal == Signal::SIGSTOP;
                self.resume(pid, (!first).then_some(signal));
            }
            WaitStatus::Stopped(pid, _) => self.early.push(pid),
            WaitStatus::Exited(pid, status) => self.ended(pid, Ending::Exited(status)),
            WaitStatus::Signaled(pid, signal, _) => self.ended(pid, Ending::Killed(signal)),
            WaitStatus::Continued(_) | WaitStatus::StillAlive => {}
        }
    }

    fn ended(&mut self, pid: Pid, ending: Ending) {
        if let Some(process) = self.processes.remove(&pid) {
            self.shared.ended(pid, &process.role, ending);
        }
    }

    fn event(&mut self, pid: Pid, event: i32) {
        match event {
            libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => {
                if let Ok(child) = ptrace::getevent(pid) {
                    self.forked(pid, Pid::from_raw(i32::try_from(child).unwrap_or_default()));
                }
                self.resume(pid, None);
            }
            libc::PTRACE_EVENT_EXEC => {
                let follows = |role| is_first(role) || self.guarded && is_same_program(pid);
                if self.processes.get(&pid).is_some_and(|process| follows(&process.role)) {
                    return self.resume(pid, None);
                }
                self.processes.remove(&pid);
                self.shared.left(pid);
                let _ = ptrace::detach(pid, None);
            }
            _ => self.resume(pid, None),
        }
    }

    fn forked(&mut self, parent: Pid, child: Pid) {
        let Some(process) = self.processes.get_mut(&parent) else { return };
        process.children += 1;
        let role = match (process.role.as_str(), process.children) {
            (LAUNCHER, 1) => MONITOR.to_owned(),
            (MONITOR, count) => format!("child{count}"),
            (role, count) => format!("{role}.{count}"),
        };
        self.adopt(child, role);
        if let Some(at) = self.early.iter().position(|early| *early == child) {
            self.early.swap_remove(at);
            self.resume(child, None);
        }
    }

    fn stopped_at_call(&mut self, pid: Pid) -> Result<(), Errno> {
        let Some(process) = self.processes.get_mut(&pid) else { return Ok(()) };
        match stop_of(pid)? {
            Stop::Entry(number, arguments) => {
                let name = name_of(number);
                let count = process.counts.entry(name.clone()).or_default();
                *count += 1;
                let place = Place { role: process.role.clone(), call: name, nth: *count };
                if let Some(fault) = self.fault.filter(|fault| !self.reached && fault.place == place) {
                    let (reached, error) = inject(pid, fault.what, &arguments)?;
                    self.reached = reached;
                    process.error = error;
                }
                note(pid, &place, number, &arguments);
                self.calls.push(place);
                Ok(())
            }
            Stop::Exit(_) => process.error.take().map_or(Ok(()), |errno| set_error(pid, errno)),
            Stop::Other => Ok(()),
        }
    }

    /// Detaches from system calls once the fault has been injected.
    fn resume(&self, pid: Pid, signal: Option<Signal>) {
        let awaited = self.processes.get(&pid).is_some_and(|process| process.error.is_some());
        // ESRCH: it was killed meanwhile; waitpid(2) reports that.
        let _ =
            if self.reached && !awaited { ptrace::cont(pid, signal) } else { ptrace::syscall(pid, signal) };
    }
}

/// For debugging one run: appends each call to the file that `FAULTS_TRACE` names.
fn note(pid: Pid, place: &Place, number: u64, arguments: &[u64; 6]) {
    let Some(path) = std::env::var_os("FAULTS_TRACE") else { return };
    let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(path) else { return };
    let [first, second, third, ..] = *arguments;
    let link = fs::read_link(format!("/proc/{pid}/fd/{first}")).unwrap_or_default();
    let _ = writeln!(file, "{place} ({number}) {first:#x} {second:#x} {third:#x} {}", link.display());
}

/// Whether a process executes the same file as its parent.
fn is_same_program(pid: Pid) -> bool {
    let program = |pid: i32| fs::read_link(format!("/proc/{pid}/exe")).ok();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
    parent.is_some_and(|parent| program(parent).is_some() && program(parent) == program(pid.as_raw()))
}

fn is_first(role: &str) -> bool {
    role == LAUNCHER || role == MONITOR
}

/// Whether the fault applies to this call, and its result.
fn inject(pid: Pid, what: What, arguments: &[u64; 6]) -> Result<(bool, Option<Errno>), Errno> {
    let [fd, _, count, ..] = *arguments;
    let cut = |pid, to: u64| {
        if to == 0 || to >= count || !may_be_short(pid, fd) {
            return Ok((false, None));
        }
        set_count(pid, to).map(|()| (true, None))
    };
    match what {
        What::Error(errno, Effect::Refused) => skip_call(pid).map(|()| (true, Some(errno))),
        What::Error(errno, Effect::Done) => Ok((true, Some(errno))),
        What::Short(to) => cut(pid, to),
        What::Half => cut(pid, count / 2),
    }
}

/// Datagrams, packets, eventfds and signalfds transfer everything or nothing.
fn may_be_short(pid: Pid, fd: u64) -> bool {
    let link = fs::read_link(format!("/proc/{pid}/fd/{fd}"));
    link.is_ok_and(|link| {
        let text = link.to_string_lossy();
        let kernel = ["/proc/", "/sys/"].iter().any(|root| text.starts_with(root));
        text.starts_with("pipe:") || (text.starts_with('/') && !kernel)
    })
}
