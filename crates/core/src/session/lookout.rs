//! What is polled because nothing reports it. In ordinary operation that is nothing.
//!
//! - The end of a process without a pidfd that is not our child, or is one of a process that is not ours: that one
//!   receives the SIGCHLD.
//! - Everything, if epoll_wait(2) itself fails.

use std::time::Duration;

use super::Session;
use crate::poll::{Readiness, Token};
use crate::timer::Deadline;

/// Interval between two looks at processes. It grows, so that the end of a short-lived process is noticed soon and a long-lived
/// one costs little.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Delay before a failed epoll_wait(2) is retried.
const RETRY: Duration = Duration::from_millis(50);
/// What is served without knowing whether it is ready: none of it blocks.
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

/// When processes are looked at next.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    pub(super) next: Deadline,
    pause: Duration,
}

impl Session {
    /// To be called when there is another process to watch.
    pub(super) fn look_out(&mut self) {
        self.lookout.pause = FIRST_PAUSE;
        self.set_next_look();
    }

    fn set_next_look(&mut self) {
        let sigchld = self.components.signals.is_some();
        let guardian = self.components.guardian.as_ref();
        if self.phase.process().is_some_and(|process| process.ends_unreported(sigchld))
            || guardian.is_some_and(|guardian| guardian.ends_unreported())
        {
            self.lookout.next.set(self.lookout.pause);
            self.lookout.pause = (self.lookout.pause * 2).min(LONGEST_PAUSE);
        }
    }

    pub(super) fn look_at_processes(&mut self) {
        if let Some(process) = self.phase.process_mut() {
            process.watch_again();
        }
        self.runtime_may_have_ended();
        self.container_may_have_ended();
        self.guardian_may_have_ended();
        self.set_next_look();
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
