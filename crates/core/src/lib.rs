//! The monitor of a container, as a library: one thread, one epoll loop, no JavaScript, no async runtime.
//!
//! A [`plan::Plan`] says everything that was decided; [`executable`] carries it out as a process of its own, [`embedded`]
//! inside somebody else's. The rooms: `session` is the life of one container; `attach`, `log`, `oom`, `control`, `console`,
//! `stdin`, `output` are its components, which do not know each other; `sys` is the only place that knows the kernel.

pub mod embedded;
pub mod executable;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod plan;

mod atomic_file;
mod attach;
mod confine;
mod console;
mod control;
mod counters;
mod error;
mod exit_command;

mod log;
mod manager_files;
mod manager_pipe;
mod notify;
mod oom;
mod oom_score;
mod output;
mod pause;
mod pidfile;
mod pipe_size;
mod poll;
mod pressure;
mod proc_stat;
mod process;
#[cfg(test)]
mod properties;
mod report;
mod retry;
mod runtime;
mod session;
mod signals;
mod small_file;
mod stdin;
mod stdio;
mod stream;
mod sync_pipe;
mod sys;
mod timer;
mod warnings;

pub use error::Error;
