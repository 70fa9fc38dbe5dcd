//! `create` and `restore`: create a container that waits to be started; a restored one runs immediately. There is no
//! checkpoint to restore from: the process starts again.

use std::path::{PathBuf, absolute};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::container;
use super::launch::{launch, write_pid_file};
use crate::cli::{Cli, Command};
use crate::error::{Failure, Step};
use crate::misbehave::Quirks;
use crate::procfs::Stat;
use crate::spec::read_bundle;
use crate::store::{Container, Record};

pub(crate) fn run(cli: &Cli, quirks: &Quirks) -> Result<u8, Failure> {
    if let Some(status) = quirks.at_start()? {
        return Ok(status);
    }
    let container = container(cli)?;
    container.claim()?;
    let made = create(cli, quirks, &container);
    if made.is_err() {
        container.remove()?;
    }
    made.map(|()| quirks.status)
}

fn create(cli: &Cli, quirks: &Quirks, container: &Container) -> Result<(), Failure> {
    let bundle = absolute(cli.bundle()).step_at("find the bundle", &cli.bundle())?;
    let (process, root) = read_bundle(&bundle)?;
    let fifo = container.fifo();
    let waits = cli.command == Command::Create;
    if !waits {
        std::fs::remove_file(&fifo).step_at("remove", &fifo)?;
    }
    let pid = launch(cli, quirks, &process, root.as_deref(), waits.then_some(fifo.as_path()))?;
    let written = save(container, pid, bundle, root).and_then(|()| write_pid_file(cli, quirks, pid));
    if written.is_err() {
        // The caller never learns of this process.
        let _ = kill(pid, Signal::SIGKILL);
    }
    written
}

fn save(container: &Container, pid: Pid, bundle: PathBuf, root: Option<PathBuf>) -> Result<(), Failure> {
    // It may have exited and been reaped already; then no start time matches, and it counts as stopped.
    let start_time = Stat::read(pid.as_raw()).map_or(0, |stat| stat.start_time);
    container.save(&Record { pid: pid.as_raw(), start_time, bundle, root })
}
