//! The control FIFOs `ctl` and `winsz` in the bundle: lines of decimal numbers (`1 H W` resize, `2 0 0` reopen the logs;
//! on `winsz` also `H W` alone).
//!
//! A writer may send anything: pieces, many lines together, lines without an end. A FIFO is opened for
//! reading and writing (fifo(7) of Linux allows that), so it never reports an end and never hangs up.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::rc::Rc;

use conmon_sys::tty::WindowSize;
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use crate::diagnostics::report::Reporter;
use crate::diagnostics::warnings::Warnings;
use crate::error::{Error, Step};
use crate::handover::{Blob, Descriptors, adopt};
use crate::plan::{ControlPlan, MAX_WINDOW_SIZE};
use crate::poll::{Poll, Token, Watched};

const MODE: u32 = 0o660;
/// Longer lines cannot be messages.
const MAX_LINE: usize = 256;

/// The request in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ControlRequest {
    Resize(WindowSize),
    ReopenLogs,
}

/// The two FIFOs.
pub(crate) struct Control {
    pub(crate) ctl: Watched<Fifo>,
    pub(crate) winsz: Watched<Fifo>,
}

impl Control {
    /// Creates both, replacing files that have their names.
    pub(crate) fn create(plan: &ControlPlan, poll: &Rc<Poll>) -> Result<Self, Error> {
        let ctl = Fifo::create(plan.ctl.as_path(), Grammar::Control)?;
        let winsz = Fifo::create(plan.winsz.as_path(), Grammar::WindowSize)?;
        Ok(Self {
            ctl: Watched::reading(ctl, Token::Ctl, poll)?,
            winsz: Watched::reading(winsz, Token::Winsz, poll)?,
        })
    }
}

/// A [`Control`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ControlState {
    ctl: FifoState,
    winsz: FifoState,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FifoState {
    fd: RawFd,
    begun: Blob,
    too_long: bool,
}

impl Control {
    pub(crate) fn state(&self, descriptors: &mut Descriptors) -> ControlState {
        ControlState { ctl: self.ctl.state(descriptors), winsz: self.winsz.state(descriptors) }
    }

    /// Continues with what was handed over. Nothing is waited for yet.
    pub(crate) fn from_state(state: ControlState, poll: &Rc<Poll>) -> Option<Self> {
        let ctl = Fifo::from_state(state.ctl, Grammar::Control)?;
        let winsz = Fifo::from_state(state.winsz, Grammar::WindowSize)?;
        let (ctl, winsz) = (Watched::new(ctl, Token::Ctl, poll), Watched::new(winsz, Token::Winsz, poll));
        Some(Self { ctl, winsz })
    }
}

/// Which lines a FIFO accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grammar {
    /// `TYPE A B`.
    Control,
    /// Also `H W`.
    WindowSize,
}

/// One FIFO and its incomplete line.
pub(crate) struct Fifo {
    file: File,
    grammar: Grammar,
    lines: Lines,
    warnings: Warnings,
}

impl Fifo {
    fn create(path: &Path, grammar: Grammar) -> Result<Self, Error> {
        const STEP: &str = "open the control FIFO";
        if let Err(error) = nix::unistd::mkfifo(path, Mode::from_bits_truncate(MODE)) {
            if error != nix::errno::Errno::EEXIST {
                return Err(error).step_at("create the control FIFO", path);
            }
            std::fs::remove_file(path).step_at("remove the stale control FIFO", path)?;
            nix::unistd::mkfifo(path, Mode::from_bits_truncate(MODE))
                .step_at("create the control FIFO", path)?;
        }
        let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW;
        let file =
            OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).step_at(STEP, path)?;
        if !file.metadata().is_ok_and(|found| found.file_type().is_fifo()) {
            let what = "something else is at its path by now";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what)).step_at(STEP, path);
        }
        // The umask has removed the group's write permission.
        file.set_permissions(Permissions::from_mode(MODE))
            .step_at("set the mode of the control FIFO", path)?;
        Ok(Self { file, grammar, lines: Lines::default(), warnings: Warnings::default() })
    }

    fn state(&self, descriptors: &mut Descriptors) -> FifoState {
        let Lines { begun, too_long } = &self.lines;
        FifoState { fd: descriptors.add(&self.file), begun: Blob(begun.clone()), too_long: *too_long }
    }

    fn from_state(state: FifoState, grammar: Grammar) -> Option<Self> {
        let lines = Lines { begun: state.begun.0, too_long: state.too_long };
        Some(Self { file: adopt(state.fd)?.into(), grammar, lines, warnings: Warnings::default() })
    }

    /// The next requests, in order: those of one read, because a writer may never stop.
    ///
    /// # Errors
    /// Those of read(2), except `EINTR` and `EAGAIN`: unread bytes wake the loop again.
    // Inlined, its buffer would be a page of the stack of the loop, and stay when the loop waits.
    #[inline(never)]
    pub(crate) fn requests(&mut self, reporter: &Reporter) -> io::Result<Vec<ControlRequest>> {
        let mut requests = Vec::new();
        let mut chunk = [0; 4096];
        let count = match self.file.read(&mut chunk) {
            Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock) => 0,
            outcome => outcome?,
        };
        self.lines.take(&chunk[..count], |line| match parse(line, self.grammar) {
            Ok(request) => requests.push(request),
            Err(why) => drop(self.warnings.warn(reporter, format_args!("{why}"))),
        });
        Ok(requests)
    }
}

impl AsFd for Fifo {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Assembles lines, and skips those that are too long.
#[derive(Default)]
struct Lines {
    begun: Vec<u8>,
    too_long: bool,
}

impl Lines {
    fn take(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, complete) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            self.too_long |= self.begun.len() + text.len() > MAX_LINE;
            if !self.too_long {
                self.begun.extend_from_slice(text);
            }
            if complete {
                each(if self.too_long { b"" } else { &self.begun });
                *self = Self::default();
            }
        }
    }
}

/// As C conmon reads a line, with scanf(3): numbers with blanks between them; what follows the last one does not matter.
fn parse(line: &[u8], grammar: Grammar) -> Result<ControlRequest, &'static str> {
    const FORMAT: &str = "Invalid control message format";
    let mut rest = line;
    let (first, second, third) = (number(&mut rest), number(&mut rest), number(&mut rest));
    let resize = |rows, columns| {
        Ok(ControlRequest::Resize(WindowSize { rows: dimension(rows)?, columns: dimension(columns)? }))
    };
    match (first, second, third) {
        (Some(1), Some(rows), Some(columns)) => resize(rows, columns),
        (Some(2), Some(_), Some(_)) => Ok(ControlRequest::ReopenLogs),
        (Some(rows), Some(columns), _) if grammar == Grammar::WindowSize => resize(rows, columns),
        (Some(_), Some(_), Some(_)) => Err("Invalid control message type"),
        _ => Err(FORMAT),
    }
}

/// Removes a number from the start of a text. If there is none, the whole text is removed.
fn number(text: &mut &[u8]) -> Option<i32> {
    let begun = std::mem::take(text).trim_ascii_start();
    let (sign, digits) = match begun {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at_checked(count).filter(|(digits, _)| !digits.is_empty())?;
    *text = rest;
    let magnitude = digits
        .iter()
        .fold(0_i32, |number, digit| number.saturating_mul(10).saturating_add(i32::from(digit - b'0')));
    Some(sign * magnitude)
}

fn dimension(cells: i32) -> Result<u16, &'static str> {
    u16::try_from(cells).ok().filter(|cells| *cells <= MAX_WINDOW_SIZE).ok_or("Invalid window size")
}

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    use super::{ControlRequest, Grammar, Lines, parse};
    use crate::fuzzing::ControlRequest as Fuzzed;

    pub(crate) fn requests(pieces: &[&[u8]], winsz: bool) -> Vec<Option<Fuzzed>> {
        let grammar = if winsz { Grammar::WindowSize } else { Grammar::Control };
        let (mut lines, mut requests) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.take(piece, |line| {
                requests.push(parse(line, grammar).ok().map(|request| match request {
                    ControlRequest::Resize(size) => Fuzzed::Resize(size.rows, size.columns),
                    ControlRequest::ReopenLogs => Fuzzed::ReopenLogs,
                }));
            });
        }
        requests
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::properties::{config, text};

    fn resize(rows: u16, columns: u16) -> Result<ControlRequest, &'static str> {
        Ok(ControlRequest::Resize(WindowSize { rows, columns }))
    }

    #[test]
    fn a_line_is_a_resize_a_reopen_or_nothing() {
        for (line, expected) in [
            ("1 24 80", resize(24, 80)),
            ("1 0 0", resize(0, 0)),
            ("1 1000 1000", resize(1000, 1000)),
            ("2 0 0", Ok(ControlRequest::ReopenLogs)),
            ("1 1001 80", Err("Invalid window size")),
            ("1 24 -1", Err("Invalid window size")),
            ("3 0 0", Err("Invalid control message type")),
            ("1 24", Err("Invalid control message format")),
            ("1 24 80 9", resize(24, 80)),
            (" 1\t24  80, please", resize(24, 80)),
            ("1 0010 0020", resize(10, 20)),
            ("1 10.5 20.3", Err("Invalid control message format")),
            ("1 0x10 0x20", Err("Invalid control message format")),
            ("1 2 99999999999", Err("Invalid window size")),
            ("1 - 2", Err("Invalid control message format")),
            ("2 1 1", Ok(ControlRequest::ReopenLogs)),
            ("999 2 2", Err("Invalid control message type")),
            ("999", Err("Invalid control message format")),
            ("x", Err("Invalid control message format")),
            ("", Err("Invalid control message format")),
        ] {
            assert_eq!(parse(line.as_bytes(), Grammar::Control), expected, "{line}");
        }
    }

    #[test]
    fn winsz_also_takes_a_size_alone() {
        assert_eq!(parse(b"24 80", Grammar::WindowSize), resize(24, 80));
        assert_eq!(parse(b"1 24 80", Grammar::WindowSize), resize(24, 80));
        assert_eq!(parse(b"24 1001", Grammar::WindowSize), Err("Invalid window size"));
    }

    #[test]
    fn lines_arrive_in_pieces_or_many_together_and_endless_ones_are_skipped() {
        let mut lines = Lines::default();
        let mut seen: Vec<Vec<u8>> = Vec::new();
        let endless = vec![b'9'; 10 * MAX_LINE];
        for piece in [&b"1 2"[..], b"4 80\n2 0 0\n1", b" 5 6\n", &endless, b"\n1 7 8\n"] {
            lines.take(piece, |line| seen.push(line.to_vec()));
        }
        assert_eq!(seen, [&b"1 24 80"[..], b"2 0 0", b"1 5 6", b"", b"1 7 8"]);
        assert!(lines.begun.capacity() <= MAX_LINE);
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn lines_do_not_depend_on_the_pieces_in_which_they_arrive(
            pieces in prop::collection::vec(prop_oneof![text(), "[12] [0-9]{0,5} [0-9]{1,3}\n?".prop_map(String::into_bytes)], 0..20),
        ) {
            let (mut lines, mut seen) = (Lines::default(), Vec::new());
            for piece in &pieces {
                lines.take(piece, |line| seen.push(line.to_vec()));
            }
            let all = pieces.concat();
            let mut expected: Vec<&[u8]> = all.split(|byte| *byte == b'\n').collect();
            expected.pop();
            prop_assert_eq!(seen.len(), expected.len());
            for (line, whole) in seen.iter().zip(expected) {
                prop_assert_eq!(&line[..], if whole.len() > MAX_LINE { b"" } else { whole });
            }
        }
    }
}
