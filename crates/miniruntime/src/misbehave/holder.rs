//! A container whose parent the caller does not know: this process becomes a child subreaper, forks the container and
//! stays until it exits. No other process can wait(2) for the container.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use conmon_sys::fds::close_from_three;
use conmon_sys::process::{exit_now, fork_alone};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::wait::wait;
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, pipe2, setsid};

use crate::error::{Failure, Step};

/// Forks the holder and, from it, `child`; returns the pid of the child.
pub(crate) fn fork_below(child: impl FnOnce()) -> Result<Pid, Failure> {
    let (from_holder, to_us) = pipe2(OFlag::O_CLOEXEC).step("create a pipe")?;
    let (mut from_holder, to_us) = (File::from(from_holder), File::from(to_us));
    if fork_alone().step("fork")?.is_none() {
        drop(from_holder);
        exit_now(hold(child, to_us));
    }
    drop(to_us);
    // `child` owns the write end of the report; it must not stay open here.
    drop(child);
    let mut pid = String::new();
    from_holder.read_to_string(&mut pid).step("read from the holder process")?;
    let pid = pid.parse().map_err(|_| Failure::new("the holder process failed"))?;
    Ok(Pid::from_raw(pid))
}

fn hold(child: impl FnOnce(), mut to_us: File) -> i32 {
    if set_child_subreaper(true).is_err() || setsid().is_err() {
        return 1;
    }
    match fork_alone() {
        Ok(None) => {
            // The reader of the pid waits until every copy is closed, and the child may live long.
            drop(to_us);
            child();
            127
        }
        Ok(Some(pid)) => {
            let told = write!(to_us, "{pid}");
            drop(to_us);
            if told.is_err() || let_go().is_err() {
                return 1;
            }
            while wait() != Err(Errno::ECHILD) {}
            0
        }
        Err(_) => 1,
    }
}

/// Closes the caller's descriptors: a pipe's end of file must still mean the end of the container.
fn let_go() -> std::io::Result<()> {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    std::mem::forget(null);
    close_from_three();
    Ok(())
}
