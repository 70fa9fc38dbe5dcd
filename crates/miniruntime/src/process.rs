//! The container's process: forked, set up, and executed immediately or when `start` opens the FIFO.
//!
//! The child reports errors to the parent through a close-on-exec pipe: end of file without text means that the set-up,
//! or the execve(2) itself, succeeded.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use conmon_sys::errors::describe;
use conmon_sys::fds::close_on_exec_from;
use conmon_sys::process::{exit_now, fork_alone};
use conmon_sys::{disposition, tty};
use nix::sys::signal::{SigSet, SigmaskHow, sigprocmask};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::waitpid;
use nix::unistd::{Gid, Pid, Uid, chdir, dup2_stderr, dup2_stdin, dup2_stdout};
use nix::unistd::{execve, geteuid, pipe2, setgid, setgroups, setsid, setuid};

use nix::fcntl::OFlag;

use crate::error::{Failure, Step};
use crate::misbehave::holder;
use crate::spec::{Executable, User};

/// Everything the child needs.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    pub(crate) executable: &'a Executable,
    pub(crate) user: &'a User,
    pub(crate) terminal: Option<&'a File>,
    /// The FIFO to wait at before execve(2); `None`: do not wait.
    pub(crate) fifo: Option<&'a Path>,
    /// The number of descriptors after stderr that the container keeps.
    pub(crate) preserve_fds: u32,
    /// Put a holder process between us and the container, so that the caller does not know the container's parent.
    pub(crate) reparent: bool,
    /// How long the process sleeps before it waits at the FIFO.
    pub(crate) late: Duration,
}

/// Starts the process; returns once it waits at the FIFO or, without one, runs.
pub(crate) fn spawn(launch: &Launch<'_>) -> Result<Pid, Failure> {
    let (outcome, report) = pipe2(OFlag::O_CLOEXEC).step("create a pipe")?;
    let (outcome, report) = (File::from(outcome), File::from(report));
    let pid = if launch.reparent {
        holder::fork_below(|| child(launch, report))?
    } else {
        match fork_alone().step("fork")? {
            None => {
                drop(outcome);
                child(launch, report)
            }
            Some(pid) => {
                drop(report);
                pid
            }
        }
    };
    let text = read_all(outcome).step("read from the container's process")?;
    if text.is_empty() {
        return Ok(pid);
    }
    if !launch.reparent {
        let _ = waitpid(pid, None);
    }
    Err(Failure::new(String::from_utf8_lossy(&text)))
}

/// Reads to the end, retrying after EINTR.
fn read_all(mut pipe: File) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    pipe.read_to_end(&mut text)?;
    Ok(text)
}

/// In the child; never returns.
fn child(launch: &Launch<'_>, mut report: File) -> ! {
    let failed = match set_up(launch) {
        Ok(()) => match launch.fifo {
            Some(fifo) => {
                drop(report);
                wait_and_execute(launch, fifo)
            }
            None => {
                drop(write!(report, "{}", execute(launch)));
                127
            }
        },
        Err(error) => {
            drop(write!(report, "{error}"));
            1
        }
    };
    exit_now(failed)
}

/// Opening the FIFO blocks until `start` opens its other end, to which the result is then written; fifo(7). It is in a
/// private directory, so the user is changed only afterwards.
fn wait_and_execute(launch: &Launch<'_>, fifo: &Path) -> i32 {
    sleep(launch.late);
    let Ok(mut starter) = OpenOptions::new().write(true).open(fifo) else { return 1 };
    drop(write!(starter, "{}", execute(launch)));
    127
}

fn execute(launch: &Launch<'_>) -> Failure {
    if let Err(error) = become_user(launch.user) {
        return error;
    }
    let executable = launch.executable;
    match execve(&executable.path, &executable.argv, &executable.env) {
        Ok(never) => match never {},
        Err(errno) => {
            let path = executable.path.to_string_lossy();
            Failure::new(format!("cannot execute `{path}`: {}", describe(errno)))
        }
    }
}

fn set_up(launch: &Launch<'_>) -> Result<(), Failure> {
    setsid().step("create a session")?;
    if let Some(slave) = launch.terminal {
        tty::take_control(slave).step("take the terminal")?;
        dup2_stdin(slave).step("put the terminal on stdin")?;
        dup2_stdout(slave).step("put the terminal on stdout")?;
        dup2_stderr(slave).step("put the terminal on stderr")?;
    }
    let directory = &launch.executable.directory;
    chdir(directory.as_c_str()).map_err(|errno| {
        Failure::new(format!(
            "cannot change to directory `{}`: {}",
            directory.to_string_lossy(),
            describe(errno)
        ))
    })?;
    disposition::reset_all();
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None).step("unblock the signals")?;
    close_on_exec_from(3 + launch.preserve_fds).step("keep descriptors from the container")
}

fn become_user(user: &User) -> Result<(), Failure> {
    if let Some(mask) = user.umask {
        umask(Mode::from_bits_truncate(mask));
    }
    if !geteuid().is_root() {
        return Ok(());
    }
    let groups: Vec<Gid> = user.additional_gids.iter().copied().map(Gid::from_raw).collect();
    setgroups(&groups).step("set the groups")?;
    setgid(Gid::from_raw(user.gid)).step("set the group")?;
    setuid(Uid::from_raw(user.uid)).step("set the user")
}
