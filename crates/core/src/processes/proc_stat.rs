//! [`ProcStat`]: a process in `/proc/PID/stat` (proc_pid_stat(5)). For what a pidfd does not report, and for processes without one.

use std::fs::File;
use std::io::{self, Read};

use conmon_sys::process::Ended;
use nix::unistd::Pid;

/// The fields that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProcStat {
    state: u8,
    pub(crate) parent: i32,
    threads: u32,
    /// In clock ticks after the start of the system: two processes with one number differ in it.
    pub(crate) started: u64,
    /// How a zombie ended, as waitpid(2) returns it; 0 also if this process may not read it.
    status: i32,
}

/// Where the fields are, counted from the state, which is number 3 on the man page.
const PARENT: usize = 1;
const THREADS: usize = 17;
const STARTED: usize = 19;
const STATUS: usize = 49;
/// More than the line has: 52 numbers, and a name of 64 bytes at most.
const LONGEST: usize = 2048;

impl ProcStat {
    /// # Errors
    /// When the process does not exist, or the file cannot be read.
    pub(crate) fn of(pid: Pid) -> io::Result<Self> {
        let mut line = [0; LONGEST];
        let length = File::open(format!("/proc/{pid}/stat"))?.read(&mut line)?;
        Self::parse(&line[..length]).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    }

    /// The name, in parentheses, may hold anything, also parentheses and spaces; nothing after it does.
    fn parse(line: &[u8]) -> Option<Self> {
        let name_end = line.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(line.get(name_end + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let &[state] = fields.next()?.as_bytes() else { return None };
        let parent = fields.nth(PARENT - 1)?.parse().ok()?;
        let threads = fields.nth(THREADS - PARENT - 1)?.parse().ok()?;
        let started = fields.nth(STARTED - THREADS - 1)?.parse().ok()?;
        let status = fields.nth(STATUS - STARTED - 1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Some(Self { state, parent, threads, started, status })
    }

    /// Whether it is a zombie, or dead (`X`). If only the first thread has exited, the state is `Z` as well, but the process runs and has no
    /// status yet.
    pub(crate) fn has_ended(self) -> bool {
        matches!(self.state, b'Z' | b'X' | b'x') && self.threads <= 1
    }

    /// How a zombie ended, if that can be known: the kernel shows 0 to a process that may not know (ptrace(2), "Ptrace access mode
    /// checking", `PTRACE_MODE_READ_FSCREDS`).
    pub(crate) fn ended(self, pid: Pid) -> Option<Ended> {
        let may_know = || {
            // The same check guards this link: EACCES shows that the status is hidden, ENOENT that it is not, for a
            // zombie has no program.
            let program = std::fs::read_link(format!("/proc/{pid}/exe"));
            program.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
                && Self::of(pid).is_ok_and(|now| now == self)
        };
        (self.has_ended() && (self.status != 0 || may_know())).then(|| Ended::of(self.status))
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
        let threads_run = zombie.replacen("20 0 1 0", "20 0 2 0", 1);
        assert!(!ProcStat::parse(format!("77 (sh) {threads_run}\n").as_bytes()).unwrap().has_ended());
    }

    #[test]
    fn anything_else_is_not_a_process() {
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

    #[test]
    fn the_entry_of_a_zombie_shows_how_it_ended() {
        for (script, ended) in [
            ("exit 0", Ended::Exited(0)),
            ("exit 7", Ended::Exited(7)),
            ("kill -9 $$", Ended::Killed(libc::SIGKILL)),
        ] {
            let mut child = std::process::Command::new("sh").args(["-c", script]).spawn().unwrap();
            let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
            let stat =
                std::iter::repeat_with(|| ProcStat::of(pid).unwrap()).find(|stat| stat.has_ended()).unwrap();
            assert_eq!(stat.ended(pid), Some(ended), "{script}");
            child.wait().unwrap();
            if ended == Ended::Exited(0) {
                assert_eq!(stat.ended(pid), None, "nobody confirms it any more");
            }
        }
    }
}
