//! The parts of this crate that fuzz targets (`fuzz/`) call: every parser of untrusted bytes, and every writer of a format that other
//! programs read. Compiled with `--cfg fuzzing` only, as cargo-fuzz does.

use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub use crate::attach::fuzzing::Backlog;
use crate::diagnostics::report::Reporter;
use crate::log::{Background, Logs};
use crate::manager::{control, notify};
use crate::plan::{Bytes, Diagnostics, FileLog, LogDriver, LogFormat, LogLevel, LogsPlan};
use crate::poll::Poll;
use crate::processes::pidfile;
use crate::stream::Stream;
use crate::{adoption, attach, log, oom, private_socket};

/// Which of the container's streams a text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl From<Source> for Stream {
    fn from(source: Source) -> Self {
        match source {
            Source::Stdout => Self::Stdout,
            Source::Stderr => Self::Stderr,
        }
    }
}

impl From<Stream> for Source {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Stdout => Self::Stdout,
            Stream::Stderr => Self::Stderr,
        }
    }
}

/// What a line on a control FIFO asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlRequest {
    /// Rows and columns.
    Resize(u16, u16),
    /// Open the logs again.
    ReopenLogs,
}

/// The requests on `ctl`, or with `winsz` on that, whose bytes arrive in these pieces; `None` for a line without one.
#[must_use]
pub fn control(pieces: &[&[u8]], winsz: bool) -> Vec<Option<ControlRequest>> {
    control::fuzzing::requests(pieces, winsz)
}

/// What of a datagram to the notify socket is relayed.
#[must_use]
pub fn notify(datagram: &[u8]) -> Vec<u8> {
    notify::allowed_lines(datagram)
}

/// The pid that a text names, `None` for an empty one.
///
/// # Errors
/// When it is not the pid of a container.
pub fn pid(text: &[u8]) -> io::Result<Option<i32>> {
    Ok(pidfile::number_in(text)?.map(nix::unistd::Pid::as_raw))
}

/// The memory cgroup in a table like `/proc/PID/cgroup`, and whether it is one of version 2.
#[must_use]
pub fn memory_cgroup(table: &[u8], root: &Path) -> Option<(PathBuf, bool)> {
    oom::fuzzing::memory_cgroup(table, root)
}

/// The counters `oom` and `oom_kill` of a text like `memory.events`.
#[must_use]
pub fn memory_events(text: &[u8]) -> (u64, u64) {
    oom::fuzzing::counters(text)
}

/// Sends packets to an attach client; how many of the bytes went.
///
/// # Errors
/// When nothing went.
pub fn send(socket: impl AsFd, source: Source, bytes: &[u8]) -> io::Result<usize> {
    Ok(attach::fuzzing::send_batch(socket, source.into(), bytes)?)
}

/// Writes a log file from a container's writes, through to the end of its output.
///
/// # Errors
/// When the log cannot be opened.
pub fn write_log(format: LogFormat, path: &Path, writes: &[(Source, &[u8])]) -> io::Result<()> {
    let path = Bytes::try_from(path.as_os_str().as_encoded_bytes().to_vec()).map_err(io::Error::from)?;
    let file = FileLog {
        format,
        path,
        max_bytes: None,
        max_total_bytes: None,
        rotation: None,
        allowlist: Vec::new(),
    };
    let plan = LogsPlan { drivers: vec![LogDriver::File(file)], fsync: false, loss_marker: true };
    let poll = Rc::new(Poll::new().map_err(io::Error::other)?);
    let mut logs = Logs::open(&plan, Background::Thread, &poll).map_err(io::Error::other)?;
    let diagnostics = Diagnostics { level: LogLevel::Error, syslog: false, warnings: Vec::new() };
    let reporter = Reporter::new(&diagnostics, b"fuzz");
    for (source, text) in writes {
        logs.write((*source).into(), text, &reporter);
    }
    logs.end_of_output(&reporter);
    logs.close_files(&reporter);
    Ok(())
}

/// One record for the journal, with these fields before its own.
#[must_use]
pub fn journal_record(fields: Vec<(Bytes, Bytes)>, text: &[u8], priority: u8, part: bool) -> Vec<u8> {
    log::fuzzing::journal_record(fields, text, priority, part)
}

/// Reads a request on the private socket. `Ok`: after how many milliseconds the command is due.
pub fn private_request(packet: &[u8]) -> Result<Option<u64>, String> {
    private_socket::fuzzing::request(packet)
}

/// Reads the block of an exit command, and writes it again.
#[must_use]
pub fn adoption_block(block: &[u8]) -> Option<Vec<u8>> {
    adoption::fuzzing::block(block)
}
