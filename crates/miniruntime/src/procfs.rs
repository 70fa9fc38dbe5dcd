//! Reads `/proc/PID/stat`; proc_pid_stat(5).

/// Identity and state of a process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// One letter; `Z` and `X` mean dead.
    pub(crate) state: u8,
    /// Clock ticks since boot: with the pid it identifies a process uniquely.
    pub(crate) start_time: u64,
}

impl Stat {
    /// Reads the entry of an existing process, zombies included.
    pub(crate) fn read(pid: i32) -> Option<Self> {
        Self::parse(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field, the command, may contain blanks and parentheses: fields are counted from its last `)`.
    fn parse(stat: &[u8]) -> Option<Self> {
        let end = stat.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(stat.get(end + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?;
        // The state is field 3, the start time field 22.
        let start_time = fields.nth(22 - 4)?.parse().ok()?;
        Some(Self { state, start_time })
    }

    pub(crate) fn is_dead(&self) -> bool {
        matches!(self.state, b'Z' | b'X')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_parentheses_and_blanks_does_not_shift_the_fields() {
        let line = b"7 (a) R (b c) Z 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
        assert_eq!(Stat::parse(line), Some(Stat { state: b'Z', start_time: 4711 }));
    }

    #[test]
    fn our_own_process_is_alive() {
        let pid = i32::try_from(std::process::id()).unwrap();
        assert!(!Stat::read(pid).unwrap().is_dead());
    }
}
