//! Runs scenarios one after the other, in a mount namespace with a private `/run`, for [`crate::pool`].
//!
//! It is a subreaper: any process a monitor leaves behind becomes its child and is detected.

use std::fs;
use std::io::{BufRead, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::exceptions::exception;
use crate::fault::Fault;
use crate::journal::Journal;
use crate::judge::{Broken, Evidence, judge};
use crate::logged::Logged;
use crate::manager::{Manager, Pipes};
use crate::scenario::{LogKind, Scenario, Step};
use crate::scene::{Programs, Scene};
use crate::shared::Shared;
use crate::tracer::{Tracer, wait_flags};

/// How long exiting processes may take.
const GRACE: Duration = Duration::from_secs(1);
const BASE: &str = "/run/faults";

/// A worker's job.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Job {
    pub(crate) scenario: String,
    /// `None`: nothing fails, and the calls are listed.
    pub(crate) fault: Option<String>,
}

/// The result of a job.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Run {
    pub(crate) scenario: String,
    pub(crate) fault: Option<String>,
    /// Whether the call was made at all.
    pub(crate) reached: bool,
    pub(crate) refused: bool,
    pub(crate) broken: Vec<Broken>,
    /// Rules broken at the first attempt, but not when the run was repeated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) once: Vec<Broken>,
    /// Reasons of excepted rules that were broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) excepted: Vec<String>,
    pub(crate) milliseconds: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) calls: Vec<String>,
}

/// Reads jobs from stdin and writes runs to stdout, a JSON object a line.
pub(crate) fn serve(programs: Programs) -> Outcome<ExitCode> {
    let mut worker = Worker::new(programs)?;
    for line in std::io::stdin().lock().lines() {
        let job: Job = serde_json::from_str(&line?)?;
        let run = worker.run(&job)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string(&run)?)?;
        out.flush()?;
    }
    if let Some((_, pid)) = worker.base {
        let _ = kill(pid, Signal::SIGKILL);
    }
    Ok(ExitCode::SUCCESS)
}

struct Worker {
    programs: Programs,
    journal: Journal,
    runs: u32,
    /// The container in which commands are executed, and its process.
    base: Option<(String, Pid)>,
}

impl Worker {
    fn new(programs: Programs) -> Outcome<Self> {
        unshare(CloneFlags::CLONE_NEWNS)?;
        let nothing = None::<&str>;
        mount(nothing, "/", nothing, MsFlags::MS_REC | MsFlags::MS_PRIVATE, nothing)?;
        mount(Some("tmpfs"), "/run", Some("tmpfs"), MsFlags::empty(), nothing)?;
        set_child_subreaper(true)?;
        Ok(Self { programs, journal: Journal::listen()?, runs: 0, base: None })
    }

    fn run(&mut self, job: &Job) -> Outcome<Run> {
        let scenario = Scenario::named(&job.scenario).ok_or("no such scenario")?;
        let fault: Option<Fault> = job.fault.as_deref().map(str::parse).transpose()?;
        self.runs += 1;
        let dir = PathBuf::from(format!("{BASE}/{}", self.runs));
        let cid = match scenario.exec {
            true => self.base_container()?,
            false => format!("{:032x}", self.runs),
        };
        let state = if scenario.exec { PathBuf::from(BASE).join("state") } else { dir.join("state") };
        let scene = Scene::lay_out(dir, cid, scenario, &self.programs)?;
        let run = self.perform(scenario, &scene, &state, fault.as_ref());
        fs::remove_dir_all(&scene.dir)?;
        run.map(|run| Run { scenario: job.scenario.clone(), fault: job.fault.clone(), ..run })
    }

    fn perform(
        &mut self,
        scenario: &Scenario,
        scene: &Scene,
        state: &Path,
        fault: Option<&Fault>,
    ) -> Outcome<Run> {
        let begin = Instant::now();
        let shared = Shared::default();
        let mut tracer = Tracer::new(fault, &shared, scenario.guarded);
        let (pipes, mut theirs, stderr) = Pipes::new()?;
        if !scenario.attach_pipe {
            theirs.truncate(2);
        }
        let mut command = scene.command(scenario, &self.programs, state);
        command.stderr(stderr);
        let manager = Manager { scenario, scene, state, shared: &shared, begin };
        let (seen, left) = std::thread::scope(|scope| {
            let managing = scope.spawn(|| manager.manage(pipes));
            let traced = trace(&mut tracer, command, theirs, !scenario.sync);
            shared.over();
            let left = self.clear();
            let seen = managing.join().map_err(|_| "the manager's thread panicked")?;
            traced.map(|()| (seen, left))
        })?;
        let logged = self.logged(scenario, scene)?;
        let evidence =
            Evidence { scenario, scene, seen: &seen, shared: &shared, logged: &logged, left: &left };
        let (mut broken, refused) = judge(&evidence);
        let mut excepted = vec![];
        if let Some(fault) = fault {
            broken.retain(|rule| match exception(fault, rule) {
                Some(exception) => {
                    excepted.push(exception.reason.to_owned());
                    false
                }
                None => true,
            });
        }
        let calls =
            if fault.is_none() { tracer.calls.iter().map(ToString::to_string).collect() } else { vec![] };
        let milliseconds = u64::try_from(begin.elapsed().as_millis())?;
        let reached = tracer.reached;
        Ok(Run {
            scenario: String::new(),
            fault: None,
            reached,
            refused,
            broken,
            once: vec![],
            excepted,
            milliseconds,
            calls,
        })
    }

    fn logged(&self, scenario: &Scenario, scene: &Scene) -> Outcome<Logged> {
        let mut logged = Logged::default();
        let files = log_files(scene)?;
        match scenario.log {
            LogKind::K8s => files.iter().for_each(|bytes| logged.add_k8s(bytes)),
            LogKind::Json => files.iter().for_each(|bytes| logged.add_json(bytes)),
            LogKind::Journal => logged.add_journal(&self.journal.take(&scene.cid)?),
        }
        Ok(logged)
    }

    /// Kills leftover processes, and returns their command lines.
    fn clear(&self) -> Vec<String> {
        let (mut left, mut killed, begin) = (vec![], vec![], Instant::now());
        loop {
            while waitpid(None, Some(wait_flags() | nix::sys::wait::WaitPidFlag::WNOHANG))
                .is_ok_and(|status| status.pid().is_some())
            {}
            let resident = self.base.as_ref().map(|(_, pid)| *pid);
            let children: Vec<Pid> = children().into_iter().filter(|pid| Some(*pid) != resident).collect();
            if children.is_empty() {
                return left;
            }
            if begin.elapsed() > GRACE {
                for child in children.into_iter().filter(|child| !killed.contains(child)).collect::<Vec<_>>()
                {
                    left.push(command_line(child));
                    let _ = kill(child, Signal::SIGKILL);
                    killed.push(child);
                }
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Creates a sleeping container without a monitor.
    fn base_container(&mut self) -> Outcome<String> {
        if let Some((cid, _)) = &self.base {
            return Ok(cid.clone());
        }
        let cid = "f".repeat(32);
        let scenario = Scenario { payload: &["sleep"], steps: &[Step::Start], ..*BASE_SCENARIO };
        let scene = Scene::lay_out(PathBuf::from(BASE).join("base"), cid.clone(), &scenario, &self.programs)?;
        let state = PathBuf::from(BASE).join("state");
        let pidfile = scene.at("pidfile");
        let runtime = |words: &[&str]| -> Outcome {
            let mut command = Command::new(&self.programs.runtime);
            command.arg(format!("--root={}", state.display())).args(words);
            let ended =
                command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).status()?;
            if ended.success() { Ok(()) } else { Err(format!("{words:?}: {ended}").into()) }
        };
        let (bundle, pid) = (scene.at("bundle"), pidfile.to_string_lossy().into_owned());
        runtime(&["create", "--bundle", &bundle.to_string_lossy(), "--pid-file", &pid, &cid])?;
        runtime(&["start", &cid])?;
        let pid = Pid::from_raw(fs::read_to_string(&pidfile)?.trim().parse()?);
        self.base = Some((cid.clone(), pid));
        Ok(cid)
    }
}

/// Any scenario that creates its own container.
const BASE_SCENARIO: &Scenario = match crate::scenario::SCENARIOS {
    [first, ..] => first,
    [] => unreachable!(),
};

fn trace(tracer: &mut Tracer<'_>, mut command: Command, theirs: Vec<OwnedFd>, daemon: bool) -> Outcome {
    // Dropping the command closes our copy of the monitor's stderr.
    tracer.run(&mut command, theirs, daemon)
}

/// The log files, oldest first.
fn log_files(scene: &Scene) -> Outcome<Vec<Vec<u8>>> {
    let mut names: Vec<String> = fs::read_dir(&scene.dir)?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("ctr.log"))
        .collect();
    // The manager renamed `.old`, rotation renamed `.N`; the highest number is the oldest.
    names.sort_by_key(|name| match name.strip_prefix("ctr.log.") {
        Some("old") => -1000,
        Some(number) => -number.parse::<i32>().unwrap_or(0),
        None => 0,
    });
    names.iter().map(|name| Ok(fs::read(scene.at(name))?)).collect()
}

/// The children of all threads of this process (proc(5), `/proc/PID/task/TID/children`).
fn children() -> Vec<Pid> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .map(Pid::from_raw)
        .collect()
}

fn command_line(pid: Pid) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ").chars().take(120).collect()
}
