//! Measures as a manager sees it: the time from the start of a monitor to its message on the sync pipe, from the death of
//! the container to the exit file, and the CPU time of all processes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use serde_json::Value;

use crate::manager::{clean, cpu_of_children, fill, launch, pid_of, read_spec, wait_for_all};
use crate::{Outcome, contest};

/// In every word, `{round}` becomes a text unique to the life.
#[derive(Deserialize)]
struct Spec {
    rounds: u32,
    /// The command, before the arguments.
    contenders: BTreeMap<String, Vec<String>>,
    arguments: Vec<String>,
    /// Members that the message must have to be a success.
    success: BTreeMap<String, Value>,
    /// With an attach pipe, as for Podman's exec.
    #[serde(default)]
    attach: bool,
    /// Directory and name of the exit file; `None`: measure only the start.
    exit_file: Option<[String; 2]>,
    /// How long the container lives before it is killed: by then the monitor sleeps, as usual when a container exits.
    #[serde(default)]
    rest_ms: u64,
    /// The cleanup command.
    clean: Vec<String>,
}

pub(crate) fn run(spec: &str) -> Outcome {
    let spec: Spec = read_spec(spec)?;
    set_child_subreaper(true)?;
    let times = contest::hold(&spec.contenders, spec.rounds, |words, round| live(&spec, words, round))?;
    println!("{}", serde_json::to_string(&times)?);
    Ok(())
}

fn live(spec: &Spec, contender: &[String], round: &str) -> Outcome<Vec<(&'static str, Duration)>> {
    let words = [contender.to_vec(), fill(&spec.arguments, round)].concat();
    let cpu = cpu_of_children()?;
    let begun = Instant::now();
    let mut launched = launch(words.clone(), spec.attach)?;
    launched.wait()?;
    let message = launched.message()?;
    let mut times = vec![("start", begun.elapsed())];
    if let Some(exit_file) = &spec.exit_file {
        let [directory, name] = exit_file.each_ref().map(|word| word.replace("{round}", round));
        times.push(("end", end(Path::new(&directory), &name, &message, spec.rest_ms)?));
    }
    if let Some(member) = spec.success.iter().find(|(key, value)| message.get(key) != Some(value)) {
        // Pids differ: accept any positive number.
        let is_pid = *member.1 == "pid" && message[member.0].as_i64().is_some_and(|pid| pid > 0);
        if !is_pid {
            return Err(
                format!("{words:?} printed {message}, but {} should be {}", member.0, member.1).into()
            );
        }
    }
    wait_for_all()?;
    times.push(("cpu", cpu_of_children()? - cpu));
    clean(&fill(&spec.clean, round))?;
    Ok(times)
}

/// Kills the container and waits for its exit file.
fn end(directory: &Path, name: &str, message: &Value, rest_ms: u64) -> Outcome<Duration> {
    let pid = pid_of(message).ok_or_else(|| format!("no pid in {message}"))?;
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC)?;
    inotify.add_watch(directory, AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_CREATE)?;
    std::thread::sleep(Duration::from_millis(rest_ms));
    let killed = Instant::now();
    kill(Pid::from_raw(pid), Signal::SIGKILL)?;
    loop {
        let events = inotify.read_events()?;
        if events.iter().any(|event| event.name.as_deref() == Some(name.as_ref())) {
            return Ok(killed.elapsed());
        }
    }
}
