//! Maps ready descriptors and deadlines to their handlers. No handler blocks, and every source either makes progress or leaves
//! the epoll set.

use std::io;
use std::time::Instant;

use conmon_sys::process::Waited;
use nix::sys::signal::Signal;

use super::adoption::Adoption;
use super::{Components, Host, Phase, Session};
use crate::error::Reason;
use crate::manager::control::ControlRequest;
use crate::manager::notify::NotifyRelay;
use crate::oom::{OomEvent, OomWatch};
use crate::poll::{Readiness, Token};
use crate::processes::signals::Notice;
use crate::stream::Stream;

impl Session {
    pub(super) fn dispatch(&mut self, token: Token, readiness: Readiness) {
        match token {
            Token::Signals => self.try_source(token, Self::receive_signals),
            Token::AttachListener => self.components.accept_clients(),
            Token::Ctl | Token::Winsz => self.try_source(token, |session| session.serve_control(token)),
            Token::Oom => self.try_source(token, |session| session.components.check_oom()),
            Token::Notify => self.try_source(token, |session| session.components.relay_notifications()),
            Token::Console => self.receive_terminal(),
            Token::Stdin => self.components.write_stdin(readiness),
            Token::Stdout => self.pump(Stream::Stdout),
            Token::Stderr => self.pump(Stream::Stderr),
            Token::AttachClient(id) => self.serve_client(id, readiness),
            Token::Log => self.resume_logs(),
            Token::SyncPipe => self.components.pipes.sync.flush(),
            Token::AttachPipe => self.components.pipes.attach.flush(),
            Token::PrivateListener => {
                self.try_source(token, |session| session.components.accept_private_clients())
            }
            Token::PrivateClient(id) => self.serve_private_client(id),
            Token::Runtime => self.runtime_may_have_ended(),
            Token::Container => self.container_may_have_ended(),
            Token::Guardian => self.guardian_may_have_ended(),
        }
    }

    /// The earliest deadline. It becomes the timeout of epoll_wait(2).
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let components = &self.components;
        let retries = [
            components.failed_sources.at(),
            components.stream_retry_at(),
            components.consumers.retry_at(),
            components.adoption.as_ref().and_then(Adoption::deadline),
        ];
        let deadlines = [
            self.phase.deadline(),
            self.polling.next.at(),
            components.stall.at(),
            components.files.next_try(),
        ];
        deadlines.into_iter().chain(retries).flatten().min()
    }

    /// Serves the deadlines that have passed.
    pub(super) fn serve_deadlines(&mut self) {
        let Some(next) = self.next_deadline() else { return };
        let now = Instant::now();
        if next > now {
            return;
        }
        if self.phase.deadline().is_some_and(|at| at <= now) {
            self.enforce_time_limit();
            self.flush_may_be_over();
        }
        if self.components.stall.take(now) {
            self.components.drop_stalled();
        }
        if self.components.files.next_try().is_some_and(|at| at <= now) {
            self.components.files.retry(&self.components.reporter);
        }
        if self.polling.next.take(now) {
            self.poll_processes();
        }
        self.components.serve_adoption_deadlines(now);
        self.retry_sources(now);
        self.components.retry_streams(now);
        self.components.consumers.retry(now, &self.components.reporter);
    }

    fn receive_signals(&mut self) -> io::Result<()> {
        while let Some(signals) = &self.components.signals {
            match signals.next()? {
                Some(Notice::Forward(signal)) => self.forward(signal),
                Some(Notice::ChildEnded) => self.reap_children(),
                None => break,
            }
        }
        Ok(())
    }

    /// Forwards a signal to the container, or to the runtime in the phase [`Phase::Creating`].
    fn forward(&mut self, signal: Signal) {
        if let Some(adoption) = &mut self.components.adoption {
            adoption.told_to_end = true;
        }
        let Some(receiver) = self.phase.process() else { return self.reap_children() };
        if let Err(error) = receiver.signal(signal) {
            let (pid, reason) = (receiver.pid(), Reason(&error));
            self.components.reporter.warn(format_args!("cannot forward {signal} to {pid}: {reason}"));
        }
    }

    /// Reaps all children, which include orphans, because this process is a subreaper. Before the container's pid is known only the
    /// runtime is reaped: the container's status would be lost.
    pub(super) fn reap_children(&mut self) {
        if matches!(self.phase, Phase::Creating(_)) {
            return self.runtime_may_have_ended();
        }
        if self.components.host == Host::Embedded {
            return self.container_may_have_ended();
        }
        while let Waited::Ended(pid, ended) = self.reap_next() {
            if self.phase.pid() == Some(pid) {
                self.container_ended(Some(ended));
            } else {
                self.components.adopted_command_ended(pid, ended);
            }
        }
    }

    fn serve_control(&mut self, token: Token) -> io::Result<()> {
        let components = &mut *self.components;
        let Some(control) = &mut components.control else { return Ok(()) };
        let fifo = if token == Token::Ctl { &mut control.ctl } else { &mut control.winsz };
        for request in fifo.requests(&components.reporter)? {
            match request {
                ControlRequest::Resize(size) => {
                    self.components.window_size = Some(size);
                    self.components.apply_window_size();
                }
                ControlRequest::ReopenLogs => self.reopen_logs(),
            }
        }
        Ok(())
    }

    /// Records that were pending for the reader of the old file may be written to the new one.
    fn reopen_logs(&mut self) {
        self.components.consumers.logs.reopen(&self.components.reporter);
        self.resume_logs();
    }

    pub(super) fn receive_terminal(&mut self) {
        if let Phase::Creating(creating) = &mut self.phase {
            creating.receive_terminal(&mut self.components);
        }
    }

    fn pump(&mut self, stream: Stream) {
        let early = match &mut self.phase {
            Phase::Creating(creating) => Some(&mut creating.early),
            Phase::Running(_) | Phase::Flushing(_) | Phase::Ended(_) | Phase::Failed(_) => None,
        };
        self.components.pump(stream, early);
    }

    fn serve_client(&mut self, id: u32, readiness: Readiness) {
        self.components.serve_client(id, readiness);
        self.flush_may_be_over();
    }

    fn resume_logs(&mut self) {
        self.components.resume_logs();
        self.flush_may_be_over();
    }
}

impl Components {
    pub(super) fn check_oom(&mut self) -> io::Result<()> {
        match self.oom.as_deref_mut().map(OomWatch::check).transpose()? {
            Some(OomEvent::Oom) => {
                self.ooms += 1;
                self.files.write_oom(&self.plan.oom_files, &self.reporter);
            }
            Some(OomEvent::CgroupRemoved) => {
                if self.oom.take().is_some() {
                    self.reporter.debug("Cgroup appears to have been removed: memory is no longer watched");
                }
            }
            Some(OomEvent::None) | None => {}
        }
        Ok(())
    }

    fn relay_notifications(&self) -> io::Result<()> {
        self.notify.as_deref().map_or(Ok(()), NotifyRelay::relay)
    }
}
