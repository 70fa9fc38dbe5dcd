//! The old executable's side: the new one, from its check to its execution.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use conmon_sys::command_line;
use conmon_sys::environment::Environment;
use conmon_sys::errors::describe;
use conmon_sys::fds::{KeptAcrossExec, close_on_exec_from};
use conmon_sys::memfd;
use conmon_sys::process::{Child, EXECUTE_FAILED, Ended, Waited, execute_file, exit_now, fork_alone, reap};
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, dup2_stderr, geteuid, pipe2};

use super::{Descriptors, READY, VARIABLE};
use crate::error::{Error, Reason, Step};

/// How long the container waits while the new executable is tried.
const PATIENCE: Duration = Duration::from_secs(2);
/// Limit on the bytes of its stderr output that are reported.
const MAX_WORDS: u64 = 512;
/// Mode bits that let users other than the owner write.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A file that may become this process.
#[derive(Debug)]
pub struct Candidate(File);

impl Candidate {
    /// Accepts only a file that belongs to root or to our user and that no other user can write to.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check(file: File) -> Result<Self, String> {
        let found = file.metadata().map_err(|error| Reason(&error).to_string())?;
        if !found.is_file() {
            return Err("the executable is not a regular file".to_owned());
        }
        if found.uid() != 0 && found.uid() != geteuid().as_raw() {
            return Err(format!("the executable belongs to user {}", found.uid()));
        }
        if found.mode() & WRITABLE_BY_OTHERS != 0 {
            return Err("others than its owner can write to the executable".to_owned());
        }
        Ok(Self(file))
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.0
    }

    /// Whether it can continue this monitor: a child executes it, and it reads the document.
    ///
    /// # Errors
    /// Its stderr output, or why it cannot be executed.
    pub(crate) fn try_out(&self, document: &OwnedFd) -> Result<(), String> {
        let exec = CandidateExec::new("try", document).map_err(|error| error.to_string())?;
        let (words, theirs) = pipe2(OFlag::O_CLOEXEC)
            .step("create a pipe for the new executable")
            .map_err(|error| error.to_string())?;
        match fork_alone().step("fork to try the new executable").map_err(|error| error.to_string())? {
            None => {
                let _ = dup2_stderr(&theirs);
                let _ = close_on_exec_from(3);
                let kept = KeptAcrossExec::mark([document.as_raw_fd()].into_iter());
                let error = kept.map_or_else(io::Error::from, |_kept| exec.execute(&self.0));
                let words = format!("cannot execute it: {}", Reason(&error));
                let _ = nix::unistd::write(&theirs, words.as_bytes());
                exit_now(EXECUTE_FAILED)
            }
            Some(child) => {
                drop(theirs);
                judge(child, words.into())
            }
        }
    }

    /// Executes it in place of this process, with these descriptors. Returns only on failure, and nothing has changed then.
    pub(crate) fn replace_this_process(&self, document: &OwnedFd, descriptors: &Descriptors) -> String {
        let exec = match CandidateExec::new("resume", document) {
            Ok(exec) => exec,
            Err(error) => return error.to_string(),
        };
        let kept = match KeptAcrossExec::mark(descriptors.numbers().chain([document.as_raw_fd()])) {
            Ok(kept) => kept,
            Err(errno) => return format!("cannot pass the descriptors on: {}", describe(errno)),
        };
        let error = exec.execute(&self.0);
        kept.undo();
        format!("cannot execute it: {}", Reason(&error))
    }
}

/// The document on a sealed memfd.
///
/// # Errors
/// Those of [`memfd::sealed`].
pub(crate) fn document(json: &[u8]) -> Result<OwnedFd, Error> {
    memfd::sealed(c"conmon-state", json).step("write the monitor's state")
}

/// Arguments and environment of the new executable: those of this process, and where the document is.
struct CandidateExec {
    argv: Vec<CString>,
    variable: CString,
}

impl CandidateExec {
    fn new(purpose: &str, document: &OwnedFd) -> Result<Self, Error> {
        const STEP: &str = "prepare the command line";
        let argv = command_line::arguments().into_iter().map(CString::new);
        let argv = argv.collect::<Result<_, _>>().map_err(io::Error::other).step(STEP)?;
        let variable = CString::new(format!("{VARIABLE}={purpose}:{}", document.as_raw_fd()));
        Ok(Self { argv, variable: variable.map_err(io::Error::other).step(STEP)? })
    }

    /// Returns only on failure.
    fn execute(&self, file: &File) -> io::Error {
        let argv: Vec<&CStr> = self.argv.iter().map(CString::as_c_str).collect();
        let mut environment = Environment::inherit();
        environment.add(&self.variable);
        execute_file(file, &argv, &environment)
    }
}

/// Waits for the child and reads its stderr output.
fn judge(child: Pid, mut words: File) -> Result<(), String> {
    let limit = Instant::now() + PATIENCE;
    if !ends_before(limit, &words) {
        let _ = kill(child, Signal::SIGKILL);
        reap(Child::This(child), true);
        return Err(format!("the new executable does not answer within {} s", PATIENCE.as_secs()));
    }
    let mut text = Vec::new();
    let _ = (&mut words).take(MAX_WORDS).read_to_end(&mut text);
    let ended = reap(Child::This(child), true);
    let text = String::from_utf8_lossy(&text);
    match (text.trim(), ended) {
        (READY, Waited::Ended(_, Ended::Exited(0))) => Ok(()),
        ("" | READY, _) => Err("the executable cannot continue this monitor".to_owned()),
        (text, _) => Err(text.to_owned()),
    }
}

/// Waits until no process holds the other end of the pipe. The content of the pipe is not read.
fn ends_before(limit: Instant, pipe: &File) -> bool {
    loop {
        let left = limit.saturating_duration_since(Instant::now());
        let mut ended = [PollFd::new(pipe.as_fd(), PollFlags::empty())];
        let patience = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut ended, patience) {
            Ok(count) if count > 0 => return true,
            _ if left.is_zero() => return false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn script(directory: &tempfile::TempDir, text: &str) -> Candidate {
        let path = directory.path().join("candidate");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        Candidate::check(File::open(&path).unwrap()).unwrap()
    }

    #[test]
    fn a_file_that_others_can_write_to_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("candidate");
        std::fs::write(&path, "").unwrap();
        for mode in [0o775, 0o757, 0o777] {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            assert!(Candidate::check(File::open(&path).unwrap()).is_err_and(|why| why.contains("write")));
        }
        assert!(
            Candidate::check(File::open(directory.path()).unwrap())
                .is_err_and(|why| why.contains("not a regular file"))
        );
    }

    #[test]
    fn a_file_that_is_not_a_program_is_refused_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let document = document(b"{}").unwrap();
        let why = script(&directory, "no program").try_out(&document).unwrap_err();
        assert!(why.contains("cannot execute it: Exec format error"), "{why}");
    }

    #[test]
    fn a_program_that_knows_nothing_of_this_is_refused_whatever_its_status() {
        let document = document(b"{}").unwrap();
        for program in ["/bin/true", "/bin/false"] {
            let candidate = Candidate::check(File::open(program).unwrap()).unwrap();
            assert!(candidate.try_out(&document).is_err(), "{program}");
        }
    }
}
