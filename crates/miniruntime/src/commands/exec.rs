//! `exec`: runs another process in a running container.

use conmon_sys::signals::number_of;
use nix::sys::wait::{WaitStatus, waitpid};

use super::container;
use super::launch::{launch, write_pid_file};
use crate::cli::Cli;
use crate::error::{Failure, Step};
use crate::misbehave::Quirks;
use crate::spec::read_process;
use crate::store::Status;

pub(crate) fn run(cli: &Cli, quirks: &Quirks) -> Result<u8, Failure> {
    if let Some(status) = quirks.at_start()? {
        return Ok(status);
    }
    let container = container(cli)?;
    let record = container.load()?;
    let Some(record) = record.filter(|record| container.status(Some(record)) == Status::Running) else {
        return Err(Failure::new(format!("container `{}` is not running", container.id)));
    };
    let spec = cli.path("process").ok_or_else(|| Failure::new("no --process given: nothing to run"))?;
    let process = read_process(spec)?;
    let pid = launch(cli, quirks, &process, record.root.as_deref(), None)?;
    write_pid_file(cli, quirks, pid)?;
    if cli.has("detach") {
        return Ok(quirks.status);
    }
    match waitpid(pid, None).step("wait for the process")? {
        WaitStatus::Exited(_, status) => u8::try_from(status).step("return the exit status"),
        WaitStatus::Signaled(_, signal, _) => u8::try_from(128 + number_of(signal)).step("return the signal"),
        other => Err(Failure::new(format!("the process neither exited nor was killed: {other:?}"))),
    }
}
