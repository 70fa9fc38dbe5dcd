//! What is left to do once the end has been reported: the exit command, clients that are still reading, files that could
//! not be written yet.
//!
//! **Which waits for what.** `podman container cleanup` reads the exit file and records −1 when it finds none within five
//! seconds, so the exit command waits for the file that managers watch, but not without bound: a container must be cleaned
//! up. It does not wait for the others; CRI-O reads its persistent file up to five seconds after the watched one. Nothing
//! but the exit command waits for a file.

use std::rc::Rc;
use std::time::{Duration, Instant};

use conmon_sys::process::{Child, Waited, reap};
use nix::unistd::Pid;

use super::audience::Audience;
use super::outputs::Outputs;
use super::{Host, Session};
use crate::diagnostics::report::Reporter;
use crate::manager::exit_files::ManagerFiles;
use crate::poll::{Poll, Readiness, Token};
use crate::processes::exit_command::ExitCommand;
use crate::processes::pidfile::PidFile;
use crate::processes::runtime::InheritedState;

/// A reader that takes nothing for this long after the report is given up.
const LINGER: Duration = Duration::from_secs(2);
/// How long the exit command waits for the file that managers watch.
const COMMAND_PATIENCE: Duration = Duration::from_secs(30);
/// How long missing files are tried when nothing else keeps this process.
const FILES_PATIENCE: Duration = Duration::from_secs(60);

/// The rest of a session.
struct Finish {
    host: Host,
    since: Instant,
    reporter: Reporter,
    inherited: InheritedState,
    command: Option<ExitCommand>,
    files: ManagerFiles,
    pidfile: PidFile,
    pid: Option<Pid>,
    audience: Audience,
    outputs: Outputs,
    /// Only clients and logs are in it by now.
    poll: Rc<Poll>,
}

impl Session {
    /// Returns when the exit command has ended and nothing more can be done.
    pub(super) fn finish(mut self: Box<Self>) {
        let own = self.host == Host::Standalone;
        if own {
            let _ = nix::sys::prctl::set_child_subreaper(false);
        }
        // The exit command may remove their directories: NFS keeps a file, and so its directory, while it is open.
        self.audience.logs.close_files(&self.reporter);
        (self.control, self.oom) = (None, None);
        self.stdin.close();
        self.outputs.pause();
        let rest = Finish {
            host: self.host,
            since: Instant::now(),
            reporter: self.reporter,
            inherited: self.inherited,
            command: self.exit.command.map(|plan| ExitCommand::new(plan, own)),
            files: self.files,
            pidfile: self.pidfile,
            pid: self.pid,
            audience: self.audience,
            outputs: self.outputs,
            poll: self.poll,
        };
        rest.run();
    }
}

impl Finish {
    fn run(mut self) {
        self.advance();
        self.linger();
        // Nobody waits for the exit command: clients that have got everything, or take nothing more, see the end now.
        self.audience.attach = None;
        while let Some(next) = self.next_step() {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            self.advance();
        }
        self.audience.logs.conclude(&self.reporter);
        if let Some(command) = &mut self.command {
            command.wait(true, &self.reporter);
        }
        self.reap_others();
    }

    /// Does what is due: the missing files, the start of the exit command. Does not block.
    fn advance(&mut self) {
        let now = Instant::now();
        if let Some(command) = &mut self.command {
            command.wait(false, &self.reporter);
        }
        if self.files.next_try().is_some_and(|next| next <= now) {
            self.retry_files();
        }
        let hidden = self.files.hide_end() && now < self.since + COMMAND_PATIENCE;
        if let Some(command) = self.command.as_mut().filter(|_| !hidden) {
            command.start(&self.inherited, &self.reporter);
        }
        if self.command.as_ref().is_none_or(ExitCommand::is_pending) {
            self.reap_others();
        }
    }

    fn retry_files(&mut self) {
        // A restart policy is the exit command's work: the exit file is then that of another life.
        let restarted =
            self.pid.is_some() && matches!(self.pidfile.read(), Ok(Some(pid)) if Some(pid) != self.pid);
        if restarted {
            return self.files.give_up("the container has been started again", &self.reporter);
        }
        self.files.retry(&self.reporter);
        let busy = self.command.as_ref().is_some_and(|command| !command.is_over());
        if !busy && self.since.elapsed() >= FILES_PATIENCE {
            self.files.give_up("giving up", &self.reporter);
        }
    }

    /// When there is something to do that no descriptor tells of.
    fn next_step(&self) -> Option<Instant> {
        let command = self.command.as_ref().and_then(ExitCommand::next_try);
        let client = self.audience.retry_at();
        [self.files.next_try(), command, client].into_iter().flatten().min()
    }

    fn reap_others(&self) {
        while self.host == Host::Standalone && matches!(reap(Child::Any, false), Waited::Ended(..)) {}
    }

    /// Clients and a journal that were left behind but still take something get the rest while the exit command runs.
    fn linger(&mut self) {
        if self.audience.unsent_since().is_none() {
            return;
        }
        // Nothing takes input any more.
        if let Some(attach) = &mut self.audience.attach {
            attach.input_possible(false);
        }
        let mut ready = Vec::new();
        while let Some(progress) = self.audience.unsent_since() {
            let (limit, now) = (progress + LINGER, Instant::now());
            let wake = self.next_step().map_or(limit, |next| next.min(limit));
            if limit <= now || self.poll.wait(Some(wake.saturating_duration_since(now)), &mut ready).is_err()
            {
                return;
            }
            self.serve(&ready);
            self.advance();
        }
    }

    fn serve(&mut self, ready: &[(Token, Readiness)]) {
        for (token, readiness) in ready {
            match (token, &mut self.audience.attach) {
                (Token::AttachClient(id), Some(attach)) => {
                    attach.serve(*id, *readiness, self.outputs.buffer(), &mut |_| true);
                }
                _ => self.audience.logs.resume(&self.reporter),
            }
        }
        self.audience.retry(Instant::now(), &self.reporter);
        if let Some(attach) = &mut self.audience.attach {
            attach.close_served_clients();
        }
    }
}
