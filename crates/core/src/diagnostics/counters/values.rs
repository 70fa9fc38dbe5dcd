//! [`Values`]: one state of all counters, and their places in the page.
//!
//! Generated from `counters.json` by `npm run manuals`.

/// The first word, in the order of the machine's bytes.
pub(super) const MAGIC: u64 = u64::from_ne_bytes(*b"conmonct");
/// Raised when a word changes its meaning; words may be added without that.
pub(super) const VERSION: u64 = 1;
/// The word with the version.
pub(super) const VERSION_AT: usize = 1;
/// Odd while the words after it are being written.
pub(super) const SEQUENCE: usize = 2;
/// The number of values.
pub(super) const COUNT_AT: usize = 3;
/// Length of the container's id in bytes.
pub(super) const CID_LENGTH: usize = 4;
/// The container's id.
pub(super) const CID: usize = 5;
/// The first value.
pub(super) const VALUES: usize = 37;
/// The number of clients; after it, what waits for each of the first of them.
pub(super) const CLIENTS: usize = 128;

const STREAM: usize = 9;
const MONITOR: usize = 15;
/// Number of values in the page.
pub(crate) const COUNT: usize = 2 * STREAM + MONITOR;

/// The counters of one stream.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamValues {
    /// Bytes read from the container.
    pub(crate) bytes: u64,
    /// Newlines read from the container; 0 without a log, where nothing looks for them.
    pub(crate) lines: u64,
    /// Bytes of the container's output written to logs; the sum of all logs.
    pub(crate) logged_bytes: u64,
    /// Lines of the container's output written to logs; the sum of all logs.
    pub(crate) logged_lines: u64,
    /// Bytes that an error, such as a full disk, kept out of a log.
    pub(crate) lost_bytes: u64,
    /// Lines that an error, such as a full disk, kept out of a log.
    pub(crate) lost_lines: u64,
    /// Bytes that --log-global-size-max kept out of a log.
    pub(crate) withheld_bytes: u64,
    /// Lines that --log-global-size-max kept out of a log.
    pub(crate) withheld_lines: u64,
    /// Bytes sent to attach clients, counted for each client.
    pub(crate) attached_bytes: u64,
}

/// All counters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Values {
    pub(crate) stdout: StreamValues,
    pub(crate) stderr: StreamValues,
    /// Bytes from attach clients that were written to the container's stdin.
    pub(crate) stdin_bytes: u64,
    /// Number of logs.
    pub(crate) logs: u64,
    /// Bytes written to log files, framing included.
    pub(crate) log_file_bytes: u64,
    /// Full log files that were rotated or truncated.
    pub(crate) rotations: u64,
    /// Full log files that could not be rotated or truncated.
    pub(crate) rotation_failures: u64,
    /// Log files reopened on request.
    pub(crate) reopens: u64,
    /// Log files that could not be reopened.
    pub(crate) reopen_failures: u64,
    /// Bytes waiting for journald or for the reader of a FIFO.
    pub(crate) journal_queue: u64,
    /// Attach clients that were accepted.
    pub(crate) clients_accepted: u64,
    /// Attach clients that were dropped because they did not read.
    pub(crate) clients_stalled: u64,
    /// Times that the container ran out of memory.
    pub(crate) ooms: u64,
    /// Times that the container was blocked by a client or log that did not read.
    pub(crate) pressure_times: u64,
    /// Time for which the container was blocked.
    pub(crate) pressure_nanoseconds: u64,
    /// Time of CLOCK_MONOTONIC since which the container is blocked; 0 if it is not.
    pub(crate) pressure_since: u64,
    /// Pid of the container's first process; 0 before it is known.
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
        let monitor: [u64; MONITOR] = [
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
        self.stdout.words().into_iter().chain(self.stderr.words()).chain(monitor)
    }
}
