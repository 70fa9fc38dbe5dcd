//! [`ProcStat`]: what `/proc/PID/stat` says of a process (proc_pid_stat(5)). Only for where a pidfd cannot be had.

use std::io;

use nix::unistd::Pid;

/// The fields that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProcStat {
    state: u8,
    pub(crate) parent: i32,
    /// In clock ticks after the start of the system: two processes with one number differ in it.
    pub(crate) started: u64,
}

/// Where the fields are, counted from the state, which is number 3 on the man page.
const PARENT: usize = 1;
const STARTED: usize = 19;

impl ProcStat {
    /// # Errors
    /// When there is no such process, or the file cannot be read.
    pub(crate) fn of(pid: Pid) -> io::Result<Self> {
        let line = std::fs::read(format!("/proc/{pid}/stat"))?;
        Self::parse(&line).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    /// The name, in parentheses, may hold anything, also parentheses and spaces; nothing after it does.
    fn parse(line: &[u8]) -> Option<Self> {
        let name_end = line.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(line.get(name_end + 1..)?).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let &[state] = fields.first()?.as_bytes() else { return None };
        let (parent, started) = (fields.get(PARENT)?.parse().ok()?, fields.get(STARTED)?.parse().ok()?);
        Some(Self { state, parent, started })
    }

    /// A zombie, or what is left of one for a moment.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_program_cannot_pass_for_other_fields() {
        let tail = "S 41 1 1 0 -1 4194560 7 0 0 0 0 0 0 0 20 0 1 0 123456 9000000 99 18446744073709551615";
        for name in ["sh", ") R 1 2", "a b) Z 9 (", "\u{fffd})"] {
            let stat = ProcStat::parse(format!("77 ({name}) {tail}\n").as_bytes()).unwrap();
            assert_eq!((stat.parent, stat.started, stat.has_ended()), (41, 123_456, false), "{name}");
        }
        let zombie = tail.replacen('S', "Z", 1);
        assert!(ProcStat::parse(format!("77 (sh) {zombie}\n").as_bytes()).unwrap().has_ended());
    }

    #[test]
    fn anything_else_is_no_process() {
        for line in ["", "77", "77 (sh)", "77 (sh) S", "77 (sh) S 1 1 1", "77 (sh) SS 41", ")", "77 (sh) S x"]
        {
            assert_eq!(ProcStat::parse(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn our_own_entry_names_our_parent() {
        let own = ProcStat::of(nix::unistd::getpid()).unwrap();
        assert_eq!(own.parent, nix::unistd::getppid().as_raw());
        assert!(!own.has_ended() && own.started > 0);
    }
}
