//! What `create` and `exec` share: the terminal, the process, its pid file.

use std::path::Path;
use std::thread::sleep;

use nix::unistd::Pid;

use crate::cli::Cli;
use crate::console::Console;
use crate::error::Failure;
use crate::files::write_whole;
use crate::misbehave::Quirks;
use crate::process::{Launch, spawn};
use crate::spec::Process;

/// Starts `process`, which waits at `fifo` if given.
pub(super) fn launch(
    cli: &Cli,
    quirks: &Quirks,
    process: &Process,
    root: Option<&Path>,
    fifo: Option<&Path>,
) -> Result<Pid, Failure> {
    let executable = process.executable(root)?;
    let console = if process.terminal { Some(open_console(cli, quirks)?) } else { None };
    spawn(&Launch {
        executable: &executable,
        user: &process.user,
        terminal: console.as_ref().map(|console| &console.slave),
        fifo,
        preserve_fds: cli.preserve_fds()?,
        reparent: quirks.reparent,
        late: quirks.late,
    })
}

fn open_console(cli: &Cli, quirks: &Quirks) -> Result<Console, Failure> {
    let console = Console::open()?;
    match cli.path("console-socket") {
        _ if quirks.keep_console => {}
        Some(socket) => console.send(socket)?,
        None => return Err(Failure::new("a terminal was requested, but no --console-socket given")),
    }
    Ok(console)
}

/// Writes the pid file as the switches request.
pub(super) fn write_pid_file(cli: &Cli, quirks: &Quirks, pid: Pid) -> Result<(), Failure> {
    sleep(quirks.delay_before);
    let own = pid.to_string();
    let content = match &quirks.pid_file {
        None => Some(own.as_str()),
        Some(wish) => wish.as_deref(),
    };
    if let (Some(path), Some(content)) = (cli.path("pid-file"), content) {
        write_whole(path, content.as_bytes())?;
    }
    sleep(quirks.delay_after);
    Ok(())
}
