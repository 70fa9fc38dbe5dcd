//! `start`: opens the FIFO at which the container's process waits, and hears through it how execve(2) went.

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;

use conmon_sys::process::pidfd_open;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

use super::container;
use crate::cli::Cli;
use crate::error::{Failure, Step};
use crate::store::Status;

pub(crate) fn run(cli: &Cli) -> Result<u8, Failure> {
    let container = container(cli)?;
    let record = container.load()?;
    let Some(record) = record.filter(|record| container.status(Some(record)) == Status::Created) else {
        return Err(Failure::new(format!("container `{}` is not waiting to be started", container.id)));
    };
    let gone = || Failure::new(format!("the process of container `{}` is gone", container.id));
    let pidfd = pidfd_open(Pid::from_raw(record.pid)).map_err(|_| gone())?;
    let fifo = container.fifo();
    let mut waiting = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(&fifo)
        .step_at("open the FIFO", &fifo)?;

    // The FIFO reports an end only after its writer has come and gone; the pidfd, that none will come.
    let mut ready =
        [PollFd::new(waiting.as_fd(), PollFlags::POLLIN), PollFd::new(pidfd.as_fd(), PollFlags::POLLIN)];
    while let Err(errno) = poll(&mut ready, PollTimeout::NONE) {
        if errno != Errno::EINTR {
            return Err(errno).step("wait for the container");
        }
    }
    if !ready[0].any().unwrap_or_default() {
        return Err(gone());
    }
    // Not earlier: the process may have been on its way to the FIFO still.
    fs::remove_file(&fifo).step_at("remove the FIFO", &fifo)?;
    // The writer is there; from now on an empty FIFO means that it has not said all yet.
    fcntl(&waiting, FcntlArg::F_SETFL(OFlag::empty())).step("wait for the container's words")?;
    let mut error = String::new();
    waiting.read_to_string(&mut error).step("hear from the container")?;
    if error.is_empty() { Ok(0) } else { Err(Failure::new(error)) }
}
