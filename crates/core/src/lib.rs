//! The monitor of a container, as a library: one thread, one epoll loop, no JavaScript, no async runtime.
//!
//! A [`plan::Plan`] holds every decision; [`executable`] executes it in a process of its own, [`embedded`] inside another program.
//! `session` monitors one container. It owns the components, which do not know each other:
//!
//! - `manager`: pipes, exit files, control FIFOs and the notify socket of Podman and CRI-O;
//! - `processes`: the runtime, the container's first process, the exit command;
//! - `container_io`: stdin, stdout and stderr, or the terminal;
//! - `attach` and `log`: the consumers of the output;
//! - `adoption`: exit commands of the container's exec sessions, run in place of their monitors;
//! - `handover`: the same monitor, continued by another executable; `private_socket`: who may ask for these two;
//! - `rescue`: another monitor for a container whose monitor was killed; `guardian`: the process that starts one immediately;
//! - `oom`: the cgroup's memory events; `confine`: what the monitor gives up once the container runs;
//! - `diagnostics`: messages and counters; `files`: files read or written whole.
//!
//! System calls that need `unsafe` are in the crate `conmon-sys`.

#![forbid(unsafe_code)]

pub mod embedded;
pub mod executable;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod plan;

mod adoption;
mod attach;
mod backoff;
mod confine;
mod consumer;
mod container_io;
mod diagnostics;
mod error;
mod files;
mod guardian;
mod handover;
mod length;
mod log;
mod manager;
mod oom;
mod poll;
mod private_socket;
mod processes;
#[cfg(test)]
mod properties;
mod rescue;
mod session;
mod stream;
mod timer;

pub use error::Error;
pub use handover::{Candidate, READY, VARIABLE};
pub use private_socket::upgrade;
