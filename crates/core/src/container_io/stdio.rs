//! The pipes between the container and the monitor.
//!
//! Mode 0777, so that a container that is not root can open `/dev/stdout` again. Only our ends do not block: the container's
//! are open file descriptions of their own.

use std::os::fd::{AsFd, OwnedFd};

use conmon_sys::fds::set_new_pipe_nonblocking;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, fchmod};
use nix::unistd::pipe2;

use crate::error::{Error, Step};
use crate::plan::StdioPlan;
use crate::processes::runtime::Streams;

/// Our ends.
#[derive(Default)]
pub(crate) struct Ends {
    pub(crate) stdin: Option<OwnedFd>,
    pub(crate) stdout: Option<OwnedFd>,
    pub(crate) stderr: Option<OwnedFd>,
}

/// Makes what the plan asks for. The stderr pipe exists with a terminal too: it catches the runtime's own errors.
pub(crate) fn make(plan: StdioPlan, null_for_the_rest: bool) -> Result<(Ends, Streams), Error> {
    let (mut ours, mut theirs) = (Ends::default(), Streams::default());
    if plan.passthrough {
        return Ok((ours, theirs));
    }
    if plan.stdin && !plan.terminal {
        let (reader, writer) = pipe()?;
        set_new_pipe_nonblocking(&writer).step("set up the stdin pipe")?;
        (theirs.stdin, ours.stdin) = (Some(reader), Some(writer));
    }
    if !plan.terminal {
        (ours.stdout, theirs.stdout) = output_pipe()?;
    }
    (ours.stderr, theirs.stderr) = output_pipe()?;
    if null_for_the_rest {
        theirs.stdin = Some(or_null(theirs.stdin)?);
        theirs.stdout = Some(or_null(theirs.stdout)?);
    }
    Ok((ours, theirs))
}

fn output_pipe() -> Result<(Option<OwnedFd>, Option<OwnedFd>), Error> {
    let (reader, writer) = pipe()?;
    set_new_pipe_nonblocking(&reader).step("set up an output pipe")?;
    Ok((Some(reader), Some(writer)))
}

fn pipe() -> Result<(OwnedFd, OwnedFd), Error> {
    let (reader, writer) = pipe2(OFlag::O_CLOEXEC).step("create a pipe")?;
    make_accessible(&writer)?;
    Ok((reader, writer))
}

fn make_accessible(pipe: impl AsFd) -> Result<(), Error> {
    match fchmod(pipe, Mode::S_IRWXU | Mode::S_IRWXG | Mode::S_IRWXO) {
        // Some sandboxes have pipes without a mode.
        Ok(()) | Err(Errno::EINVAL) => Ok(()),
        Err(error) => Err(error).step("set the mode of a pipe"),
    }
}

fn or_null(stream: Option<OwnedFd>) -> Result<OwnedFd, Error> {
    stream.map_or_else(null, Ok)
}

/// `/dev/null`, to read and write.
pub(crate) fn null() -> Result<OwnedFd, Error> {
    open(c"/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty()).step_at("open", "/dev/null")
}
