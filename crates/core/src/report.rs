//! Our own messages: to stderr, which is `/dev/null` once the monitor is on its own, and to syslog if that was asked for.
//!
//! syslog is one datagram to `/dev/log` (RFC 3164 without a host name, as syslog(3) writes it), sent without blocking: a
//! stuck syslogd must not hold up a container.

use std::fmt;
use std::io::Write;
use std::os::unix::net::UnixDatagram;

use crate::plan::{Diagnostics, LogLevel};

/// Where our messages go, and which of them.
pub(crate) struct Reporter {
    level: LogLevel,
    syslog: bool,
    /// The container's id, cut as C conmon cuts it, so that searches in old logs keep working.
    cid: String,
}

const CID_IN_MESSAGES: usize = 20;

impl Reporter {
    pub(crate) fn new(diagnostics: &Diagnostics, cid: &[u8]) -> Self {
        let shown = cid.get(..CID_IN_MESSAGES).unwrap_or(cid);
        Self {
            level: diagnostics.level,
            syslog: diagnostics.syslog,
            cid: String::from_utf8_lossy(shown).into_owned(),
        }
    }

    pub(crate) fn error(&self, message: impl fmt::Display) {
        self.say(LogLevel::Error, &message);
    }

    pub(crate) fn warn(&self, message: impl fmt::Display) {
        self.say(LogLevel::Warning, &message);
    }

    pub(crate) fn info(&self, message: impl fmt::Display) {
        self.say(LogLevel::Info, &message);
    }

    fn say(&self, level: LogLevel, message: &dyn fmt::Display) {
        if level > self.level {
            return;
        }
        // Nobody is left to be told that stderr is gone.
        let _ = writeln!(std::io::stderr(), "[conmon:{}]: {message}", letter(level));
        if self.syslog {
            send_to_syslog(severity(level), &format!("conmon {} <{}>: {message}", self.cid, word(level)));
        }
    }
}

fn letter(level: LogLevel) -> char {
    match level {
        LogLevel::Error => 'e',
        LogLevel::Warning => 'w',
        LogLevel::Info => 'i',
        LogLevel::Debug => 'd',
        LogLevel::Trace => 't',
    }
}

fn word(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warning => "nwarn",
        LogLevel::Info => "ninfo",
        LogLevel::Debug => "ndebug",
        LogLevel::Trace => "ntrace",
    }
}

/// Severities of syslog(3).
fn severity(level: LogLevel) -> u8 {
    match level {
        LogLevel::Error => 3,
        LogLevel::Warning => 4,
        LogLevel::Info => 6,
        LogLevel::Debug | LogLevel::Trace => 7,
    }
}

/// One message with the facility "user"; lost without a word if nobody listens.
pub(crate) fn send_to_syslog(severity: u8, message: &str) {
    const FACILITY_USER: u8 = 1 << 3;
    let Ok(socket) = UnixDatagram::unbound() else { return };
    let datagram = format!("<{}>{}: {message}", FACILITY_USER | severity, "conmon");
    let _ = socket.set_nonblocking(true).and_then(|()| socket.send_to(datagram.as_bytes(), "/dev/log"));
}
