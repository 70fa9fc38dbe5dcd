//! The counters of a session, collected for readers of the counters page.

use super::{Components, Session};
use crate::attach::Attach;
use crate::diagnostics::counters::{StreamValues, Values};
use crate::length::to_u64;
use crate::stream::Stream;

impl Session {
    /// Stores the counters in the pages that others read, at the end of a wake-up.
    pub(super) fn publish_counters(&mut self) {
        let values = self.values();
        let clients = self.components.consumers.attach.as_ref().map(Attach::queues);
        self.counters.publish(&values, clients.into_iter().flatten());
        let guardian = self.components.guardian.as_ref();
        if let Some(progress) = guardian.map(|guardian| guardian.progress()) {
            progress.holds(self.components.consumers.logs.held());
        }
    }

    fn values(&self) -> Values {
        let events = self.components.consumers.logs.events();
        let pressure = self.components.outputs.pressure();
        let attach = self.components.consumers.attach.as_ref().map(Attach::counts);
        Values {
            stdout: self.stream_values(Stream::Stdout),
            stderr: self.stream_values(Stream::Stderr),
            stdin_bytes: self.components.stdin.written(),
            logs: to_u64(self.components.consumers.logs.accounts().count()),
            log_file_bytes: events.written,
            rotations: events.fresh_files,
            rotation_failures: events.fresh_file_failures,
            reopens: events.reopens,
            reopen_failures: events.reopen_failures,
            journal_queue: self.components.consumers.logs.queued(),
            clients_accepted: attach.map_or(0, |counts| counts.accepted),
            clients_stalled: attach.map_or(0, |counts| counts.stalled),
            ooms: self.components.ooms,
            pressure_times: pressure.times(),
            pressure_nanoseconds: pressure.nanoseconds(),
            pressure_since: pressure.since(),
            pid: self.phase.pid().and_then(|pid| u64::try_from(pid.as_raw()).ok()).unwrap_or(0),
        }
    }

    fn stream_values(&self, stream: Stream) -> StreamValues {
        let Components { outputs, consumers, .. } = &*self.components;
        let mut accounts = consumers.logs.accounts().map(|accounts| accounts.get(stream)).peekable();
        let mut values = StreamValues {
            bytes: *outputs.bytes_read().get(stream),
            // Every log counts the same lines.
            lines: accounts.peek().map_or(0, |account| account.given.lines),
            attached_bytes: consumers.attach.as_ref().map_or(0, |attach| *attach.counts().sent.get(stream)),
            ..StreamValues::default()
        };
        for account in accounts {
            let logged = account.logged();
            values.logged_bytes += logged.bytes;
            values.logged_lines += logged.lines;
            values.lost_bytes += account.lost.bytes;
            values.lost_lines += account.lost.lines;
            values.withheld_bytes += account.withheld.bytes;
            values.withheld_lines += account.withheld.lines;
        }
        values
    }
}
