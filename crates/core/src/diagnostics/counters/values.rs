//! [`Values`]: one state of all counters, and their order in the page.

/// One stream's.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamValues {
    /// Read from the container.
    pub(crate) bytes: u64,
    /// Line ends among that, as the first log found them; without a log nobody looks for lines.
    pub(crate) lines: u64,
    /// Over all logs.
    pub(crate) logged_bytes: u64,
    pub(crate) logged_lines: u64,
    pub(crate) lost_bytes: u64,
    pub(crate) lost_lines: u64,
    /// Kept out of the logs by the limit for all of them together.
    pub(crate) withheld_bytes: u64,
    pub(crate) withheld_lines: u64,
    /// To attach clients, for each of them.
    pub(crate) attached_bytes: u64,
}

const STREAM: usize = 9;
const REST: usize = 15;
/// How many words there are.
pub(crate) const COUNT: usize = 2 * STREAM + REST;

/// Everything that is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Values {
    pub(crate) stdout: StreamValues,
    pub(crate) stderr: StreamValues,
    /// From clients, written to the container.
    pub(crate) stdin_bytes: u64,
    /// How many logs there are.
    pub(crate) logs: u64,
    /// Bytes in log files, what stands around the output included.
    pub(crate) log_file_bytes: u64,
    /// Log files begun anew because one was full.
    pub(crate) rotations: u64,
    pub(crate) rotation_failures: u64,
    pub(crate) reopens: u64,
    pub(crate) reopen_failures: u64,
    /// Bytes that wait for journald.
    pub(crate) journal_queue: u64,
    /// Clients let in so far, and those of them that were dropped because they read nothing.
    pub(crate) clients_accepted: u64,
    pub(crate) clients_stalled: u64,
    pub(crate) ooms: u64,
    /// Times in which the container had to wait, the length of those that are over, and the begin of the present one.
    pub(crate) pressure_times: u64,
    pub(crate) pressure_nanoseconds: u64,
    pub(crate) pressure_since: u64,
    /// The container's first process; 0 before it is known.
    pub(crate) pid: u64,
}

impl StreamValues {
    fn words(&self) -> [u64; STREAM] {
        [
            self.bytes,
            self.lines,
            self.logged_bytes,
            self.logged_lines,
            self.lost_bytes,
            self.lost_lines,
            self.withheld_bytes,
            self.withheld_lines,
            self.attached_bytes,
        ]
    }
}

impl Values {
    /// In the order of the page.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        let rest: [u64; REST] = [
            self.stdin_bytes,
            self.logs,
            self.log_file_bytes,
            self.rotations,
            self.rotation_failures,
            self.reopens,
            self.reopen_failures,
            self.journal_queue,
            self.clients_accepted,
            self.clients_stalled,
            self.ooms,
            self.pressure_times,
            self.pressure_nanoseconds,
            self.pressure_since,
            self.pid,
        ];
        self.stdout.words().into_iter().chain(self.stderr.words()).chain(rest)
    }
}
