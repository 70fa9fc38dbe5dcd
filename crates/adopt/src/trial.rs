//! Finds out whether the executable can continue a monitor with a document: it is run with the monitor's command line and
//! environment, reads the document, and reports that. The monitor is not involved.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use conmon_core::{Candidate, READY, VARIABLE};
use conmon_sys::memfd;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::process::{Proc, reason};

/// How long the container waits meanwhile.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of its stderr output that are reported at most.
const MAX_WORDS: u64 = 512;

/// Tries the executable.
///
/// # Errors
/// Its stderr output, or why it cannot be executed.
pub(crate) fn try_out(
    candidate: &Candidate,
    process: Proc,
    arguments: &[Vec<u8>],
    environment: &[Vec<u8>],
    document: &str,
) -> Result<(), String> {
    let document = memfd::sealed(c"conmon-state", document.as_bytes()).map_err(|errno| errno.to_string())?;
    let inherited = inheritable(&document)?;
    let program = inheritable(candidate.file())?;
    let mut command = Command::new(format!("/proc/self/fd/{}", program.as_raw_fd()));
    let [name, arguments @ ..] = arguments else { return Err("it has no command line".to_owned()) };
    command.arg0(OsString::from_vec(name.clone())).args(arguments.iter().cloned().map(OsString::from_vec));
    command.env_clear().envs(environment.iter().filter_map(|entry| {
        let at = entry.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (entry.get(..at)?, entry.get(at + 1..)?);
        Some((OsString::from_vec(name.to_vec()), OsString::from_vec(value.to_vec())))
    }));
    command.env(VARIABLE, format!("try:{}", inherited.as_raw_fd())).current_dir(process.path("cwd"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| format!("cannot execute it: {}", reason(&error)))?;
    drop((inherited, program));
    judge(child)
}

/// A duplicate that other programs inherit.
fn inheritable(file: impl AsFd) -> Result<OwnedFd, String> {
    let copy = file.as_fd().try_clone_to_owned().map_err(|error| reason(&error))?;
    fcntl(&copy, FcntlArg::F_SETFD(FdFlag::empty())).map_err(|errno| errno.to_string())?;
    Ok(copy)
}

fn judge(mut child: Child) -> Result<(), String> {
    let words = child.stderr.take().map(OwnedFd::from).map(File::from).ok_or("it has no stderr")?;
    if !ends_before(Instant::now() + PATIENCE, &words) {
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("the executable does not answer within {} s", PATIENCE.as_secs()));
    }
    let mut text = Vec::new();
    let _ = words.take(MAX_WORDS).read_to_end(&mut text);
    let ended = child.wait().map_err(|error| reason(&error))?;
    let text = String::from_utf8_lossy(&text);
    match text.trim() {
        READY if ended.success() => Ok(()),
        "" | READY => Err("the executable cannot continue it".to_owned()),
        text => Err(text.to_owned()),
    }
}

/// Waits until no process holds the other end of the pipe.
fn ends_before(limit: Instant, pipe: &File) -> bool {
    loop {
        let left = limit.saturating_duration_since(Instant::now());
        let mut ended = [PollFd::new(pipe.as_fd(), PollFlags::empty())];
        match poll(&mut ended, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Ok(count) if count > 0 => return true,
            _ if left.is_zero() => return false,
            _ => {}
        }
    }
}
