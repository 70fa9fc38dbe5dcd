//! What Podman and CRI-O see of a monitor: the pipes and exit files it answers on, and the FIFOs and the notify socket
//! through which they reach the container.

pub(crate) mod control;
pub(crate) mod exit_files;
pub(crate) mod notify;
pub(crate) mod pipe;
pub(crate) mod sync_pipe;
