//! The vectors of `__test__/vectors/`, which the planner's tests read too: so the two sides of the plan cannot drift.
//!
//! The facts beside each plan were worked out from the command line and not from the plan; bytes are in hexadecimal.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its vectors has failed")]
#![expect(clippy::tests_outside_test_module, reason = "the whole file is a test")]

use std::fs;
use std::path::{Path, PathBuf};

use conmon_core::plan::{Bytes, Compression, FileLog, LogDriver, Mode, Plan, PlanResult, escape_into};
use serde::Deserialize;

#[derive(Deserialize)]
struct ByteVector {
    name: String,
    hex: String,
    json: String,
}

#[derive(Deserialize)]
struct PlanVector {
    name: String,
    facts: Facts,
    result: PlanResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Facts {
    mode: String,
    cid: String,
    argv: Vec<String>,
    console_socket_index: Option<usize>,
    sync_fd: Option<i32>,
    start_pipe: Option<i32>,
    attach_fd: Option<i32>,
    pidfile: Option<String>,
    exit_files: Vec<String>,
    exit_command: Option<Vec<String>>,
    oom_files: Vec<String>,
    attach_socket: Option<String>,
    ctl: Option<String>,
    attach_link: Option<String>,
    log_paths: Vec<String>,
    max_bytes: Option<u64>,
    max_total_bytes: Option<u64>,
    rotation_files: Option<u32>,
    journald: Vec<(String, String)>,
    timeout_seconds: Option<u32>,
    daemonize: bool,
    listen_pid: Option<i32>,
    notify_host: Option<String>,
}

fn read(name: &str) -> Vec<u8> {
    let directory: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../__test__/vectors");
    fs::read(directory.join(name)).unwrap()
}

fn hex(bytes: &Bytes) -> String {
    bytes.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hexes(list: &[Bytes]) -> Vec<String> {
    list.iter().map(hex).collect()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn every_byte_string_is_read_as_the_planner_writes_it() {
    let vectors: Vec<ByteVector> = serde_json::from_slice(&read("bytes.json")).unwrap();
    assert!(vectors.len() > 20);
    for ByteVector { name, hex: expected, json } in vectors {
        assert_eq!(hex(&serde_json::from_str(&json).unwrap()), expected, "{name}");
    }
}

#[test]
fn every_byte_string_is_written_as_the_planner_reads_it() {
    let vectors: Vec<ByteVector> = serde_json::from_slice(&read("bytes.json")).unwrap();
    for ByteVector { name, hex: bytes, json } in vectors {
        let mut written = vec![b'"'];
        escape_into(&mut written, &bytes_of(&bytes));
        written.push(b'"');
        let written = String::from_utf8(written).unwrap();
        assert_eq!(escapes_in(&written), escapes_in(&json), "{name}");
        assert_eq!(hex(&serde_json::from_str(&written).unwrap()), bytes, "{name}");
    }
}

/// The lone surrogates of a JSON text, in order: which bytes were held to be no UTF-8.
fn escapes_in(json: &str) -> Vec<&str> {
    json.match_indices("\\udc")
        .filter(|(at, _)| !is_after_high_surrogate(json, *at))
        .filter_map(|(at, _)| json.get(at..at + 6))
        .collect()
}

fn is_after_high_surrogate(json: &str, at: usize) -> bool {
    at.checked_sub(6).and_then(|from| json.get(from..at)).is_some_and(|before| {
        ["\\ud8", "\\ud9", "\\uda", "\\udb"].iter().any(|high| before.starts_with(high))
    })
}

#[test]
fn every_plan_says_what_its_command_line_asked_for() {
    let vectors: Vec<PlanVector> = serde_json::from_slice(&read("plans.json")).unwrap();
    assert!(vectors.len() >= 7);
    for PlanVector { name, facts, result } in vectors {
        let PlanResult::Plan(plan) = result else { panic!("{name}: no plan") };
        check_plan(&name, &plan, &facts);
        check_logs(&name, &plan, &facts);
    }
}

fn check_plan(name: &str, plan: &Plan, facts: &Facts) {
    let mode = match plan.mode {
        Mode::Create => "create",
        Mode::Restore => "restore",
        Mode::Exec => "exec",
    };
    assert_eq!(mode, facts.mode, "{name}");
    assert_eq!(hex(&plan.cid), facts.cid, "{name}");
    assert_eq!(hexes(&plan.runtime.argv), facts.argv, "{name}");
    assert_eq!(plan.runtime.console_socket_index, facts.console_socket_index, "{name}");
    assert_eq!(plan.runtime.listen_pid.map(|listen| listen.pid), facts.listen_pid, "{name}");
    assert_eq!(plan.sync_pipe.fd, facts.sync_fd, "{name}");
    assert_eq!(plan.launch.start_pipe, facts.start_pipe, "{name}");
    assert_eq!(plan.launch.daemonize, facts.daemonize, "{name}");
    assert_eq!(plan.launch.pidfile.as_ref().map(hex), facts.pidfile, "{name}");
    assert_eq!(plan.attach_pipe.as_ref().map(|pipe| pipe.fd), facts.attach_fd, "{name}");
    assert_eq!(hexes(&plan.exit.files), facts.exit_files, "{name}");
    assert_eq!(plan.exit.command.as_ref().map(|command| hexes(&command.argv)), facts.exit_command, "{name}");
    assert_eq!(plan.exit.timeout_seconds, facts.timeout_seconds, "{name}");
    assert_eq!(hexes(&plan.oom_files), facts.oom_files, "{name}");
    assert_eq!(plan.attach.as_ref().map(|attach| hex(&attach.socket)), facts.attach_socket, "{name}");
    assert_eq!(plan.control.as_ref().map(|control| hex(&control.ctl)), facts.ctl, "{name}");
    assert_eq!(
        plan.attach.as_ref().and_then(|attach| attach.link.as_ref()).map(|link| hex(&link.path)),
        facts.attach_link,
        "{name}"
    );
    assert_eq!(plan.notify.as_ref().map(|notify| hex(&notify.host)), facts.notify_host, "{name}");
}

fn check_logs(name: &str, plan: &Plan, facts: &Facts) {
    let mut files: Vec<&FileLog> = Vec::new();
    let mut fields = Vec::new();
    for driver in &plan.logs.drivers {
        match driver {
            LogDriver::File(file) => files.push(file),
            LogDriver::Journald(journald) => fields.extend(&journald.fields),
        }
    }
    let paths: Vec<String> = files.iter().map(|file| hex(&file.path)).collect();
    assert_eq!(paths, facts.log_paths, "{name}");
    for file in files {
        assert_eq!(file.max_bytes, facts.max_bytes, "{name}");
        assert_eq!(file.max_total_bytes, facts.max_total_bytes, "{name}");
        assert_eq!(file.rotation.as_ref().map(|rotation| rotation.files), facts.rotation_files, "{name}");
        let compression = file.rotation.as_ref().and_then(|rotation| rotation.compress);
        assert_eq!(compression, facts.rotation_files.map(|_| Compression::Gzip), "{name}");
    }
    if !facts.journald.is_empty() {
        let found: Vec<(String, String)> = fields.iter().map(|(key, value)| (hex(key), hex(value))).collect();
        assert_eq!(found, facts.journald, "{name}");
    }
}

#[test]
fn an_incomplete_or_unknown_document_is_refused() {
    for json in [r#"{"plan":{"version":3}}"#, r#"{"refusal":{}}"#, r#"{"other":{}}"#, "[]", ""] {
        assert!(PlanResult::from_json(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn a_refusal_is_read_with_its_replies() {
    let json = r#"{"refusal":{"stderr":"conmon: \udcff\n","syslog":null,"replies":[{"fd":3,"line":"{}\n"}],"status":1}}"#;
    let PlanResult::Refusal(refusal) = PlanResult::from_json(json.as_bytes()).unwrap() else {
        panic!("{json}")
    };
    assert_eq!(refusal.stderr.as_bytes(), b"conmon: \xff\n");
    assert_eq!((refusal.replies[0].fd, refusal.replies[0].line.as_bytes()), (3, &b"{}\n"[..]));
    assert_eq!((refusal.syslog.is_none(), refusal.status), (true, 1));
}
