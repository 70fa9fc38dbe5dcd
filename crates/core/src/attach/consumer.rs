//! The attach clients as a [`Consumer`]: a client that does not read blocks the container until it has caught up, or has stalled.

use std::time::{Duration, Instant};

use conmon_sys::errors::describe;

use super::Attach;
use super::client::Client;
use crate::consumer::{Consumer, Patience};
use crate::diagnostics::report::Reporter;

impl Attach {
    /// The report of the exit does not wait longer for a client that does not read, or in total.
    const PATIENCE: Patience =
        Patience { idle: Duration::from_millis(200), total: Duration::from_millis(600) };
}

impl Consumer for Attach {
    fn patience(&self) -> Patience {
        Self::PATIENCE
    }

    fn is_congested(&self) -> bool {
        self.clients.iter().any(|client| client.is_congested(self.backlog.end()))
    }

    fn stall_deadline(&self) -> Option<Instant> {
        let end = self.backlog.end();
        self.clients
            .iter()
            .filter(|client| client.is_congested(end))
            .map(|client| client.last_progress() + self.stall)
            .min()
    }

    fn drop_stalled(&mut self, now: Instant, reporter: &Reporter) {
        let end = self.backlog.end();
        for client in self.clients.iter_mut().filter(|client| client.is_congested(end)) {
            client.look_for_progress(now, end);
            if client.last_progress() + self.stall <= now {
                let seconds = self.stall.as_secs();
                self.stall_warnings.warn(
                    reporter,
                    format_args!("dropped an attach client that read nothing for {seconds} seconds"),
                );
                self.counts.stalled += 1;
                client.drop_output();
            }
        }
        self.sweep();
    }

    fn unsent_since(&mut self) -> Option<Instant> {
        let (now, end) = (Instant::now(), self.backlog.end());
        let looked = |client: &mut Client| {
            client.look_for_progress(now, end);
            client.last_progress()
        };
        self.clients.iter_mut().filter(|client| client.has_unsent(end)).map(looked).max()
    }

    fn retry_at(&self) -> Option<Instant> {
        self.clients.iter().filter_map(Client::retry_at).chain(self.full_until).min()
    }

    /// Accepts clients that had to wait for a descriptor, and waits again for clients that could not be served.
    fn retry(&mut self, now: Instant, reporter: &Reporter) {
        if self.full_until.is_some_and(|until| until <= now) {
            self.accept(reporter);
        }
        for client in &mut self.clients {
            if !client.is_due(now) {
                continue;
            }
            client.update(self.input, self.backlog.end());
            if let Some(errno) = client.failure() {
                let reason = describe(errno);
                self.warnings
                    .warn(reporter, format_args!("cannot serve an attach client: {reason}; trying again"));
            }
        }
    }

    fn release(&mut self) {
        // Thousands may have been connected at the same time.
        self.clients.shrink_to_fit();
        self.backlog.release();
    }
}
