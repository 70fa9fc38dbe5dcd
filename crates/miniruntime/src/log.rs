//! Logs errors: as text to stderr, and to the file of `--log`, as JSON with `--log-format json`.
//!
//! Podman prefers the member `msg` of that file to the stderr output that conmon caught (libpod, `getOCIRuntimeError`).

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::Failure;

/// The file given by `--log`.
#[derive(Debug)]
pub(crate) struct LogFile<'a> {
    pub(crate) path: &'a Path,
    pub(crate) json: bool,
}

/// Reports the error; returns the exit status.
pub(crate) fn report(error: &Failure, log: Option<LogFile<'_>>) -> ExitCode {
    let now = timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
    if let Some(log) = log {
        let line = if log.json {
            let line = serde_json::json!({ "level": "error", "msg": error.to_string(), "time": now });
            format!("{line}\n")
        } else {
            format!("{now} error: {error}\n")
        };
        // A failure to write the log is ignored; stderr still reports the error.
        drop(append(log.path, &line));
    }
    // One write: a reader of the pipe must see the whole line.
    drop(std::io::stderr().write_all(format!("miniruntime: {error}\n").as_bytes()));
    ExitCode::FAILURE
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.write_all(line.as_bytes())
}

/// Formats the time since 1970 as RFC 3339 in UTC.
pub(crate) fn timestamp(since: Duration) -> String {
    let seconds = since.as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let nanos = since.subsec_nanos();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanos:09}Z")
}

/// Converts days since 1970 to year, month and day: eras of 400 years first, with years starting in March so that the leap
/// day comes last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_corrected = day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096;
    let year_of_era = leap_corrected / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_rfc3339_in_utc_on_leap_days_and_century_ends() {
        let cases = [
            (0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000000Z"),
        ];
        for (seconds, text) in cases {
            assert_eq!(timestamp(Duration::from_secs(seconds)), text);
        }
        assert_eq!(timestamp(Duration::new(1, 5)), "1970-01-01T00:00:01.000000005Z");
    }
}
