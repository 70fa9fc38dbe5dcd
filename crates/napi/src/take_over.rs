//! From a Node process to the executable, in place: same pid, same descriptors, same environment.
//!
//! `execve(2)` keeps what Node has changed about the process. What is undone here: inherited descriptors are
//! close-on-exec (Node marks them when it starts), SIGPIPE and SIGXFSZ are ignored, and the signal mask may be anything.
//! What cannot be undone: Node raises the soft limit of open files to the hard one, and nothing remembers what it was.
//! What must not have happened: a touch of `process.stdin`, `stdout` or `stderr` makes the description that we share
//! with our caller non-blocking.

mod inherited;
mod plan_file;

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, OwnedFd};

use napi::bindgen_prelude::{Buffer, Error, Result};
use napi_derive::napi;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};

use crate::sys::{descriptor, disposition};

/// Environment variable that names the descriptor of the plan. The executable reads the same name.
const PLAN_FD: &[u8] = b"_CONMON_PLAN_FD";

/// What the executable is started with. Bytes, because neither arguments nor environment need be UTF-8.
#[napi(object)]
pub struct Handover {
    /// Path of the executable.
    pub executable: Buffer,
    /// The plan, as JSON.
    pub plan: String,
    /// The whole argument vector, the name of the program first.
    pub argv: Vec<Buffer>,
    /// `NAME=value`, as the executable and everything it starts shall see it.
    pub environment: Vec<Buffer>,
}

/// Replaces this process by the executable, which carries out the plan. Returns only by throwing: then the process is as
/// it was before.
#[napi(catch_unwind, ts_return_type = "never")]
pub fn take_over(handover: Handover) -> Result<()> {
    let executable = c_string(&handover.executable, "the path of the executable")?;
    let plan = plan_file::sealed(handover.plan.as_bytes())
        .map_err(|errno| failed(&format!("put the plan into a memfd: {}", errno.desc())))?;
    let argv = c_strings(&handover.argv, "an argument")?;
    let environment = environment(&handover.environment, &plan)?;
    let errno = execute(&executable, &argv, &environment, &plan);
    Err(failed(&format!("execute {}: {}", executable.to_string_lossy(), errno.desc())))
}

fn execute(executable: &CStr, argv: &[CString], environment: &[CString], plan: &OwnedFd) -> Errno {
    let inherited = match inherited::descriptors() {
        Ok(list) => list,
        Err(errno) => return errno,
    };
    let kept = descriptor::Kept::across_exec(inherited.iter().copied().chain([plan.as_raw_fd()]));
    let defaults = disposition::Defaults::set();
    let mut mask = SigSet::empty();
    let masked = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), Some(&mut mask));
    let Err(errno) = nix::unistd::execve(executable, argv, environment);
    if masked.is_ok() {
        let _ = pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&mask), None);
    }
    defaults.undo();
    kept.undo();
    errno
}

fn environment(given: &[Buffer], plan: &OwnedFd) -> Result<Vec<CString>> {
    let mut environment = Vec::with_capacity(given.len() + 1);
    for entry in given {
        let ours = entry.strip_prefix(PLAN_FD).is_some_and(|rest| rest.first() == Some(&b'='));
        if !ours {
            environment.push(c_string(entry, "a variable of the environment")?);
        }
    }
    let mut entry = PLAN_FD.to_vec();
    entry.extend_from_slice(format!("={}", plan.as_raw_fd()).as_bytes());
    environment.push(c_string(&entry, "the plan's variable")?);
    Ok(environment)
}

fn c_strings(list: &[Buffer], what: &str) -> Result<Vec<CString>> {
    list.iter().map(|bytes| c_string(bytes, what)).collect()
}

fn c_string(bytes: &[u8], what: &str) -> Result<CString> {
    CString::new(bytes).map_err(|_| failed(&format!("{what} holds a NUL")))
}

fn failed(why: &str) -> Error {
    Error::from_reason(why)
}
