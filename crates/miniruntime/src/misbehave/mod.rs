//! Everything a runtime can do wrong, enabled through the environment.
//!
//! Only `create`, `restore` and `exec` misbehave, so that `kill` and `delete` can clean up; `MINIRUNTIME_DUMP` applies to
//! every command. `--help` documents the switches.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use conmon_sys::disposition;
use conmon_sys::process::{pidfd_open, pidfd_send_signal};
use nix::unistd::getpid;

use crate::cli::Command;
use crate::error::{Failure, Step};
use crate::signals;

pub(crate) mod holder;
mod linger;

/// One write of `MINIRUNTIME_STDERR_BYTES`: not a whole line.
const PIECE: &[u8] = b"miniruntime was told to say a lot before it fails, and this is a part of it; ";

/// The switches that are set.
#[derive(Debug, Default)]
pub(crate) struct Quirks {
    /// Where to record how we were called.
    pub(crate) dump: Option<PathBuf>,
    fail: Option<u8>,
    stderr_bytes: usize,
    stderr_raw: Vec<u8>,
    stdout: Option<OsString>,
    signal: Option<i32>,
    linger: Option<Duration>,
    /// Sleep before and after the pid file is written.
    pub(crate) delay_before: Duration,
    pub(crate) delay_after: Duration,
    /// The process opens the FIFO only after this long, some time after `create` has returned.
    pub(crate) late: Duration,
    /// Content of the pid file instead of the pid; `Some(None)`: no file.
    pub(crate) pid_file: Option<Option<String>>,
    /// The container becomes the child of a holder process.
    pub(crate) reparent: bool,
    /// A terminal is created but not sent.
    pub(crate) keep_console: bool,
    /// Exit status despite success.
    pub(crate) status: u8,
}

impl Quirks {
    /// Reads the switches; an invalid value is an error, or a test would pass for the wrong reason.
    pub(crate) fn from_environment(command: Command) -> Result<Self, Failure> {
        let dump = env::var_os("MINIRUNTIME_DUMP").map(PathBuf::from);
        if !matches!(command, Command::Create | Command::Restore | Command::Exec) || !applies(command)? {
            return Ok(Self { dump, ..Self::default() });
        }
        let milliseconds = |name| Ok::<_, Failure>(Duration::from_millis(number(name)?.unwrap_or(0)));
        Ok(Self {
            dump,
            fail: number("FAIL")?,
            stderr_bytes: number("STDERR_BYTES")?.unwrap_or(0),
            stderr_raw: hex(&text("STDERR_HEX")?.unwrap_or_default())?,
            stdout: env::var_os("MINIRUNTIME_STDOUT"),
            signal: text("SIGNAL")?.map(|name| signals::number(&name)).transpose()?,
            linger: number("LINGER_MS")?.map(Duration::from_millis),
            delay_before: milliseconds("DELAY_BEFORE_MS")?,
            delay_after: milliseconds("DELAY_AFTER_MS")?,
            late: milliseconds("LATE_MS")?,
            pid_file: text("PIDFILE")?.map(|wish| pid_file(&wish)).transpose()?,
            reparent: flag("REPARENT")?,
            keep_console: flag("NO_CONSOLE")?,
            status: number("STATUS")?.unwrap_or(0),
        })
    }

    /// Misbehaves before any work. `Some` status: exit with it.
    pub(crate) fn at_start(&self) -> Result<Option<u8>, Failure> {
        if let Some(text) = &self.stdout {
            io::stdout().write_all(text.as_encoded_bytes()).step("write to stdout")?;
            io::stdout().flush().step("write to stdout")?;
        }
        self.complain().step("write to stderr")?;
        if let Some(duration) = self.linger {
            linger::leave_behind(duration)?;
        }
        if let Some(signal) = self.signal {
            let own = pidfd_open(getpid()).step("open our own pidfd")?;
            disposition::reset_all();
            pidfd_send_signal(&own, signal).step("signal ourselves")?;
        }
        Ok(self.fail)
    }

    fn complain(&self) -> io::Result<()> {
        let mut stderr = io::stderr();
        let mut left = self.stderr_bytes;
        while left > 0 {
            let piece = PIECE.get(..left.min(PIECE.len())).unwrap_or(PIECE);
            stderr.write_all(piece)?;
            left -= piece.len();
        }
        stderr.write_all(&self.stderr_raw)
    }
}

/// Whether `MINIRUNTIME_ON` selects this command.
fn applies(command: Command) -> Result<bool, Failure> {
    let Some(names) = text("ON")? else { return Ok(true) };
    let own = match command {
        Command::Create => "create",
        Command::Restore => "restore",
        _ => "exec",
    };
    Ok(names.split(',').any(|name| name == own))
}

fn text(name: &str) -> Result<Option<String>, Failure> {
    let name = format!("MINIRUNTIME_{name}");
    let value = env::var_os(&name).map(OsString::into_string).transpose();
    value.map_err(|value| Failure::new(format!("{name}=`{}` is not UTF-8", value.display())))
}

fn number<T: std::str::FromStr>(name: &str) -> Result<Option<T>, Failure> {
    let Some(value) = text(name)? else { return Ok(None) };
    let number =
        value.parse().map_err(|_| Failure::new(format!("MINIRUNTIME_{name}=`{value}` is out of range")))?;
    Ok(Some(number))
}

fn flag(name: &str) -> Result<bool, Failure> {
    match text(name)?.as_deref() {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(other) => Err(Failure::new(format!("MINIRUNTIME_{name}=`{other}` is neither 0 nor 1"))),
    }
}

/// Parses `none` or `content:TEXT`.
fn pid_file(wish: &str) -> Result<Option<String>, Failure> {
    match (wish, wish.strip_prefix("content:")) {
        ("none", _) => Ok(None),
        (_, Some(content)) => Ok(Some(content.to_owned())),
        _ => Err(Failure::new(format!("MINIRUNTIME_PIDFILE=`{wish}` is neither `none` nor `content:…`"))),
    }
}

fn hex(digits: &str) -> Result<Vec<u8>, Failure> {
    let bad =
        || Failure::new(format!("MINIRUNTIME_STDERR_HEX=`{digits}` is not pairs of hexadecimal digits"));
    let pair = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2);
        pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(bad)
    };
    digits.as_bytes().chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_bytes_are_given_in_hexadecimal() {
        assert_eq!(hex("ff001B0a").unwrap(), [0xff, 0, 0x1b, 0x0a]);
        assert!(hex("f").is_err());
        assert!(hex("zz").is_err());
    }

    #[test]
    fn a_pid_file_is_left_out_or_gets_any_content() {
        assert_eq!(pid_file("none").unwrap(), None);
        assert_eq!(pid_file("content:").unwrap(), Some(String::new()));
        assert_eq!(pid_file("content:-1").unwrap(), Some("-1".to_owned()));
        assert!(pid_file("-1").is_err());
    }
}
