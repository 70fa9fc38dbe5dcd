//! What is polled because no event reports it. Normally that is nothing.
//!
//! - The exit of a process without a pidfd, if this process does not receive SIGCHLD for it: it is not our child, or we are a
//!   thread of another program.
//! - Everything, if epoll_wait(2) itself fails.

use std::time::Duration;

use super::Session;
use crate::poll::{Readiness, Token};
use crate::timer::Deadline;

/// The interval between two checks doubles from the first to the longest, so that the exit of a short-lived process is noticed soon
/// and a long-lived one costs little.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Delay before a failed epoll_wait(2) is retried.
const RETRY: Duration = Duration::from_millis(50);
/// What is served while epoll_wait(2) fails, ready or not. None of it blocks.
const SERVED_BLINDLY: [Token; 8] = [
    Token::Signals,
    Token::AttachListener,
    Token::Ctl,
    Token::Winsz,
    Token::Stdout,
    Token::Stderr,
    Token::Runtime,
    Token::Container,
];

/// When processes are checked next.
#[derive(Debug, Default)]
pub(super) struct Polling {
    pub(super) next: Deadline,
    pause: Duration,
}

impl Session {
    /// Starts over with the first interval. To be called when there is another process to watch.
    pub(super) fn poll_processes_soon(&mut self) {
        self.polling.pause = FIRST_PAUSE;
        self.set_next_poll();
    }

    fn set_next_poll(&mut self) {
        let sigchld = self.components.signals.is_some();
        let guardian = self.components.guardian.as_ref();
        if self.phase.process().is_some_and(|process| process.ends_unreported(sigchld))
            || guardian.is_some_and(|guardian| guardian.ends_unreported())
        {
            self.polling.next.set(self.polling.pause);
            self.polling.pause = (self.polling.pause * 2).min(LONGEST_PAUSE);
        }
    }

    pub(super) fn poll_processes(&mut self) {
        if let Some(process) = self.phase.process_mut() {
            process.watch_again();
        }
        self.runtime_may_have_ended();
        self.container_may_have_ended();
        self.guardian_may_have_ended();
        self.set_next_poll();
    }

    /// Serves everything while epoll_wait(2) fails.
    pub(super) fn serve_blindly(&mut self) {
        std::thread::sleep(RETRY);
        let readiness = Readiness { readable: true, ..Readiness::default() };
        for token in SERVED_BLINDLY {
            self.dispatch(token, readiness);
        }
    }
}
