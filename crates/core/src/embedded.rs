//! A session inside a process that is not ours (Node.js): on a thread of its own, touching only what it made itself.
//!
//! No fork of the host without an exec, no signal handling, no waiting for children that it did not start, the host's
//! standard streams, umask and OOM score untouched. One thing is process-wide and cannot be otherwise: the container's
//! first process is a grandchild, and the kernel gives it (and its exit status) to us only if the host is a child
//! subreaper (prctl(2), `PR_SET_CHILD_SUBREAPER`). The host stays one afterwards.

use conmon_sys::disposition::{IgnoredSignals, keep_ended_children};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::SigSet;
use nix::unistd::getpid;

use crate::diagnostics::report::Reporter;
use crate::error::{Error, Step};
use crate::log::Background;
use crate::manager::sync_pipe::ManagerPipes;
use crate::plan::Plan;
use crate::processes::runtime::InheritedState;
use crate::session::{Components, Host, Opened, Session};

/// How a container's life under an embedded session went.
#[derive(Debug)]
pub struct ContainerExit {
    /// The code, 128 plus the signal, or −1 after the time limit.
    pub status: i32,
    /// The container's first process.
    pub pid: Option<i32>,
    /// Memory ran out in the container.
    pub oom_killed: bool,
    /// It was killed because its time was over.
    pub timed_out: bool,
}

/// Runs a container from the call of its runtime to the report of its end. Blocks for all of its life.
///
/// # Errors
/// When the session cannot be set up, or the runtime makes no container; the message is the runtime's.
pub fn monitor(plan: Plan) -> Result<ContainerExit, Error> {
    set_child_subreaper(true).step("become a child subreaper")?;
    keep_ended_children();
    let pipes = ManagerPipes::adopt(&plan)?;
    let signals = SigSet::thread_get_mask().step("read the signal mask")?;
    let opened = Opened::new(&plan.logs, Background::Thread)?;
    let reporter = Reporter::new(&plan.diagnostics, plan.cid.as_bytes());
    let inherited =
        InheritedState { signals, ignored: IgnoredSignals::default(), oom_score: None, launcher: getpid() };
    let components = Components::new(Host::Embedded, Box::new(plan), reporter, pipes, inherited, opened);
    let session = Session::start(components, Vec::new()).map_err(|unstarted| unstarted.error)?;
    let outcome = session.run();
    match outcome.failure {
        Some(why) => Err(Error::invalid("create the container", why)),
        None => Ok(ContainerExit {
            status: outcome.status,
            pid: outcome.pid,
            oom_killed: outcome.oom,
            timed_out: outcome.timed_out,
        }),
    }
}
