//! A session on a thread of another program (Node.js).
//!
//! It never forks the host without an exec, handles no signals, waits only for children that it has started, and leaves the host's standard
//! streams, umask and OOM score unchanged. One effect is process-wide and unavoidable: the container's first process is a grandchild,
//! and the kernel reports its exit status only to a child subreaper (prctl(2), `PR_SET_CHILD_SUBREAPER`). The host becomes one, and stays
//! one.

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
use crate::session::{Components, Host, InitialComponents, Session};

/// How a container ended in an embedded session.
#[derive(Debug)]
pub struct ContainerExit {
    /// The code, 128 plus the signal, or −1 after the time limit.
    pub status: i32,
    /// Pid of the container's first process.
    pub pid: Option<i32>,
    /// Whether the kernel killed a process of the container because memory ran out.
    pub oom_killed: bool,
    /// Whether it was killed at its time limit.
    pub timed_out: bool,
}

/// Monitors a container from the start of its runtime to the report of its exit. Blocks until then.
///
/// # Errors
/// If the session cannot be set up, or the runtime creates no container; the message is then the runtime's.
pub fn monitor(plan: Plan) -> Result<ContainerExit, Error> {
    set_child_subreaper(true).step("become a child subreaper")?;
    keep_ended_children();
    let pipes = ManagerPipes::adopt(&plan)?;
    let signals = SigSet::thread_get_mask().step("read the signal mask")?;
    let opened = InitialComponents::new(&plan.logs, Background::Thread)?;
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
