//! A running C conmon continues as the executable of this project: same process, same children, same descriptors.
//!
//! 1. The process is stopped with ptrace(2) while it waits for events: then it holds nothing in memory but what is known here.
//! 2. The role of every descriptor is found ([`roles`]). Whatever is not understood ends the attempt.
//! 3. The process creates what it needs besides, by system calls that it is made to execute ([`frames`]).
//! 4. The document of a hand-over is written ([`document`]), and the executable is tried with it ([`trial`]).
//! 5. The process executes it.
//!
//! Until the last step nothing has changed but descriptors that are close-on-exec, and those are closed again after a failure.
//! Only on x86-64: the frames are those of its signal handlers. Elsewhere this crate is empty.

#![cfg(target_arch = "x86_64")]

mod adoption;
mod calls;
mod data;
mod document;
mod frames;
mod gadgets;
mod image;
mod inspect;
mod partial_lines;
mod prepared;
mod process;
mod roles;
mod sockets;
mod timers;
mod tracee;
mod trial;

use std::path::Path;

/// What is to be adopted, and as what.
#[derive(Debug)]
pub struct Request<'a> {
    /// The C conmon.
    pub pid: i32,
    /// Its arguments as they were when the plan was made: `/proc/PID/cmdline`.
    pub command_line: &'a [u8],
    /// What `conmon --version` of it prints after `conmon version `.
    pub version: &'a str,
    /// The plan of its command line, as JSON.
    pub plan: &'a [u8],
    /// The executable.
    pub executable: &'a Path,
}

/// Continues a C conmon as the executable. Returns when that one serves the container. All of it happens on the calling thread.
///
/// # Errors
/// Why the C conmon continues unchanged.
pub fn adopt(request: &Request<'_>) -> Result<(), String> {
    adoption::adopt(request)
}
