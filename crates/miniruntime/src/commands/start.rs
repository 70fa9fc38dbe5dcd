//! `start`: opens the FIFO at which the container's process waits, and reads the result of execve(2) from it.

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

    // The FIFO reports end of file only after a writer has closed it; the pidfd reports that none will open it.
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
    // Not earlier: the process may not have opened the FIFO yet.
    fs::remove_file(&fifo).step_at("remove the FIFO", &fifo)?;
    // The writer has opened it; from now on block until it closes it.
    fcntl(&waiting, FcntlArg::F_SETFL(OFlag::empty())).step("make the FIFO blocking")?;
    let mut error = String::new();
    waiting.read_to_string(&mut error).step("read from the container")?;
    if error.is_empty() { Ok(0) } else { Err(Failure::new(error)) }
}
