//! Whether a process is a C conmon that can be adopted, and what is known of it while it is stopped.

use std::fs::{self, File};
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::Duration;

use conmon_core::plan::{LogDriver, LogFormat, Mode, Plan};
use conmon_sys::ptrace::descriptor_of;
use nix::unistd::geteuid;

use crate::Request;
use crate::document::Log;
use crate::partial_lines::kept;
use crate::process::{Descriptor, Memory, Object, Proc, reason};
use crate::roles::{ContainerPipes, Expected, Known, Roles, Unclear, roles_of};
use crate::sockets::UnixSocket;
use crate::timers::check_timeout;
use crate::tracee::Wait;

/// C conmon's executable has 150 kB.
const LARGEST_EXECUTABLE: u64 = 1 << 20;
/// Threads of GLib that do nothing for a conmon that waits.
const IDLE_THREADS: [&str; 3] = ["gmain", "pool-spawner", "gdbus"];
/// A `/proc/PID/status` bit mask of SIGUSR1 and SIGCHLD, which C conmon blocks itself.
const OWN_SIGNALS: u64 = 1 << (libc::SIGUSR1 - 1) | 1 << (libc::SIGCHLD - 1);

/// What is known before it is stopped.
pub(crate) struct Target<'a> {
    pub(crate) process: Proc,
    pub(crate) pidfd: OwnedFd,
    pub(crate) plan: Plan,
    pub(crate) request: &'a Request<'a>,
}

/// What is known of a C conmon that is stopped.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) container: i32,
    pub(crate) roles: Roles,
    pub(crate) descriptors: Vec<Descriptor>,
    pub(crate) logs: Vec<Log>,
    /// Signals that are blocked.
    pub(crate) mask: u64,
    pub(crate) umask: u32,
    /// `memory.oom_control` of cgroup v1.
    pub(crate) oom_control: Option<Vec<u8>>,
    /// `memory.events` of cgroup v2, and the counters `oom` and `oom_kill` in it that the C conmon has seen.
    pub(crate) memory_events: Option<Vec<u8>>,
    pub(crate) memory_counters: (u64, u64),
}

impl Facts {
    pub(crate) fn descriptor(&self, number: RawFd) -> Option<&Descriptor> {
        self.descriptors.iter().find(|descriptor| descriptor.number == number)
    }

    /// The mask of signals that it was started with.
    pub(crate) fn inherited_mask(&self) -> u64 {
        self.mask & !OWN_SIGNALS
    }
}

impl<'a> Target<'a> {
    /// Looks at a process that runs.
    ///
    /// # Errors
    /// Why it cannot be adopted.
    pub(crate) fn find(request: &'a Request<'a>) -> Result<Self, String> {
        let plan = Plan::from_json(request.plan).map_err(|error| format!("cannot read the plan: {error}"))?;
        let pid = nix::unistd::Pid::from_raw(request.pid);
        let pidfd = conmon_sys::process::pidfd_open(pid)
            .map_err(|error| format!("cannot open a pidfd: {}", reason(&error)))?;
        let target = Self { process: Proc(request.pid), pidfd, plan, request };
        target.check_plan()?;
        target.check_identity()?;
        Ok(target)
    }

    fn check_plan(&self) -> Result<(), String> {
        let Plan { mode, attach, stdio, logs, .. } = &self.plan;
        if *mode == Mode::Exec {
            return Err("it monitors an exec session".to_owned());
        }
        if attach.is_none() != stdio.passthrough {
            return Err("it has no attach socket".to_owned());
        }
        let mut files = 0;
        for driver in &logs.drivers {
            match driver {
                LogDriver::File(file) if file.format == LogFormat::K8sFile => files += 1,
                LogDriver::File(_) => return Err("the format of its log is not one of C conmon's".to_owned()),
                LogDriver::Journald(_) => {}
            }
        }
        if files > 1 { Err("it has more than one log file".to_owned()) } else { Ok(()) }
    }

    /// That the process is what the request describes. Checked again when it is stopped: then its number cannot pass to another.
    pub(crate) fn check_identity(&self) -> Result<(), String> {
        let path = self.process.path("exe");
        let file = File::open(&path)
            .map_err(|error| format!("cannot open {}: {}", path.display(), reason(&error)))?;
        let found = file.metadata().map_err(|error| reason(&error))?;
        let own = geteuid().as_raw();
        if found.uid() != 0 && found.uid() != own {
            return Err(format!("its executable belongs to user {}", found.uid()));
        }
        let uids = self.process.status("Uid")?.unwrap_or_default();
        if uids.split_ascii_whitespace().any(|uid| uid != own.to_string()) {
            return Err("it belongs to another user".to_owned());
        }
        let mut text = vec![0; usize::try_from(found.size().min(LARGEST_EXECUTABLE)).unwrap_or(0)];
        file.read_exact_at(&mut text, 0).map_err(|error| reason(&error))?;
        let version = format!("conmon version {}\n", self.request.version);
        if !contains(&text, version.as_bytes()) || !contains(&text, b"libglib-2.0") {
            return Err("its executable is not a C conmon of this version".to_owned());
        }
        if self.process.read("cmdline")? != self.request.command_line {
            return Err("it has another command line by now".to_owned());
        }
        match self.process.status("x86_Thread_features")? {
            Some(features) if features.contains("shstk") => Err("it has a shadow stack".to_owned()),
            _ => Ok(()),
        }
    }

    /// The container's first process: the one in the pid file, which must be a child.
    fn container(&self) -> Result<i32, Unclear> {
        let path = self.plan.runtime.pidfile.as_path();
        let text = fs::read_to_string(self.process.sees(path)).map_err(|error| {
            Unclear::Always(format!("cannot read {}: {}", path.display(), reason(&error)))
        })?;
        let pid: i32 =
            text.trim().parse().map_err(|_| Unclear::Always(format!("{} has no pid", path.display())))?;
        let stat = Proc(pid).stat().map_err(Unclear::Always)?;
        if stat.parent != self.process.0 {
            return Err(Unclear::Always(format!("process {pid} in {} is not its child", path.display())));
        }
        if stat.has_ended() {
            return Err(Unclear::Always("its container has ended".to_owned()));
        }
        Ok(pid)
    }

    fn pipes_of(container: i32) -> ContainerPipes {
        let inode = |number: i32| {
            let link = fs::read_link(format!("/proc/{container}/fd/{number}")).ok()?;
            link.to_str()?.strip_prefix("pipe:[")?.strip_suffix(']')?.parse().ok()
        };
        ContainerPipes { stdout: inode(1), stderr: inode(2) }
    }

    fn expected(&self) -> Expected {
        let Plan { stdio, attach, notify, logs, sync_pipe, .. } = &self.plan;
        Expected {
            terminal: stdio.terminal,
            attach: attach.is_some(),
            notify: notify.is_some(),
            log: logs.drivers.iter().any(|driver| matches!(driver, LogDriver::File(_))),
            sync: sync_pipe.fd,
        }
    }

    /// What is left of the container's time limit.
    pub(crate) fn time_left(&self, container: i32) -> Option<Duration> {
        let limit = self.plan.exit.timeout_seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
        limit.map(|limit| limit.saturating_sub(Proc(container).age().unwrap_or_default()))
    }

    /// Looks at it while it is stopped and waits.
    pub(crate) fn inspect(&self, wait: &Wait, memory: &Memory) -> Result<Facts, Unclear> {
        let always = Unclear::Always;
        self.check_threads().map_err(always)?;
        let container = self.container()?;
        let descriptors = self.process.descriptors().map_err(always)?;
        let known: Vec<Known> = descriptors.iter().map(|it| (it.clone(), self.socket(it))).collect();
        let roles = roles_of(&known, &wait.polled, &self.expected(), Self::pipes_of(container))?;
        check_timeout(wait.timeout, self.time_left(container))?;
        let number = |field: &str, radix: u32| -> Result<u64, Unclear> {
            let text = self.process.status(field).map_err(always)?;
            let value = text.and_then(|text| u64::from_str_radix(&text, radix).ok());
            value.ok_or_else(|| always(format!("its status has no {field}")))
        };
        let oom_control = descriptors
            .iter()
            .find(|it| it.object == Object::Regular && it.link.ends_with(b"/memory.oom_control"));
        let (memory_events, memory_counters) = match roles.oom_v2 {
            Some(inotify) => self
                .memory_events(container, inotify)
                .map_err(always)
                .map(|(path, seen)| (Some(path), seen))?,
            None => (None, (0, 0)),
        };
        Ok(Facts {
            container,
            memory_events,
            memory_counters,
            logs: self.logs(&roles, memory)?,
            mask: number("SigBlk", 16)?,
            umask: u32::try_from(number("Umask", 8)?).unwrap_or(0o022),
            oom_control: oom_control.map(|it| it.link.clone()),
            roles,
            descriptors,
        })
    }

    /// The memory events of cgroup v2: their path, and the counters that were seen. Where a change has not been, that is none: an
    /// event that is reported twice creates no second file.
    fn memory_events(&self, container: i32, inotify: RawFd) -> Result<(Vec<u8>, (u64, u64)), String> {
        let table = Proc(container).text("cgroup")?;
        let group =
            table.lines().find_map(|line| line.strip_prefix("0::")).ok_or("its container has no cgroup")?;
        let path = format!("/sys/fs/cgroup{}/memory.events", group.trim_end_matches('/'));
        let text =
            fs::read_to_string(&path).map_err(|error| format!("cannot read {path}: {}", reason(&error)))?;
        let counter = |name: &str| {
            let value =
                text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
            value.unwrap_or(0)
        };
        let unseen = conmon_sys::fds::readable(self.duplicate(inotify)?).map_err(|error| reason(&error))? > 0;
        let seen = if unseen { (0, 0) } else { (counter("oom"), counter("oom_kill")) };
        Ok((path.into_bytes(), seen))
    }

    fn check_threads(&self) -> Result<(), String> {
        let tasks = self.process.path("task");
        for task in fs::read_dir(tasks).map_err(|error| reason(&error))? {
            let task = task.map_err(|error| reason(&error))?;
            let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            let is_main = task.file_name().to_str() == Some(&self.process.0.to_string());
            if !is_main && !IDLE_THREADS.contains(&name.trim()) {
                return Err(format!("its thread {} is not understood", name.trim()));
            }
        }
        Ok(())
    }

    fn socket(&self, descriptor: &Descriptor) -> Option<UnixSocket> {
        if descriptor.object != Object::Socket {
            return None;
        }
        UnixSocket::of(&self.duplicate(descriptor.number).ok()?)
    }

    /// A duplicate of one of its descriptors.
    pub(crate) fn duplicate(&self, number: RawFd) -> Result<OwnedFd, String> {
        descriptor_of(self.pidfd.as_fd(), number)
            .map_err(|error| format!("cannot duplicate descriptor {number}: {}", reason(&error)))
    }

    fn logs(&self, roles: &Roles, memory: &Memory) -> Result<Vec<Log>, Unclear> {
        let each = self.plan.logs.drivers.iter().map(|driver| match (driver, roles.log) {
            (LogDriver::File(_), Some(fd)) => self.file_log(fd).map_err(Unclear::Always),
            (LogDriver::File(_), None) => Err(Unclear::Always("its log file is not open".to_owned())),
            (LogDriver::Journald(_), _) => self.journal(memory),
        });
        each.collect()
    }

    fn journal(&self, memory: &Memory) -> Result<Log, Unclear> {
        match kept(self.process, memory).map_err(Unclear::Always)? {
            [first, second] if first.is_empty() && second.is_empty() => {
                Ok(Log::Journal { stdout: first, stderr: second })
            }
            // All output of a terminal is stdout.
            [first, second] if self.plan.stdio.terminal && (first.is_empty() || second.is_empty()) => {
                Ok(Log::Journal { stdout: [first, second].concat(), stderr: Vec::new() })
            }
            _ => Err(Unclear::Now("it keeps a line for the journal that has not ended".to_owned())),
        }
    }

    fn file_log(&self, fd: RawFd) -> Result<Log, String> {
        let failed = |error: std::io::Error| format!("cannot read its log: {}", reason(&error));
        let file = File::open(self.process.path(&format!("fd/{fd}"))).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.size();
        let mut last = *b"\n";
        if let Some(at) = size.checked_sub(1) {
            let _ = file.read_at(&mut last, at).map_err(failed)?;
        }
        Ok(Log::File { fd, size, torn: last != *b"\n" })
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
