//! The scenarios: the monitor's options, the container's steps, the manager's steps, and the expected exit.

use crate::payload::output;

/// Number of bytes written to the container's stdin.
pub(crate) const INPUT: usize = 3000;
/// The line typed on a terminal.
pub(crate) const TYPED: &[u8] = b"typed\n";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogKind {
    K8s,
    Json,
    Journal,
}

/// The manager's steps once the pid is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Starts the container.
    Start,
    /// Waits until clients have received this many bytes, then types a line.
    TypeAfter(usize),
    /// Sends [`INPUT`] bytes of input, then its end.
    Send,
    /// Renames the log, requests a reopen, then opens the gate.
    Reopen,
    /// Asks the monitor to continue as the same executable, which it may refuse, then opens the gate.
    Upgrade,
    /// Kills the monitor below the guardian, then opens the gate.
    Kill,
    /// Resizes the terminal.
    Resize,
    /// Waits until the host's notify socket has received a message, then opens the gate.
    AwaitReady,
}

#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// `exec` in a running container; else `create`.
    pub(crate) exec: bool,
    /// The monitor stays the manager's child.
    pub(crate) sync: bool,
    /// The launcher leaves a guardian running, whose children are the monitors.
    pub(crate) guarded: bool,
    pub(crate) terminal: bool,
    /// A client is attached before the container starts.
    pub(crate) client: bool,
    /// With an attach pipe and the second wait for the start pipe.
    pub(crate) attach_pipe: bool,
    pub(crate) log: LogKind,
    pub(crate) options: &'static [&'static str],
    pub(crate) environment: &'static [(&'static str, &'static str)],
    pub(crate) payload: &'static [&'static str],
    pub(crate) steps: &'static [Step],
    /// The container's exit status, as in exit files; `None`: the runtime fails.
    pub(crate) status: Option<i32>,
}

const PLAIN: Scenario = Scenario {
    name: "create",
    exec: false,
    sync: false,
    guarded: false,
    terminal: false,
    client: false,
    attach_pipe: false,
    log: LogKind::K8s,
    options: &[],
    environment: &[],
    payload: &["out:40:50", "out:2:3000", "err:10:40", "tail:7", "exit:7"],
    steps: &[Step::Start],
    status: Some(7),
};

const EXEC: Scenario = Scenario { name: "exec", exec: true, steps: &[], ..PLAIN };

pub(crate) const SCENARIOS: &[Scenario] = &[
    PLAIN,
    Scenario { name: "sync", sync: true, ..PLAIN },
    Scenario { name: "attach", client: true, ..PLAIN },
    Scenario {
        name: "stdin",
        client: true,
        options: &["--stdin"],
        payload: &["echo", "exit:7"],
        steps: &[Step::Start, Step::Send],
        ..PLAIN
    },
    Scenario {
        name: "terminal",
        terminal: true,
        client: true,
        payload: &["out:5:40", "line", "out:5:40", "exit:7"],
        steps: &[Step::Resize, Step::Start, Step::TypeAfter(5 * 41)],
        ..PLAIN
    },
    EXEC,
    // No monitor adopts the exit command: this one becomes it.
    Scenario { name: "exec-delay", options: &["--exit-delay", "1"], ..EXEC },
    Scenario {
        name: "exec-attach",
        client: true,
        attach_pipe: true,
        options: &["--exec-attach", "--stdin"],
        payload: &["out:10:50", "echo", "exit:7"],
        steps: &[Step::Send],
        ..EXEC
    },
    Scenario {
        name: "exec-terminal",
        terminal: true,
        client: true,
        attach_pipe: true,
        options: &["--exec-attach"],
        payload: &["out:5:40", "line", "out:5:40", "exit:7"],
        steps: &[Step::TypeAfter(5 * 41)],
        ..EXEC
    },
    Scenario { name: "packets", payload: &["packets:12:40", "exit:7"], ..PLAIN },
    Scenario { name: "json", log: LogKind::Json, ..PLAIN },
    Scenario { name: "journald", log: LogKind::Journal, ..PLAIN },
    Scenario {
        name: "rotation",
        options: &["--log-size-max", "2000", "--log-rotate", "--log-max-files", "20"],
        payload: &["out:60:50", "err:20:40", "out:60:50", "exit:7"],
        ..PLAIN
    },
    Scenario {
        name: "reopen",
        payload: &["out:20:50", "gate:gate", "out:20:50", "err:5:40", "exit:7"],
        steps: &[Step::Start, Step::Reopen],
        ..PLAIN
    },
    Scenario {
        name: "upgrade",
        client: true,
        options: &["--stdin"],
        payload: &["out:20:50", "tail:7", "gate:gate", "out:20:50", "err:5:40", "echo", "exit:7"],
        steps: &[Step::Start, Step::Upgrade, Step::Send],
        ..PLAIN
    },
    Scenario {
        name: "guardian",
        guarded: true,
        environment: &[("CONMON_GUARDIAN", "1")],
        payload: &["out:20:50", "tail:7", "gate:gate", "out:20:50", "err:5:40", "exit:7"],
        steps: &[Step::Start, Step::Kill],
        ..PLAIN
    },
    Scenario {
        name: "notify",
        options: &["--sdnotify-socket", "{scene}/host.sock"],
        payload: &["out:5:40", "ready", "gate:gate", "exit:7"],
        steps: &[Step::Start, Step::AwaitReady],
        ..PLAIN
    },
    Scenario {
        name: "failing-runtime",
        environment: &[("MINIRUNTIME_FAIL", "3"), ("MINIRUNTIME_STDERR_BYTES", "300")],
        steps: &[],
        status: None,
        ..PLAIN
    },
    Scenario {
        name: "timeout",
        options: &["--timeout", "1"],
        payload: &["out:5:40", "sleep"],
        status: Some(-1),
        ..PLAIN
    },
];

impl Scenario {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }

    /// Whether reads may be short: the kernel discards the rest of a packet (pipe(2)).
    pub(crate) fn may_read_short(&self) -> bool {
        !self.payload.iter().any(|step| step.starts_with("packets"))
    }

    /// The container's stdout and stderr, as logged.
    pub(crate) fn output(&self) -> [Vec<u8>; 2] {
        if self.terminal {
            let [out, _] = output(self.payload, TYPED);
            return [on_terminal(&out), vec![]];
        }
        output(self.payload, &input())
    }
}

/// [`INPUT`] bytes in lines.
pub(crate) fn input() -> Vec<u8> {
    crate::payload::text(INPUT / 50, 50)
}

/// A terminal echoes the typed line before the program prints it, and ends lines with `\r\n`.
fn on_terminal(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let typed = String::from_utf8_lossy(TYPED);
    text.replacen(&*typed, &format!("{typed}{typed}"), 1).replace('\n', "\r\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenario_names_are_unique() {
        for scenario in SCENARIOS {
            let count = SCENARIOS.iter().filter(|other| other.name == scenario.name).count();
            assert_eq!(count, 1, "{}", scenario.name);
        }
    }

    #[test]
    fn a_terminal_echoes_typed_lines() {
        assert_eq!(on_terminal(b"a\ntyped\nb\n"), b"a\r\ntyped\r\ntyped\r\nb\r\n");
    }
}
