//! The processes that a monitor with a guardian leaves behind when it is killed before its container runs.

use std::time::{Duration, Instant};

use conmon_sys::process::children_of;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getpid, getppid};

use crate::diagnostics::report::Reporter;
use crate::plan::Plan;
use crate::processes::pidfile::PidFile;
use crate::processes::proc_stat::ProcStat;
use crate::processes::process::is_below;

/// How long leftover processes are looked for.
const KILL_PATIENCE: Duration = Duration::from_secs(1);
/// Interval between two checks for processes that have become the guardian's children.
const PAUSE: Duration = Duration::from_millis(2);

/// Kills what the runtime of such a monitor has started: no monitor would watch it. To be called in a child of the guardian.
pub(crate) fn kill_leftovers(plan: &Plan, reporter: &Reporter) {
    let guardian = getppid();
    let created = PidFile::from_state(None, plan.runtime.pidfile.as_path()).read().ok().flatten();
    let is_left = |pid: &Pid| {
        *pid != getpid() && is_below(*pid, guardian) && ProcStat::of(*pid).is_ok_and(|stat| !stat.has_ended())
    };
    let (mut killed, limit) = (Vec::new(), Instant::now() + KILL_PATIENCE);
    loop {
        // The children of one that was killed become the guardian's.
        let left = children_of(guardian).into_iter().chain(created);
        let left: Vec<Pid> = left.filter(is_left).collect();
        if left.is_empty() || Instant::now() >= limit {
            return;
        }
        for pid in left {
            if kill(pid, Signal::SIGKILL).is_ok() && !killed.contains(&pid) {
                reporter.warn(format_args!("killed the process {pid}: it would have had no monitor"));
                killed.push(pid);
            }
        }
        std::thread::sleep(PAUSE);
    }
}
