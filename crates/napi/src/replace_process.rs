//! Replaces a Node process by the executable, in place: same pid, same descriptors, same environment.
//!
//! `execve(2)` keeps what Node has changed about the process. Undone here: inherited descriptors are close-on-exec (Node
//! marks them when it starts), SIGPIPE and SIGXFSZ are ignored, and the signal mask may be anything.
//! Not undone: Node raises the soft limit of open files to the hard one, and resets ignored signals to their default
//! action; the previous values are lost.
//! The caller must not have touched `process.stdin`, `stdout` or `stderr`: that makes the open file description, which we
//! share with our caller, non-blocking.

mod inherited;

use std::borrow::Cow;
use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, OwnedFd};

use conmon_core::plan::PLAN_FD_VARIABLE;
use conmon_sys::disposition::DefaultActions;
use conmon_sys::errors::describe;
use conmon_sys::fds::KeptAcrossExec;
use conmon_sys::memfd;
use napi::bindgen_prelude::{Buffer, Error, Result};
use napi_derive::napi;
use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};

/// Signals that Node ignores and a caller does not.
const IGNORED_BY_NODE: [Signal; 2] = [Signal::SIGPIPE, Signal::SIGXFSZ];

/// The arguments of execve(2) and the plan. Bytes, because neither arguments nor environment need be UTF-8.
#[napi(object)]
pub struct Replacement {
    /// Path of the executable.
    pub executable: Buffer,
    /// The plan, as JSON.
    pub plan: String,
    /// The whole argument vector, including `argv[0]`.
    pub argv: Vec<Buffer>,
    /// Variables of our environment whose names are restored for the executable and its children.
    pub moved: Vec<MovedVariable>,
}

/// A variable renamed so that Node does not see it. An empty one was not set.
#[napi(object)]
pub struct MovedVariable {
    /// Its name in this process.
    pub aside: String,
    /// Its original name.
    pub name: String,
}

/// Replaces this process by the executable, which carries out the plan. On failure it throws and leaves the process
/// unchanged.
#[napi(catch_unwind, ts_return_type = "never")]
pub fn replace_process(replacement: Replacement) -> Result<()> {
    let executable = c_string(&replacement.executable, "the path of the executable")?;
    let plan = memfd::sealed(c"conmon-plan", replacement.plan.as_bytes())
        .map_err(|errno| failed(&format!("cannot put the plan into a memfd: {}", describe(errno))))?;
    let argv = c_strings(&replacement.argv, "an argument")?;
    let given = std::fs::read("/proc/self/environ")
        .map_err(|error| failed(&format!("cannot read the environment: {error}")))?;
    let environment = environment(&given, &replacement.moved, &plan)?;
    let errno = execute(&executable, &argv, &environment, &plan);
    Err(failed(&format!("cannot execute {}: {}", executable.to_string_lossy(), describe(errno))))
}

fn execute(executable: &CStr, argv: &[CString], environment: &[CString], plan: &OwnedFd) -> Errno {
    let inherited = match inherited::descriptors() {
        Ok(list) => list,
        Err(errno) => return errno,
    };
    let kept = match KeptAcrossExec::mark(inherited.iter().copied().chain([plan.as_raw_fd()])) {
        Ok(kept) => kept,
        Err(errno) => return errno,
    };
    let defaults = DefaultActions::set(&IGNORED_BY_NODE);
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

/// The environment our caller set, plus the plan's descriptor. `given` is a sequence of NUL-terminated entries, as the
/// kernel stores them: entries need neither a value nor a name.
fn environment(given: &[u8], moved: &[MovedVariable], plan: &OwnedFd) -> Result<Vec<CString>> {
    let entries =
        given.split_inclusive(|byte| *byte == 0).map(|entry| entry.strip_suffix(b"\0").unwrap_or(entry));
    let others = entries.filter(|entry| value_of(entry, PLAN_FD_VARIABLE.as_bytes()).is_none());
    let mut environment = others
        .filter_map(|entry| restored(entry, moved))
        .map(|entry| c_string(&entry, "a variable of the environment"))
        .collect::<Result<Vec<_>>>()?;
    let entry = format!("{PLAN_FD_VARIABLE}={}", plan.as_raw_fd());
    environment.push(c_string(entry.as_bytes(), "the plan's variable")?);
    Ok(environment)
}

/// The entry with its original name; `None` for a variable that was not set.
fn restored<'a>(entry: &'a [u8], moved: &[MovedVariable]) -> Option<Cow<'a, [u8]>> {
    let found = moved.iter().find_map(|one| Some((one, value_of(entry, one.aside.as_bytes())?)));
    match found {
        None => Some(Cow::Borrowed(entry)),
        Some((_, b"")) => None,
        Some((one, value)) => Some(Cow::Owned([one.name.as_bytes(), b"=", value].concat())),
    }
}

fn value_of<'a>(entry: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    entry.strip_prefix(name)?.strip_prefix(b"=")
}

fn c_strings(list: &[Buffer], what: &str) -> Result<Vec<CString>> {
    list.iter().map(|bytes| c_string(bytes, what)).collect()
}

fn c_string(bytes: &[u8], what: &str) -> Result<CString> {
    CString::new(bytes).map_err(|_| failed(&format!("{what} contains a NUL")))
}

fn failed(why: &str) -> Error {
    Error::from_reason(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(given: &[u8]) -> Vec<String> {
        let plan = OwnedFd::from(std::fs::File::open("/dev/null").unwrap());
        let moved = [("_CN_O", "NODE_OPTIONS"), ("_CN_C", "NODE_EXTRA_CA_CERTS")]
            .map(|(aside, name)| MovedVariable { aside: aside.to_owned(), name: name.to_owned() });
        let mut meant = environment(given, &moved, &plan).unwrap();
        assert_eq!(
            meant.pop().unwrap().to_str().unwrap(),
            format!("{PLAN_FD_VARIABLE}={}", plan.as_raw_fd())
        );
        meant.iter().map(|entry| String::from_utf8_lossy(entry.as_bytes()).into_owned()).collect()
    }

    #[test]
    fn what_was_moved_aside_comes_back() {
        assert_eq!(
            meant(b"A=1\0_CN_O=--inspect\0_CN_C=/ca.pem\0B=2=3\0"),
            ["A=1", "NODE_OPTIONS=--inspect", "NODE_EXTRA_CA_CERTS=/ca.pem", "B=2=3"]
        );
    }

    #[test]
    fn what_was_not_there_does_not_come_back() {
        assert_eq!(meant(b"_CN_O=\0_CN_C=\0A=1\0"), ["A=1"]);
    }

    #[test]
    fn entries_without_a_name_or_a_value_stay_as_they_are() {
        assert_eq!(meant(b"=x\0no-equals\0_CN_OTHER=1\0"), ["=x", "no-equals", "_CN_OTHER=1"]);
    }

    #[test]
    fn an_empty_environment_stays_empty() {
        assert!(meant(b"").is_empty());
    }

    #[test]
    fn a_plan_of_somebody_else_is_not_handed_on() {
        assert_eq!(meant(b"_CONMON_PLAN_FD=7\0_CONMON_PLAN_FDS=7\0"), ["_CONMON_PLAN_FDS=7"]);
    }
}
