//! The document that a monitor of this project would have left in place of the C conmon: `crates/core/src/session/handover.rs`.
//! The executable reads it before anything is given up, so a document that it does not understand changes nothing.

use std::os::fd::RawFd;
use std::time::Duration;

use serde_json::{Value, json};

use crate::roles::Roles;

/// Version of the document.
const VERSION: u32 = 1;

/// A log as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    File {
        fd: RawFd,
        size: u64,
        /// It ends in the middle of a record.
        torn: bool,
    },
    /// Text of lines that have not ended.
    Journal { stdout: Vec<u8>, stderr: Vec<u8> },
}

/// Everything that is not in the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Monitor {
    /// Name of the process.
    pub(crate) name: Vec<u8>,
    pub(crate) container: i32,
    /// Time that is left to the container.
    pub(crate) limit: Option<Duration>,
    /// Signals that were blocked when it started, signal 1 is bit 0.
    pub(crate) signals: u64,
    /// `oom_score_adj` of the processes that it starts, if it differs from its own.
    pub(crate) oom_score: Option<Vec<u8>>,
    pub(crate) roles: Roles,
    /// The control FIFOs, open for reading and writing.
    pub(crate) control: Option<(RawFd, RawFd)>,
    /// One more descriptor of the terminal.
    pub(crate) terminal: Option<RawFd>,
    /// `memory.oom_control` of the container's cgroup.
    pub(crate) oom_control: Option<Vec<u8>>,
    /// `memory.events` of the container's cgroup, and the counters `oom` and `oom_kill` in it that are known.
    pub(crate) memory_events: Option<(RawFd, (u64, u64))>,
    pub(crate) logs: Vec<Log>,
    /// Where it reports that it serves the container.
    pub(crate) caller: RawFd,
}

/// The document, as JSON.
pub(crate) fn document(monitor: &Monitor) -> String {
    let Monitor { roles, .. } = monitor;
    let limit = match monitor.limit {
        Some(left) => json!({ "at": i64::try_from(left.as_nanos()).unwrap_or(i64::MAX) }),
        None => json!("none"),
    };
    let document = json!({
        "version": VERSION,
        "name": hexadecimal(&monitor.name),
        "container": {
            "pid": monitor.container,
            "pidfd": null,
            "runtime": { "exited": 0 },
            "limit": limit,
        },
        // C conmon keeps nothing else of what it has inherited.
        "inherited": {
            "signals": monitor.signals,
            "ignored": [false, false, false],
            "oomScore": monitor.oom_score.as_deref().map(hexadecimal),
            "launcher": 0,
        },
        "pidfile": null,
        "pipes": {
            "sync": { "fd": roles.sync, "queue": [] },
            "attach": { "fd": null, "queue": [] },
        },
        "leakedFds": roles.leaked,
        "logs": monitor.logs.iter().map(log).collect::<Vec<_>>(),
        "components": components(monitor),
        "restricted": false,
        "caller": monitor.caller,
    });
    document.to_string()
}

fn components(monitor: &Monitor) -> Value {
    let Monitor { roles, .. } = monitor;
    let output = |fd: Option<RawFd>, terminal: bool| match fd {
        Some(fd) => json!({ "fd": fd, "terminal": terminal, "held": "", "largePipe": false }),
        None => Value::Null,
    };
    let stdin = match (roles.stdin, roles.terminal) {
        (Some(fd), true) => json!({ "terminal": fd }),
        (Some(fd), false) => json!({ "pipe": fd }),
        (None, _) => json!("closed"),
    };
    let fifo = |fd: RawFd| json!({ "fd": fd, "begun": "", "tooLong": false });
    json!({
        "outputs": {
            "stdout": output(roles.stdout, roles.terminal),
            "stderr": output(roles.stderr, false),
            "taken": both(&json!(0)),
            "pressure": { "times": 0, "ended": { "secs": 0, "nanos": 0 }, "since": null },
        },
        "stdin": { "place": stdin, "pending": "", "ending": false, "broken": false, "written": 0 },
        "terminal": monitor.terminal,
        "windowSize": null,
        "attach": roles.listener.map(|listener| attach(listener, roles)),
        "control": monitor.control.map(|(ctl, winsz)| json!({ "ctl": fifo(ctl), "winsz": fifo(winsz) })),
        "notify": roles.notify.map(|(container, sender)| json!({ "container": container, "sender": sender })),
        "oom": memory(monitor),
        "ooms": 0,
        "missingFiles": [],
        "adoption": null,
    })
}

fn memory(monitor: &Monitor) -> Value {
    let v1 = monitor.roles.oom_v1.zip(monitor.oom_control.as_deref());
    let v2 = monitor.roles.oom_v2.zip(monitor.memory_events);
    match (v1, v2) {
        (Some((events, control)), _) => {
            json!({ "v1": { "events": events, "control": hexadecimal(control) } })
        }
        (None, Some((inotify, (events, (oom, killed))))) => json!({
            "v2": { "inotify": inotify, "events": events, "seen": { "oom": oom, "oomKill": killed } },
        }),
        (None, None) => Value::Null,
    }
}

fn attach(listener: RawFd, roles: &Roles) -> Value {
    let client = |(id, client): (usize, &crate::roles::ClientRole)| json!({ "id": id, "fd": client.fd, "taken": 0, "lastProgress": 0, "output": true, "input": client.input });
    json!({
        "listener": listener,
        "clients": roles.clients.iter().enumerate().map(client).collect::<Vec<_>>(),
        "nextId": roles.clients.len(),
        "backlog": { "end": 0, "pieces": [] },
        "counts": { "accepted": roles.clients.len(), "stalled": 0, "sent": both(&json!(0)) },
    })
}

fn log(log: &Log) -> Value {
    let volume = json!({ "bytes": 0, "lines": 0 });
    let accounts = both(&json!({ "given": volume, "lost": volume, "withheld": volume }));
    match log {
        Log::File { fd, size, torn } => json!({ "file": {
            "file": {
                "fd": fd,
                // What was written before counts as this monitor's: it does for the limits.
                "target": { "file": { "size": size, "written": size, "torn": torn } },
                "descriptor": false,
                "earlier": 0,
                "full": false,
                "retryRotationAt": 0,
                "rotationFailed": false,
                "reopenAgainAt": null,
                "ledger": { "accounts": accounts, "loss": null, "warned": false },
                "events": { "written": 0, "freshFiles": 0, "freshFileFailures": 0, "reopens": 0, "reopenFailures": 0 },
            },
            "lines": null,
        } }),
        Log::Journal { stdout, stderr } => {
            let line = |held: &[u8]| json!({ "held": hexadecimal(held), "inside": false });
            json!({ "journald": {
                "lines": { "stdout": line(stdout), "stderr": line(stderr) },
                "priority": { "stdout": 6, "stderr": 3 },
                "queue": "",
                "progress": 0,
                "stalled": false,
                "loss": null,
                "warned": false,
                "accounts": accounts,
            } })
        }
    }
}

fn both(value: &Value) -> Value {
    json!({ "stdout": value, "stderr": value })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::ClientRole;

    /// The tests of the core read it.
    const EXAMPLE: &str = include_str!("../../../__test__/vectors/adoption.json");

    #[test]
    fn the_document_is_the_one_that_the_core_reads() {
        let roles = Roles {
            stdin: Some(7),
            stdout: Some(17),
            stderr: Some(12),
            terminal: true,
            listener: Some(15),
            clients: vec![ClientRole { fd: 20, input: true }, ClientRole { fd: 21, input: false }],
            ctl: Some(13),
            winsz: Some(14),
            notify: Some((22, 23)),
            oom_v1: Some(16),
            oom_v2: None,
            log: Some(4),
            sync: Some(3),
            leaked: vec![5, 6],
        };
        let monitor = Monitor {
            name: b"conmon".to_vec(),
            container: 4242,
            limit: Some(Duration::from_secs(90)),
            signals: 0,
            oom_score: Some(b"0".to_vec()),
            roles,
            control: Some((24, 25)),
            terminal: Some(26),
            oom_control: Some(b"/c/memory.oom_control".to_vec()),
            memory_events: None,
            logs: vec![
                Log::File { fd: 4, size: 51, torn: true },
                Log::Journal { stdout: b"# ".to_vec(), stderr: Vec::new() },
            ],
            caller: 27,
        };
        let written: Value = serde_json::from_str(&document(&monitor)).unwrap();
        assert_eq!(written, serde_json::from_str::<Value>(EXAMPLE).unwrap(), "{written:#}");
    }
}
