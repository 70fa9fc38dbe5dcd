//! `kill`: signals the container's process, with `--all` its whole process group.

use conmon_sys::process::{kill_group, pidfd_open, pidfd_send_signal};
use nix::unistd::Pid;

use super::container;
use crate::cli::Cli;
use crate::error::{Failure, Step};
use crate::signals;
use crate::store::{Container, Record};

pub(crate) fn run(cli: &Cli) -> Result<u8, Failure> {
    let container = container(cli)?;
    let signal = match cli.optional_argument(1) {
        None => libc::SIGTERM,
        Some(name) => signals::number(&name.to_string_lossy())?,
    };
    let record = container.load()?;
    let record =
        record.ok_or_else(|| Failure::new(format!("container `{}` is not created yet", container.id)))?;
    send(&container, &record, signal, cli.has("all"))?;
    Ok(0)
}

/// Signals the process if it is still the created one.
pub(super) fn send(container: &Container, record: &Record, signal: i32, all: bool) -> Result<(), Failure> {
    let dead = || Failure::new(format!("container `{}` is not running: No such process", container.id));
    let pid = Pid::from_raw(record.pid);
    // Open the pidfd before checking the start time: the pidfd's process cannot be replaced.
    let pidfd = pidfd_open(pid).map_err(|_| dead())?;
    if !record.is_alive() {
        return Err(dead());
    }
    let sent = if all { kill_group(pid, signal) } else { pidfd_send_signal(pidfd, signal) };
    sent.step(&format!("send signal {signal} to container `{}`", container.id))
}
