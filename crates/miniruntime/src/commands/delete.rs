//! `delete`: deletes a stopped container; with `--force` kills it first, and ignores one that does not exist.

use std::os::fd::AsFd;

use conmon_sys::process::pidfd_open;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

use super::{container, kill};
use crate::cli::Cli;
use crate::error::{Failure, Step};
use crate::store::{Container, Record, Status};

/// How long a process may take to exit after SIGKILL.
const PATIENCE_MS: u16 = 10_000;

pub(crate) fn run(cli: &Cli) -> Result<u8, Failure> {
    let container = container(cli)?;
    let force = cli.has("force");
    if force && !container.exists() {
        return Ok(0);
    }
    let record = container.load()?;
    match (container.status(record.as_ref()), &record) {
        (Status::Created | Status::Running, Some(record)) if force => end(&container, record)?,
        (Status::Creating, _) if force => {}
        (Status::Stopped, _) => {}
        (status, _) => {
            let status = super::state::name(status);
            return Err(Failure::new(format!("container `{}` is {status}; use --force", container.id)));
        }
    }
    container.remove()?;
    Ok(0)
}

fn end(container: &Container, record: &Record) -> Result<(), Failure> {
    let Ok(pidfd) = pidfd_open(Pid::from_raw(record.pid)) else { return Ok(()) };
    if let Err(error) = kill::send(container, record, libc::SIGKILL, false) {
        // It exited by itself in the meantime.
        return if record.is_alive() { Err(error) } else { Ok(()) };
    }
    let mut ended = [PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)];
    loop {
        match poll(&mut ended, PollTimeout::from(PATIENCE_MS)) {
            Err(Errno::EINTR) => {}
            Ok(0) => {
                return Err(Failure::new(format!("container `{}` survives SIGKILL", container.id)));
            }
            other => return other.step("wait for the end of the container").map(drop),
        }
    }
}
