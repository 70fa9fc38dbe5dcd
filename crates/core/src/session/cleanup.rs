//! What remains once the exit has been reported: the exit command, clients that are still reading, files that could not be
//! written yet.
//!
//! **Which waits for what.** `podman container cleanup` reads the exit file and records −1 when it finds none within five
//! seconds, so the exit command waits for the file that managers watch, but not without bound: a container must be cleaned
//! up. It does not wait for the others; CRI-O reads its persistent file up to five seconds after the watched one. Nothing
//! but the exit command waits for a file.

use std::time::{Duration, Instant};

use conmon_sys::process::{Child, Waited, reap};
use nix::sys::prctl::set_child_subreaper;
use nix::unistd::Pid;

use super::{Components, Host};
use crate::poll::{Readiness, Token};
use crate::processes::exit_command::ExitCommand;
use crate::processes::pidfile::PidFile;

/// A client that does not read for this long after the report is dropped.
const LINGER: Duration = Duration::from_secs(2);
/// How long the exit command waits for the file that managers watch.
const COMMAND_PATIENCE: Duration = Duration::from_secs(30);
/// How long missing files are retried when nothing else keeps this process running.
const FILES_PATIENCE: Duration = Duration::from_secs(60);

/// A session whose exit has been reported.
pub(super) struct Cleanup {
    components: Box<Components>,
    pidfile: PidFile,
    pid: Option<Pid>,
    command: Option<ExitCommand>,
    since: Instant,
}

impl Cleanup {
    /// Leaves in the epoll set only clients and logs.
    pub(super) fn new(mut components: Box<Components>, pidfile: PidFile, pid: Option<Pid>) -> Self {
        let standalone = components.host == Host::Standalone;
        if standalone {
            // Setting it has succeeded, so clearing it does.
            let _ = set_child_subreaper(false);
        }
        // The exit command may remove their directories: NFS keeps a file, and so its directory, while it is open.
        components.consumers.logs.close_files(&components.reporter);
        (components.control, components.oom) = (None, None);
        components.stdin.close();
        components.outputs.pause();
        let command = components.plan.exit.command.take().map(|plan| ExitCommand::new(plan, standalone));
        Self { components, pidfile, pid, command, since: Instant::now() }
    }

    /// Returns when the exit command has ended and nothing more can be done.
    pub(super) fn run(mut self) {
        self.advance();
        self.linger();
        // Clients need not wait for the exit command: those that have received everything or no longer read see the end now.
        self.components.consumers.attach = None;
        while let Some(next) = self.next_step() {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            self.advance();
        }
        let Components { consumers, reporter, guardian, .. } = &mut *self.components;
        if let (None, Some(guardian)) = (&self.command, guardian) {
            guardian.shelf().claim();
        }
        consumers.logs.conclude(reporter);
        self.reap_others();
        if let Some(command) = &mut self.command {
            command.finish(&self.components.inherited, &self.components.reporter);
        }
        self.reap_others();
        if let Some(mut commands) = self.components.unmoved_commands.take() {
            commands.keep(Vec::new(), &self.components.inherited, &self.components.reporter);
        }
    }

    /// Does what is due: the missing files, the start of the exit command. Does not block.
    fn advance(&mut self) {
        let now = Instant::now();
        if let Some(command) = &mut self.command {
            command.wait(false, &self.components.reporter);
        }
        if self.components.files.next_try().is_some_and(|next| next <= now) {
            self.retry_files();
        }
        let hidden = self.components.files.hide_end() && now < self.since + COMMAND_PATIENCE;
        if !hidden {
            self.components.remove_rescue_file();
        }
        if let Some(command) = self.command.as_mut().filter(|_| !hidden) {
            let guardian = self.components.guardian.as_ref();
            let claim = guardian.map(|guardian| guardian.shelf());
            command.start(claim, &self.components.inherited, &self.components.reporter);
        }
        if self.command.as_ref().is_none_or(|command| !command.is_running()) {
            self.reap_others();
        }
    }

    fn retry_files(&mut self) {
        let Components { files, reporter, .. } = &mut *self.components;
        // The exit command may apply a restart policy: an exit file would then be taken for the end of the new container.
        let restarted =
            self.pid.is_some() && matches!(self.pidfile.read(), Ok(Some(pid)) if Some(pid) != self.pid);
        if restarted {
            return files.give_up("the container has been started again", reporter);
        }
        files.retry(reporter);
        let busy = self.command.as_ref().is_some_and(ExitCommand::is_busy);
        if !busy && self.since.elapsed() >= FILES_PATIENCE {
            files.give_up("giving up", reporter);
        }
    }

    /// When [`Self::advance`] is to be called although no descriptor is ready.
    fn next_step(&self) -> Option<Instant> {
        let command = self.command.as_ref().and_then(ExitCommand::next_try);
        let Components { files, consumers, .. } = &*self.components;
        [files.next_try(), command, consumers.retry_at()].into_iter().flatten().min()
    }

    fn reap_others(&self) {
        let standalone = self.components.host == Host::Standalone;
        while standalone && matches!(reap(Child::Any, false), Waited::Ended(..)) {}
    }

    /// Sends the rest to clients and a journal that still read, while the exit command runs.
    fn linger(&mut self) {
        if self.components.consumers.unsent_since().is_none() {
            return;
        }
        // The container's stdin is closed.
        if let Some(attach) = &mut self.components.consumers.attach {
            attach.input_possible(false);
        }
        let mut ready = Vec::new();
        while let Some(progress) = self.components.consumers.unsent_since() {
            let (limit, now) = (progress + LINGER, Instant::now());
            let wake = self.next_step().map_or(limit, |next| next.min(limit));
            let left = wake.saturating_duration_since(now);
            if limit <= now || self.components.poll.wait(Some(left), &mut ready).is_err() {
                return;
            }
            self.serve(&ready);
            self.advance();
        }
    }

    fn serve(&mut self, ready: &[(Token, Readiness)]) {
        let Components { consumers, outputs, reporter, .. } = &mut *self.components;
        for (token, readiness) in ready {
            match (token, &mut consumers.attach) {
                (Token::AttachClient(id), Some(attach)) => {
                    attach.serve(*id, *readiness, outputs.buffer(), &mut |_| true);
                }
                _ => consumers.logs.resume(reporter),
            }
        }
        consumers.retry(Instant::now(), reporter);
        if let Some(attach) = &mut consumers.attach {
            attach.close_served_clients();
        }
    }
}
