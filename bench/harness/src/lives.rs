//! The manager's stopwatch: from the start of a monitor to the pid on the sync pipe, and from the death of the container to
//! the exit file. The order is Podman's: spawn, start byte, wait for the launcher, read the sync pipe.

use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::Outcome;

/// SPEC: `{"rounds": N, "contenders": {NAME: [words before the arguments]}, "arguments": [...], "cid": "…", "exits": DIR,
/// "clean": [words]}`. In `arguments` and `clean`, `{round}` becomes a number of its own for each life. `exits`, if
/// there, is where the exit file appears; without it only the start is measured, and the sync pipe is read to its end.
pub(crate) fn run(spec: &str) -> Outcome {
    let spec: Value = serde_json::from_str(&fs::read_to_string(spec)?)?;
    let contenders = spec["contenders"].as_object().ok_or("no contenders")?;
    let mut results = serde_json::Map::new();
    for name in contenders.keys() {
        results.insert(name.clone(), json!({ "start": [], "end": [] }));
    }
    for round in 0..spec["rounds"].as_u64().ok_or("no rounds")? {
        for (turn, (name, words)) in contenders.iter().enumerate() {
            let life = Life::new(&spec, words, &format!("{round}-{turn}"))?;
            let (start, end) = life.live()?;
            push(&mut results, name, "start", Some(start));
            push(&mut results, name, "end", end);
        }
    }
    println!("{}", Value::Object(results));
    Ok(())
}

fn push(results: &mut serde_json::Map<String, Value>, name: &str, what: &str, time: Option<Duration>) {
    let list = results.get_mut(name).and_then(|result| result[what].as_array_mut());
    if let (Some(list), Some(time)) = (list, time) {
        list.push(json!(time.as_nanos().try_into().unwrap_or(u64::MAX)));
    }
}

struct Life {
    words: Vec<String>,
    clean: Vec<String>,
    cid: String,
    exits: Option<String>,
}

impl Life {
    fn new(spec: &Value, contender: &Value, round: &str) -> Result<Self, Box<dyn std::error::Error>> {
        let list = |value: &Value| -> Vec<String> {
            let words = value.as_array().map_or(&[][..], Vec::as_slice);
            words.iter().filter_map(Value::as_str).map(|word| word.replace("{round}", round)).collect()
        };
        let words = [list(contender), list(&spec["arguments"])].concat();
        Ok(Self {
            words,
            clean: list(&spec["clean"]),
            cid: spec["cid"].as_str().ok_or("no cid")?.replace("{round}", round),
            exits: spec["exits"].as_str().map(str::to_owned),
        })
    }

    fn live(&self) -> Result<(Duration, Option<Duration>), Box<dyn std::error::Error>> {
        let (mut sync, sync_theirs) = pair()?;
        let (mut start, start_theirs) = pair()?;
        let program = self.words.first().ok_or("no program")?;
        let begun = Instant::now();
        let mut launcher = Command::new(program)
            .args(&self.words[1..])
            .env("_OCI_SYNCPIPE", sync_theirs.as_raw_fd().to_string())
            .env("_OCI_STARTPIPE", start_theirs.as_raw_fd().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        drop((sync_theirs, start_theirs));
        start.write_all(&[0])?;
        let status = launcher.wait()?;
        let mut line = String::new();
        let mut byte = [0];
        while sync.read(&mut byte)? == 1 && byte != *b"\n" {
            line.push(char::from(byte[0]));
        }
        let started = begun.elapsed();
        let message: Value =
            serde_json::from_str(&line).map_err(|_| format!("{program}: {status}, said {line:?}"))?;
        let ended = match &self.exits {
            Some(exits) => Some(self.end(Path::new(exits), &message)?),
            None => {
                // The monitor is gone when nobody holds the pipe any more.
                sync.read_to_string(&mut line)?;
                None
            }
        };
        if let Some((program, arguments)) = self.clean.split_first() {
            Command::new(program).args(arguments).stderr(Stdio::null()).status()?;
        }
        Ok((started, ended))
    }

    /// Kills the container and waits for its exit file.
    fn end(&self, exits: &Path, message: &Value) -> Result<Duration, Box<dyn std::error::Error>> {
        let pid = ["data", "pid"].iter().find_map(|key| message[*key].as_i64()).filter(|pid| *pid > 0);
        let pid =
            pid.and_then(|pid| i32::try_from(pid).ok()).ok_or_else(|| format!("no pid in {message}"))?;
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC)?;
        inotify.add_watch(exits, AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_CREATE)?;
        let killed = Instant::now();
        kill(Pid::from_raw(pid), Signal::SIGKILL)?;
        loop {
            let events = inotify.read_events()?;
            if events.iter().any(|event| event.name.as_deref() == Some(self.cid.as_ref())) {
                return Ok(killed.elapsed());
            }
        }
    }
}

/// A socket pair of which only the second end is inherited.
fn pair() -> Result<(UnixStream, OwnedFd), Box<dyn std::error::Error>> {
    let (ours, theirs) = UnixStream::pair()?;
    let theirs = OwnedFd::from(theirs);
    fcntl(&theirs, FcntlArg::F_SETFD(FdFlag::empty()))?;
    Ok((ours, theirs))
}
