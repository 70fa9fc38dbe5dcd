//! Starts a monitor like a manager. The order is Podman's: spawn, start byte, with an attach pipe its message and the
//! second start byte, wait for the launcher, read the sync pipe.
//!
//! Not here: the measurements around it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::sys::wait::{WaitPidFlag, waitpid};
use serde_json::Value;

use crate::Outcome;

/// A monitor's launcher that has received its start bytes.
pub(crate) struct Launched {
    words: Vec<String>,
    launcher: Child,
    sync: BufReader<UnixStream>,
    /// Stays open, as in a manager.
    _attached: Option<BufReader<UnixStream>>,
}

/// Starts a command line; with `attach` it has an attach pipe, as for Podman's exec.
pub(crate) fn launch(words: Vec<String>, attach: bool) -> Outcome<Launched> {
    let (program, arguments) = words.split_first().ok_or("no program")?;
    let (sync, sync_theirs) = pair()?;
    let (mut start, start_theirs) = pair()?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    command.env("_OCI_SYNCPIPE", sync_theirs.as_raw_fd().to_string());
    command.env("_OCI_STARTPIPE", start_theirs.as_raw_fd().to_string());
    let attached = attach.then(pair).transpose()?;
    if let Some((_, theirs)) = &attached {
        command.env("_OCI_ATTACHPIPE", theirs.as_raw_fd().to_string());
    }
    let launcher = command.spawn()?;
    drop((sync_theirs, start_theirs));
    start.write_all(&[0])?;
    let mut attached = attached.map(|(ours, _)| BufReader::new(ours));
    if let Some(attached) = &mut attached {
        attached.read_until(b'\n', &mut Vec::new())?;
        start.write_all(&[0])?;
    }
    Ok(Launched { words, launcher, sync: BufReader::new(sync), _attached: attached })
}

impl Launched {
    /// Waits for the launcher, as a manager does before it reads the first message.
    pub(crate) fn wait(&mut self) -> Outcome {
        self.launcher.wait()?;
        Ok(())
    }

    /// The next line on the sync pipe.
    pub(crate) fn message(&mut self) -> Outcome<Value> {
        let mut line = String::new();
        self.sync.read_line(&mut line)?;
        Ok(serde_json::from_str(&line).map_err(|_| format!("{:?} said {line:?}", self.words))?)
    }

    /// The container's pid, which must be in the next line.
    pub(crate) fn pid(&mut self) -> Outcome<i32> {
        let message = self.message()?;
        pid_of(&message)
            .ok_or_else(|| format!("{:?} said {message}, where there should be a pid", self.words).into())
    }
}

/// The pid in a message, if any.
pub(crate) fn pid_of(message: &Value) -> Option<i32> {
    let pid = ["data", "pid"].iter().find_map(|key| message[*key].as_i64()).filter(|pid| *pid > 1);
    pid.and_then(|pid| i32::try_from(pid).ok())
}

/// Replaces `{round}` by `text` in every word.
pub(crate) fn fill(words: &[String], text: &str) -> Vec<String> {
    words.iter().map(|word| word.replace("{round}", text)).collect()
}

/// Runs the cleanup command, if there is one.
pub(crate) fn clean(words: &[String]) -> Outcome {
    if let Some((program, arguments)) = words.split_first() {
        Command::new(program).args(arguments).stderr(Stdio::null()).status()?;
    }
    Ok(())
}

/// Waits until no process is left that would share the processors with the next turn. Since we are a subreaper, monitors
/// become our children when their launchers exit.
pub(crate) fn wait_for_all() -> Outcome {
    let limit = Instant::now() + Duration::from_secs(30);
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Err(Errno::ECHILD) => return Ok(()),
            Err(Errno::EINTR) => {}
            Ok(status) if status.pid().is_some() => {}
            Ok(_) if Instant::now() < limit => sleep(Duration::from_micros(200)),
            Ok(_) => return Err("a monitor survives its container".into()),
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// CPU time of all descendants waited for by us or by one another.
pub(crate) fn cpu_of_children() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(microseconds)?))
}

/// Reads the specification of a subcommand.
pub(crate) fn read_spec<S: serde::de::DeserializeOwned>(path: &str) -> Outcome<S> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

/// A socket pair of which only the second end is inherited.
fn pair() -> Outcome<(UnixStream, OwnedFd)> {
    let (ours, theirs) = UnixStream::pair()?;
    let theirs = OwnedFd::from(theirs);
    fcntl(&theirs, FcntlArg::F_SETFD(FdFlag::empty()))?;
    Ok((ours, theirs))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pid_is_taken_from_either_key_and_is_more_than_one() {
        assert_eq!(pid_of(&json!({"data": 7})), Some(7));
        assert_eq!(pid_of(&json!({"pid": 7})), Some(7));
        for message in
            [json!({"data": -1}), json!({"data": 1}), json!({"exit_code": 7}), json!({"pid": 1_u64 << 40})]
        {
            assert_eq!(pid_of(&message), None, "{message}");
        }
    }

    #[test]
    fn every_place_of_a_round_is_filled() {
        assert_eq!(fill(&["a-{round}/{round}".to_owned(), "b".to_owned()], "3"), ["a-3/3", "b"]);
    }
}
