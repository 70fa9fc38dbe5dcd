//! Who serves a ready descriptor. Nothing here blocks, and every source either makes progress or is taken out.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

use conmon_sys::fds::set_nonblocking;
use conmon_sys::process::{Child, Waited, reap};
use conmon_sys::tty;
use nix::sys::signal::Signal;

use super::{Host, Phase, Session};
use crate::attach::Input;
use crate::container_io::output::Output;
use crate::error::{Error, Reason, Step};
use crate::manager::control::Request;
use crate::manager::notify::NotifyRelay;
use crate::oom::{OomWatch, Seen};
use crate::poll::{Readiness, Token};
use crate::processes::signals::Notice;
use crate::stream::Stream;

impl Session {
    pub(super) fn dispatch(&mut self, token: Token, readiness: Readiness) {
        match token {
            Token::Signals => self.try_source(token, Self::receive_signals),
            Token::AttachListener => self.accept_clients(),
            Token::Ctl | Token::Winsz => self.try_source(token, |session| session.obey(token)),
            Token::Oom => self.try_source(token, Self::check_oom),
            Token::Notify => self.try_source(token, |session| session.relay_notifications()),
            Token::Console => self.receive_terminal(),
            Token::Stdin => self.write_stdin(readiness),
            Token::Stdout => self.pump(Stream::Stdout),
            Token::Stderr => self.pump(Stream::Stderr),
            Token::AttachClient(id) => self.serve_client(id, readiness),
            Token::Log => self.write_logs(),
            Token::SyncPipe => self.sync_pipe.flush(),
            Token::AttachPipe => self.attach_pipe.flush(),
            Token::Runtime => self.runtime_may_have_ended(),
            Token::Container => self.container_may_have_ended(),
        }
    }

    /// The nearest moment at which something is due without anybody's doing.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let retries =
            [self.resting.at(), self.stream_retry_at(), self.audience.retry_at(), self.files.next_try()];
        let deadlines = [self.time_limit.at(), self.stall.at(), self.finish.at(), self.lookout.next.at()];
        deadlines.into_iter().chain(retries).flatten().min()
    }

    /// Does what is due by now.
    pub(super) fn keep_deadlines(&mut self) {
        let Some(next) = self.next_deadline() else { return };
        let now = Instant::now();
        if next > now {
            return;
        }
        if self.time_limit.take(now) {
            self.time_is_over();
        }
        if self.stall.take(now) {
            self.drop_stalled();
        }
        if self.finish.take(now) {
            self.finish_may_be_due();
        }
        if self.files.next_try().is_some_and(|at| at <= now) {
            self.files.retry(&self.reporter);
        }
        if self.lookout.next.take(now) {
            self.look_at_processes();
        }
        self.retry_sources(now);
        self.retry_streams(now);
        self.audience.retry(now, &self.reporter);
    }

    fn receive_signals(&mut self) -> io::Result<()> {
        while let Some(signals) = &self.signals {
            match signals.next()? {
                Some(Notice::Forward(signal)) => self.forward(signal),
                Some(Notice::ChildEnded) => self.reap_children(),
                None => break,
            }
        }
        Ok(())
    }

    /// To the container, or to the runtime while that makes one.
    fn forward(&mut self, signal: Signal) {
        let Some(receiver) = self.container.as_ref().or(self.runtime.as_ref()) else {
            return self.reap_children();
        };
        if let Err(error) = receiver.signal(signal) {
            let reason = Reason(&error);
            self.reporter.warn(format_args!("cannot forward {signal} to {}: {reason}", receiver.pid()));
        }
    }

    /// Everything that was left to us as the subreaper. Before the container's pid is known only the runtime is reaped:
    /// the container's status would be lost. The container is known by its pid, whatever else there is of it.
    pub(super) fn reap_children(&mut self) {
        if matches!(self.phase, Phase::Creating) {
            return self.runtime_may_have_ended();
        }
        if self.host == Host::Embedded {
            return self.container_may_have_ended();
        }
        while let Waited::Ended(pid, ended) = reap(Child::Any, false) {
            if self.pid == Some(pid) {
                self.container_ended(Some(ended));
            }
        }
    }

    pub(super) fn accept_clients(&mut self) {
        if let Some(attach) = &mut self.audience.attach {
            attach.accept(&self.reporter);
        }
    }

    fn obey(&mut self, token: Token) -> io::Result<()> {
        let Some(control) = &mut self.control else { return Ok(()) };
        let fifo = if token == Token::Ctl { &mut control.ctl } else { &mut control.winsz };
        for request in fifo.requests(&self.reporter)? {
            match request {
                Request::Resize(size) => {
                    self.window_size = Some(size);
                    self.apply_window_size();
                }
                Request::ReopenLogs => self.reopen_logs(),
            }
        }
        Ok(())
    }

    /// What waited for the reader of one file may be written to another.
    fn reopen_logs(&mut self) {
        self.audience.logs.reopen(&self.reporter);
        self.write_logs();
    }

    /// The last size asked for; kept while there is no terminal.
    fn apply_window_size(&mut self) {
        if let (Some(terminal), Some(size)) = (&self.terminal, self.window_size)
            && let Err(error) = tty::resize(terminal, size)
        {
            self.reporter.warn(format_args!("cannot resize the terminal: {}", Reason(&error)));
        }
    }

    pub(super) fn check_oom(&mut self) -> io::Result<()> {
        match self.oom.as_deref_mut().map(OomWatch::check).transpose()? {
            Some(Seen::Oom) => {
                self.ooms += 1;
                self.files.write_oom(&self.oom_files, &self.reporter);
            }
            Some(Seen::Gone) => {
                if self.oom.take().is_some() {
                    self.reporter.debug("Cgroup appears to have been removed: memory is watched no more");
                }
            }
            Some(Seen::Nothing) | None => {}
        }
        Ok(())
    }

    fn relay_notifications(&self) -> io::Result<()> {
        self.notify.as_deref().map_or(Ok(()), NotifyRelay::relay)
    }

    /// The runtime connects once; whatever fails here shows as "no terminal" when the runtime has ended.
    pub(super) fn receive_terminal(&mut self) {
        let Some(console) = &mut self.console else { return };
        let terminal = match console.receive() {
            Ok(None) => return,
            Ok(Some(terminal)) => terminal,
            Err(error) => return self.reporter.warn(error),
        };
        self.console = None;
        if let Err(error) = self.adopt_terminal(terminal) {
            self.reporter.warn(error);
        }
    }

    fn adopt_terminal(&mut self, terminal: OwnedFd) -> Result<(), Error> {
        set_nonblocking(&terminal).step("set up the terminal")?;
        // A terminal that does not know output modes is one all the same.
        let _ = tty::map_newlines(&terminal);
        let input = terminal.try_clone().step("set up the terminal's input")?;
        let size = terminal.try_clone().step("set up the terminal's size")?;
        self.outputs.set_terminal(Output::terminal(terminal, &self.poll));
        self.terminal = Some(size);
        self.apply_window_size();
        self.stdin.arrive(input, &self.poll);
        self.watch_outputs();
        self.update_stdin();
        Ok(())
    }

    fn serve_client(&mut self, id: u32, readiness: Readiness) {
        let Some(attach) = &mut self.audience.attach else { return };
        let (stdin, closes) = (&mut self.stdin, self.stdio.stdin && !self.stdio.leave_stdin_open);
        let buffer = self.outputs.buffer();
        attach.serve(id, readiness, buffer, &mut |input| {
            match input {
                Input::Packet(packet) => stdin.write(packet),
                Input::End if closes => stdin.end(),
                Input::End => {}
            }
            stdin.takes_more()
        });
        self.update_stdin();
        if let Some(attach) = &mut self.audience.attach {
            attach.forget_surplus(&self.reporter);
        }
        self.resume_outputs();
        if matches!(self.phase, Phase::Flushing { .. }) {
            self.finish_may_be_due();
        }
    }

    fn write_logs(&mut self) {
        self.audience.logs.resume(&self.reporter);
        self.resume_outputs();
        if matches!(self.phase, Phase::Flushing { .. }) {
            self.finish_may_be_due();
        }
    }
}
