//! The counters of a session, collected for readers of the counters page.

use super::Session;
use crate::attach::Attach;
use crate::diagnostics::counters::{StreamValues, Values};
use crate::stream::Stream;

impl Session {
    /// Called at the end of a wake-up: stores the counters in the pages that others read.
    pub(super) fn publish_counters(&mut self) {
        let values = self.values();
        let clients = self.components.audience.attach.as_ref().map(Attach::queues);
        self.counters.publish(&values, clients.into_iter().flatten());
        let guardian = self.components.guardian.as_ref();
        if let Some(progress) = guardian.map(|guardian| guardian.progress()) {
            progress.holds(self.components.audience.logs.held());
        }
    }

    fn values(&self) -> Values {
        let events = self.components.audience.logs.events();
        let pressure = self.components.outputs.pressure();
        let attach = self.components.audience.attach.as_ref().map(Attach::counts);
        Values {
            stdout: self.stream_values(Stream::Stdout),
            stderr: self.stream_values(Stream::Stderr),
            stdin_bytes: self.components.stdin.written(),
            logs: self.components.audience.logs.accounts().map(|_| 1).sum(),
            log_file_bytes: events.written,
            rotations: events.fresh_files,
            rotation_failures: events.fresh_file_failures,
            reopens: events.reopens,
            reopen_failures: events.reopen_failures,
            journal_queue: self.components.audience.logs.queued(),
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
        let mut values =
            StreamValues { bytes: *self.components.outputs.taken().get(stream), ..StreamValues::default() };
        let mut first = true;
        for account in self.components.audience.logs.accounts().map(|accounts| accounts.get(stream)) {
            if std::mem::take(&mut first) {
                values.lines = account.given.lines;
            }
            let logged = account.logged();
            values.logged_bytes += logged.bytes;
            values.logged_lines += logged.lines;
            values.lost_bytes += account.lost.bytes;
            values.lost_lines += account.lost.lines;
            values.withheld_bytes += account.withheld.bytes;
            values.withheld_lines += account.withheld.lines;
        }
        values.attached_bytes =
            self.components.audience.attach.as_ref().map_or(0, |attach| *attach.counts().sent.get(stream));
        values
    }
}
