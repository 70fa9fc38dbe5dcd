//! Sources whose last read failed although they were ready. No error closes a source while the container runs: it leaves the epoll
//! set and is retried after a pause (see [`Backoff`]). Outputs, stdin and attach clients do the same for themselves.

use std::io;
use std::time::Instant;

use super::{Components, Session};
use crate::backoff::Backoff;
use crate::diagnostics::warnings::Warnings;
use crate::error::Reason;
use crate::poll::{AnyWatched, Interest, Readiness, Token};

/// The sources whose last read failed.
#[derive(Default)]
pub(super) struct FailedSources {
    sources: Vec<(Token, Backoff)>,
    warnings: Warnings,
}

impl FailedSources {
    /// When the first of them is retried.
    pub(super) fn at(&self) -> Option<Instant> {
        self.sources.iter().filter_map(|(_, backoff)| backoff.next_try()).min()
    }

    fn failed(&mut self, token: Token) -> bool {
        let at = self.sources.iter().position(|(source, _)| *source == token).unwrap_or_else(|| {
            self.sources.push((token, Backoff::for_source()));
            self.sources.len() - 1
        });
        self.sources.get_mut(at).is_some_and(|(_, backoff)| {
            backoff.failed(Instant::now());
            backoff.is_lasting()
        })
    }

    fn worked(&mut self, token: Token) {
        self.sources.retain(|(source, _)| *source != token);
    }

    fn next(&mut self, now: Instant) -> Option<Token> {
        self.sources.iter_mut().find_map(|(token, backoff)| backoff.take(now).then_some(*token))
    }
}

impl Components {
    /// Removes a source from the epoll set until its pause is over.
    fn back_off(&mut self, token: Token, error: &io::Error) {
        let Some((name, source)) = self.source(token) else { return };
        let _ = source.set(None);
        if self.failed_sources.failed(token) {
            let message = format_args!("cannot read {name}: {}; trying again", Reason(error));
            self.failed_sources.warnings.warn(&self.reporter, message);
        }
    }

    /// Adds a read-only source to the epoll set.
    pub(super) fn watch_source(&mut self, token: Token) {
        let watched = self.source(token).map(|(_, source)| source.set(Some(Interest::Read)));
        if let Some(Err(error)) = watched {
            self.back_off(token, error.reason());
        }
    }

    /// The name and the descriptor of a source.
    fn source(&mut self, token: Token) -> Option<(&'static str, &mut dyn AnyWatched)> {
        match token {
            Token::Signals => Some(("the signals to this process", self.signals.as_mut()?)),
            Token::Ctl => Some(("the control FIFO ctl", &mut self.control.as_mut()?.ctl)),
            Token::Winsz => Some(("the control FIFO winsz", &mut self.control.as_mut()?.winsz)),
            Token::Oom => Some(("the container's memory events", self.oom.as_mut()?)),
            Token::Notify => Some(("the notify socket", self.notify.as_mut()?)),
            Token::PrivateListener => {
                Some(("the private socket", &mut self.adoption.as_mut()?.socket.listener))
            }
            Token::AttachListener
            | Token::Console
            | Token::SyncPipe
            | Token::AttachPipe
            | Token::Stdin
            | Token::Stdout
            | Token::Stderr
            | Token::AttachClient(_)
            | Token::PrivateClient(_)
            | Token::Log
            | Token::Runtime
            | Token::Container
            | Token::Guardian => None,
        }
    }
}

impl Session {
    /// Serves a read-only source.
    pub(super) fn try_source(&mut self, token: Token, serve: impl FnOnce(&mut Self) -> io::Result<()>) {
        match serve(self) {
            Ok(()) => self.components.failed_sources.worked(token),
            Err(error) => self.components.back_off(token, &error),
        }
    }

    /// Serves the sources whose pause is over.
    pub(super) fn retry_sources(&mut self, now: Instant) {
        while let Some(token) = self.components.failed_sources.next(now) {
            let Some((_, source)) = self.components.source(token) else {
                self.components.failed_sources.worked(token);
                continue;
            };
            match source.set(Some(Interest::Read)) {
                // The event that failed may have been its last.
                Ok(()) => self.dispatch(token, Readiness { readable: true, ..Readiness::default() }),
                Err(error) => self.components.back_off(token, error.reason()),
            }
        }
    }
}
