//! [`Reporter`]: the monitor's own messages, to stderr, which is `/dev/null` once the monitor has been forked, and with `--syslog` to
//! syslog.
//!
//! A message to syslog is one datagram to `/dev/log` (RFC 3164 without a host name, as syslog(3) writes it), sent without blocking: a
//! syslogd that does not read must not block a container.

use std::fmt;
use std::io::Write;
use std::os::unix::net::UnixDatagram;

use conmon_sys::time::{Zone, broken_down, now};

use crate::diagnostics::severity;
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
        self.log(LogLevel::Error, &message);
    }

    pub(crate) fn warn(&self, message: impl fmt::Display) {
        self.log(LogLevel::Warning, &message);
    }

    pub(crate) fn info(&self, message: impl fmt::Display) {
        self.log(LogLevel::Info, &message);
    }

    pub(crate) fn debug(&self, message: impl fmt::Display) {
        self.log(LogLevel::Debug, &message);
    }

    fn log(&self, level: LogLevel, message: &dyn fmt::Display) {
        if level > self.level {
            return;
        }
        // In one write, so that lines of several monitors do not mix in a file or pipe that they share. If stderr is gone,
        // there is nowhere to report that.
        let line = format!("[conmon:{}]: {message}\n", letter(level));
        let _ = std::io::stderr().write_all(line.as_bytes());
        if self.syslog {
            send_to_syslog(severity_of(level), &format!("conmon {} <{}>: {message}", self.cid, word(level)));
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

fn severity_of(level: LogLevel) -> u8 {
    match level {
        LogLevel::Error => severity::ERROR,
        LogLevel::Warning => severity::WARNING,
        LogLevel::Info => severity::INFORMATION,
        LogLevel::Debug | LogLevel::Trace => severity::DEBUG,
    }
}

/// One message with the facility "user"; dropped if nothing listens.
pub(crate) fn send_to_syslog(severity: u8, message: &str) {
    const FACILITY_USER: u8 = 1 << 3;
    let Ok(socket) = UnixDatagram::unbound() else { return };
    let now = now().map_or(0, |(second, _)| second);
    let datagram = format!("<{}>{}conmon: {message}", FACILITY_USER | severity, timestamp(now));
    let _ = socket.set_nonblocking(true).and_then(|()| socket.send_to(datagram.as_bytes(), "/dev/log"));
}

/// Local time as RFC 3164 has it: `Nov  4 18:10:00 `. Empty if the calendar cannot be read: receivers then use their own time.
fn timestamp(second: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Ok(local) = broken_down(second, Zone::Local) else { return String::new() };
    let tm = &local.fields;
    let month = usize::try_from(tm.tm_mon).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&MONTHS[0]);
    format!("{month} {:2} {:02}:{:02}:{:02} ", tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syslog_gets_a_timestamp_whose_day_is_padded_with_a_space() {
        for (day, expected) in [(0, "Jan  "), (44, "Feb 14 "), (364, "Dec 31 ")] {
            // Noon in London is the same day almost everywhere.
            let text = timestamp(day * 86_400 + 43_200);
            assert!(text.starts_with(expected), "{text}");
            assert_eq!(text.len(), "Nov  4 18:10:00 ".len());
        }
    }
}
