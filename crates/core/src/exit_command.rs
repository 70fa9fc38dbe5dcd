//! The command that the manager wants run when the container has ended (Podman: `podman container cleanup`).

use nix::unistd::Pid;

use crate::error::{Error, Step};
use crate::plan::{Bytes, ExitCommand as Plan};
use crate::runtime::{Inherited, restore};
use crate::sys::environment::Environment;
use crate::sys::fds::close_from_three;
use crate::sys::process::{Child, Image, Waited, fork, reap};

/// The command, sleeping or running.
pub(crate) struct ExitCommand {
    pid: Pid,
}

impl ExitCommand {
    /// Starts the child that sleeps through the delay and then becomes the command. It keeps no descriptor of ours but
    /// the standard streams.
    pub(crate) fn start(plan: &Plan, inherited: &Inherited) -> Result<Self, Error> {
        const STEP: &str = "start the exit command";
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
        Ok(Self { pid })
    }

    /// Waits for its end and tells its status; with `everybody`, reaps all other children meanwhile.
    pub(crate) fn wait(&self, everybody: bool) -> i32 {
        let child = if everybody { Child::Any } else { Child::This(self.pid) };
        loop {
            match reap(child, true) {
                Waited::Ended(pid, ended) if pid == self.pid => return ended.status(),
                Waited::Ended(..) => {}
                Waited::None | Waited::NotOurs => return 0,
            }
        }
    }
}

fn sleep(seconds: u32) {
    let mut left = seconds;
    while left > 0 {
        // Interrupted: says how much was left.
        left = nix::unistd::sleep(left);
    }
}
