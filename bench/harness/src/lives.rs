//! The manager's stopwatch: from the start of a monitor to its message on the sync pipe, and from the death of the
//! container to the exit file. The order is Podman's: spawn, start byte, with an attach pipe its message and the second
//! start byte, wait for the launcher, read the sync pipe.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use serde::Deserialize;
use serde_json::Value;

use crate::{Outcome, contest};

/// In every word, `{round}` becomes a text of its own for each life.
#[derive(Deserialize)]
struct Spec {
    rounds: u32,
    /// Words before the arguments.
    contenders: BTreeMap<String, Vec<String>>,
    arguments: Vec<String>,
    /// Members that the message must have, or it is no success.
    success: BTreeMap<String, Value>,
    /// With an attach pipe, as Podman's exec has.
    #[serde(default)]
    attach: bool,
    /// Where the exit file appears and what it is called; none: only the start is measured.
    exit_file: Option<[String; 2]>,
    /// A command for afterwards.
    clean: Vec<String>,
}

pub(crate) fn run(spec: &str) -> Outcome {
    let spec: Spec = serde_json::from_slice(&fs::read(spec)?)?;
    // The monitors come to us when their launchers exit: so we know when they are gone.
    set_child_subreaper(true)?;
    let times = contest::hold(&spec.contenders, spec.rounds, |words, round| live(&spec, words, round))?;
    println!("{}", serde_json::to_string(&times)?);
    Ok(())
}

fn live(spec: &Spec, contender: &[String], round: &str) -> Outcome<Vec<(&'static str, Duration)>> {
    let fill = |words: &[String]| -> Vec<String> {
        words.iter().map(|word| word.replace("{round}", round)).collect()
    };
    let words = [contender.to_vec(), fill(&spec.arguments)].concat();
    let (started, message) = start(&words, spec.attach)?;
    let mut times = vec![("start", started)];
    if let Some(exit_file) = &spec.exit_file {
        let [folder, name] = exit_file.each_ref().map(|word| word.replace("{round}", round));
        times.push(("end", end(Path::new(&folder), &name, &message)?));
    }
    if let Some(member) = spec.success.iter().find(|(key, value)| message.get(key) != Some(value)) {
        // A pid is different every time: any positive number is one.
        let is_pid = *member.1 == "pid" && message[member.0].as_i64().is_some_and(|pid| pid > 0);
        if !is_pid {
            return Err(format!("{words:?} said {message}, where {} should be {}", member.0, member.1).into());
        }
    }
    wait_for_all()?;
    if let Some((program, arguments)) = fill(&spec.clean).split_first() {
        Command::new(program).args(arguments).stderr(Stdio::null()).status()?;
    }
    Ok(times)
}

/// Time until the message, and the message.
fn start(words: &[String], attach: bool) -> Outcome<(Duration, Value)> {
    let (program, arguments) = words.split_first().ok_or("no program")?;
    let (mut sync, sync_theirs) = pair()?;
    let (mut start, start_theirs) = pair()?;
    let (mut attached, attach_theirs) = pair()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    command.env("_OCI_SYNCPIPE", sync_theirs.as_raw_fd().to_string());
    command.env("_OCI_STARTPIPE", start_theirs.as_raw_fd().to_string());
    if attach {
        command.env("_OCI_ATTACHPIPE", attach_theirs.as_raw_fd().to_string());
    }
    let begun = Instant::now();
    let mut launcher = command.spawn()?;
    drop((sync_theirs, start_theirs, attach_theirs));
    start.write_all(&[0])?;
    if attach {
        read_line(&mut attached)?;
        start.write_all(&[0])?;
    }
    let status = launcher.wait()?;
    let line = read_line(&mut sync)?;
    let started = begun.elapsed();
    let message = serde_json::from_str(&line).map_err(|_| format!("{words:?}: {status}, said {line:?}"))?;
    Ok((started, message))
}

/// The first line. Where the process has ended already, its exit may come in the same piece.
fn read_line(pipe: &mut UnixStream) -> Outcome<String> {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    while !text.contains(&b'\n') {
        match pipe.read(&mut chunk)? {
            0 => break,
            count => text.extend_from_slice(&chunk[..count]),
        }
    }
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8(line.to_vec())?)
}

/// Kills the container and waits for its exit file.
fn end(folder: &Path, name: &str, message: &Value) -> Outcome<Duration> {
    let pid = ["data", "pid"].iter().find_map(|key| message[*key].as_i64()).filter(|pid| *pid > 1);
    let pid = pid.and_then(|pid| i32::try_from(pid).ok()).ok_or_else(|| format!("no pid in {message}"))?;
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC)?;
    inotify.add_watch(folder, AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_CREATE)?;
    let killed = Instant::now();
    kill(Pid::from_raw(pid), Signal::SIGKILL)?;
    loop {
        let events = inotify.read_events()?;
        if events.iter().any(|event| event.name.as_deref() == Some(name.as_ref())) {
            return Ok(killed.elapsed());
        }
    }
}

/// Until nothing of this life is left that the next one would have to share the processors with.
fn wait_for_all() -> Outcome {
    let limit = Instant::now() + Duration::from_secs(10);
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::ECHILD) => return Ok(()),
            Err(Errno::EINTR) => {}
            Ok(status) if status.pid().is_some() => {}
            Ok(_) if Instant::now() < limit => sleep(Duration::from_micros(200)),
            Ok(_) => return Err("a monitor does not end although its container has".into()),
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// A socket pair of which only the second end is inherited.
fn pair() -> Outcome<(UnixStream, OwnedFd)> {
    let (ours, theirs) = UnixStream::pair()?;
    let theirs = OwnedFd::from(theirs);
    fcntl(&theirs, FcntlArg::F_SETFD(FdFlag::empty()))?;
    Ok((ours, theirs))
}
