//! The processes around a container: the runtime, the container's first process, the exit command, and what they inherit.

pub(crate) mod exit_command;
pub(crate) mod oom_score;
pub(crate) mod pidfile;
pub(crate) mod proc_stat;
pub(crate) mod process;
pub(crate) mod runtime;
pub(crate) mod signals;
