//! The command that the manager wants run when the container has ended (Podman: `podman container cleanup`).

use nix::sys::signal::Signal;
use nix::unistd::Pid;

use crate::error::{Error, Step};
use crate::plan::{Bytes, ExitCommand as Plan};
use crate::report::Reporter;
use crate::runtime::{Inherited, restore};
use crate::sys::environment::Environment;
use crate::sys::fds::close_from_three;
use crate::sys::process::{Child, EXECUTE_FAILED, Ended, Image, Waited, fork, reap};

/// The command, sleeping or running.
pub(crate) struct ExitCommand<'a> {
    pid: Pid,
    program: &'a Bytes,
}

impl<'a> ExitCommand<'a> {
    /// Starts the child that sleeps through the delay and then becomes the command. It keeps no descriptor of ours but
    /// the standard streams.
    pub(crate) fn start(plan: &'a Plan, inherited: &Inherited) -> Result<Self, Error> {
        const STEP: &str = "start the exit command";
        let program = plan.argv.first().ok_or_else(|| Error::invalid(STEP, "it has no program"))?;
        let argv: Vec<_> = plan.argv.iter().map(Bytes::as_c_str).collect();
        let image = Image::new(&argv).step(STEP)?;
        let environment = Environment::inherit();
        let pid = fork(|| {
            // Only system calls on memory prepared above: see `fork`.
            restore(inherited);
            close_from_three();
            sleep(plan.delay_seconds);
            let _ = image.execute(&environment);
        })
        .step(STEP)?;
        Ok(Self { pid, program })
    }

    /// Waits until it has ended; with `everybody`, reaps all other children meanwhile. A failure is a warning and nothing
    /// else: the monitor's own status is the container's, because systemd judges a unit by it and ends a pending
    /// `podman container cleanup` with SIGTERM whenever the unit is stopped.
    pub(crate) fn wait(&self, everybody: bool, reporter: &Reporter) {
        let child = if everybody { Child::Any } else { Child::This(self.pid) };
        loop {
            match reap(child, true) {
                Waited::Ended(pid, ended) if pid == self.pid => {
                    if let Some(failure) = describe_failure(ended) {
                        reporter.warn(format_args!("the exit command {}: {failure}", self.program));
                    }
                    return;
                }
                Waited::Ended(..) => {}
                Waited::None | Waited::NotOurs => return,
            }
        }
    }
}

/// How the command failed, if it did.
fn describe_failure(ended: Ended) -> Option<String> {
    match ended {
        Ended::Exited(0) => None,
        Ended::Exited(EXECUTE_FAILED) => {
            Some(format!("cannot be executed, or exited with status {EXECUTE_FAILED}"))
        }
        Ended::Exited(code) => {
            Some(match code.checked_sub(128).and_then(|number| Signal::try_from(number).ok()) {
                Some(signal) => format!("exited with status {code}, probably ended by {signal}"),
                None => format!("exited with status {code}"),
            })
        }
        Ended::Killed(signal) => Some(format!("killed by signal {signal}")),
    }
}

fn sleep(seconds: u32) {
    let mut left = seconds;
    while left > 0 {
        // Interrupted: says how much was left.
        left = nix::unistd::sleep(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failure_is_described() {
        assert_eq!(describe_failure(Ended::Exited(0)), None);
        for (ended, text) in [
            (Ended::Exited(9), "exited with status 9"),
            (Ended::Exited(143), "exited with status 143, probably ended by SIGTERM"),
            (Ended::Exited(255), "exited with status 255"),
            (Ended::Exited(127), "cannot be executed, or exited with status 127"),
            (Ended::Killed(9), "killed by signal 9"),
        ] {
            assert_eq!(describe_failure(ended).as_deref(), Some(text));
        }
    }
}
