//! [`Volume`] and [`Account`]: how much of the container's output a log was given, and how much was lost or withheld.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::length::to_u64;

/// An amount of the container's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Volume {
    pub(crate) bytes: u64,
    /// Newlines: of a line that is logged in parts, only the last part counts.
    pub(crate) lines: u64,
}

impl Volume {
    pub(crate) fn new(bytes: usize, lines: u64) -> Self {
        Self { bytes: to_u64(bytes), lines }
    }

    fn minus(self, other: Self) -> Self {
        Self { bytes: self.bytes.saturating_sub(other.bytes), lines: self.lines.saturating_sub(other.lines) }
    }
}

impl AddAssign for Volume {
    fn add_assign(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
    }
}

/// One stream's output in one log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    /// What the log was given, including what was lost or withheld.
    pub(crate) given: Volume,
    /// What an error kept out of the log.
    pub(crate) lost: Volume,
    /// What exceeded the limit for all files of the log (`--log-global-size-max`).
    pub(crate) withheld: Volume,
}

impl Account {
    /// Counts output that could not be read as given and lost.
    pub(crate) fn lose_unread(&mut self, bytes: u64) {
        let unread = Volume { bytes, lines: 0 };
        self.given += unread;
        self.lost += unread;
    }

    /// What is in the log.
    pub(crate) fn logged(&self) -> Volume {
        self.given.minus(self.lost).minus(self.withheld)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::driver::FileFormat;
    use crate::log::formats::{JsonFile, K8sFile};
    use crate::log::scratch::{Scratch, bytes, reporter, setting};
    use crate::plan::FileLog;
    use crate::stream::{PerStream, Stream};

    const fn volume(bytes: u64, lines: u64) -> Volume {
        Volume { bytes, lines }
    }

    /// What both formats enter for the same output.
    fn accounts(plan: &impl Fn(&Scratch) -> FileLog, texts: &[(Stream, &[u8])]) -> [PerStream<Account>; 2] {
        let scratch = Scratch::new();
        let mut k8s = K8sFile::open(plan(&scratch), &setting()).unwrap();
        let mut json = JsonFile::open(plan(&scratch), &setting()).unwrap();
        for (stream, text) in texts {
            k8s.write(*stream, text, &reporter());
            json.write(*stream, text, &reporter());
        }
        json.end_of_output(&reporter());
        [k8s.records().accounts().clone(), json.records().accounts().clone()]
    }

    #[test]
    fn every_format_counts_bytes_and_newlines_for_their_stream() {
        let texts: [(Stream, &[u8]); 3] =
            [(Stream::Stdout, b"one\ntw"), (Stream::Stderr, b"err\n"), (Stream::Stdout, b"o\n\nrest")];
        for accounts in accounts(&|scratch| scratch.plan("log"), &texts) {
            assert_eq!(accounts.get(Stream::Stdout).logged(), volume(13, 3));
            assert_eq!(accounts.get(Stream::Stderr).logged(), volume(4, 1));
        }
    }

    #[test]
    fn what_an_error_keeps_out_is_lost() {
        let full = |scratch: &Scratch| FileLog { path: bytes("/dev/full"), ..scratch.plan("log") };
        let long = [&[b'x'; 20_000][..], b"\n"].concat();
        for accounts in accounts(&full, &[(Stream::Stdout, b"a\nb\n"), (Stream::Stderr, &long)]) {
            let account = accounts.get(Stream::Stdout);
            assert_eq!((account.lost, account.logged()), (volume(4, 2), volume(0, 0)));
            assert_eq!(accounts.get(Stream::Stderr).lost, volume(20_001, 1));
        }
    }

    #[test]
    fn what_would_pass_the_limit_for_all_logs_is_withheld() {
        let limited = |scratch: &Scratch| FileLog { max_total_bytes: Some(90), ..scratch.plan("log") };
        for accounts in accounts(&limited, &[(Stream::Stdout, b"one\n"), (Stream::Stdout, b"two\n3")]) {
            let account = accounts.get(Stream::Stdout);
            assert_eq!((account.lost, account.withheld), (volume(0, 0), volume(5, 1)));
            assert_eq!(account.logged(), volume(4, 1));
        }
    }

    #[test]
    fn logged_is_what_was_neither_lost_nor_withheld() {
        let account = Account { given: volume(100, 10), lost: volume(20, 3), withheld: volume(5, 1) };
        assert_eq!(account.logged(), volume(75, 6));
    }
}
