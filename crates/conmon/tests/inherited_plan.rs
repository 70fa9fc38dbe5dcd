//! A plan on a memfd, as another host passes it.

#![expect(clippy::tests_outside_test_module, clippy::unwrap_used, reason = "the whole file is a test module")]

mod support;

use std::ffi::CStr;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::process::Output;

use conmon_core::plan::PLAN_FD_VARIABLE;
use nix::fcntl::{FcntlArg, FdFlag, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use serde_json::{Value, json};

use support::conmon;

const SEALS: SealFlag = SealFlag::F_SEAL_WRITE.union(SealFlag::F_SEAL_SHRINK).union(SealFlag::F_SEAL_GROW);

fn memfd(content: &[u8], seals: SealFlag) -> OwnedFd {
    named_memfd(c"plan", content, seals)
}

fn named_memfd(name: &CStr, content: &[u8], seals: SealFlag) -> OwnedFd {
    let fd = memfd_create(name, MFdFlags::MFD_ALLOW_SEALING).unwrap();
    let mut file = fs::File::from(fd);
    file.write_all(content).unwrap();
    fcntl(&file, FcntlArg::F_ADD_SEALS(seals)).unwrap();
    file.into()
}

fn hand_over(plan: &OwnedFd) -> Output {
    conmon().arg("--not-looked-at").env(PLAN_FD_VARIABLE, plan.as_raw_fd().to_string()).output().unwrap()
}

/// A plan whose runtime creates no container, but prints what it finds: that of a test vector, so that it has every field.
fn plan(directory: &Path, script: &str, sync_pipe: Option<i32>) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../__test__/vectors/plans.json");
    // A `Value` holds only UTF-8, so the escaped bytes of another vector become characters.
    let text = fs::read_to_string(path).unwrap().replace("\\udc", "\\u00");
    let vectors: Vec<Value> = serde_json::from_str(&text).unwrap();
    let vector = vectors.into_iter().find(|vector| vector["name"] == "CRI-O exec-sync").unwrap();
    let mut plan = vector["result"]["plan"].clone();
    for (place, value) in [
        ("/mode", json!("create")),
        ("/launch/startPipe", Value::Null),
        ("/runtime/argv", json!(["/bin/sh", "-c", script])),
        ("/runtime/temporaryDirectory", json!(directory)),
        ("/runtime/pidfile", json!(directory.join("pidfile"))),
        ("/syncPipe/fd", json!(sync_pipe)),
        ("/syncPipe/started", json!("{\"data\": \u{1}}\n")),
        ("/syncPipe/failed", json!("{\"data\": -1, \"message\": \"\u{2}\"}\n")),
        ("/syncPipe/exited", Value::Null),
        ("/syncPipe/timedOut", Value::Null),
        ("/logs/drivers", json!([])),
        ("/exit/files", json!([])),
        ("/exit/timeoutSeconds", Value::Null),
        ("/confinement", Value::Null),
    ] {
        *plan.pointer_mut(place).unwrap() = value;
    }
    plan
}

/// The message the manager receives if the runtime runs this script.
fn message_of(script: &str) -> String {
    message_of_named(c"plan", script)
}

fn message_of_named(name: &CStr, script: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    fcntl(&writer, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
    let plan = plan(directory.path(), script, Some(writer.as_raw_fd()));
    let output = hand_over(&named_memfd(name, plan.to_string().as_bytes(), SEALS));
    drop(writer);
    let mut told = String::new();
    reader.read_to_string(&mut told).unwrap();
    let line: Value = serde_json::from_str(told.trim_end()).unwrap_or_else(|_| panic!("{told}: {output:?}"));
    line["message"].as_str().unwrap().to_owned()
}

#[test]
fn it_is_carried_out_and_the_command_line_ignored() {
    assert!(message_of("echo the runtime ran >&2; exit 3").contains("the runtime ran"));
}

#[test]
fn no_child_inherits_its_variable() {
    assert!(message_of("echo variable-${_CONMON_PLAN_FD-unset} >&2; exit 3").contains("variable-unset"));
}

#[test]
fn no_child_inherits_its_descriptor() {
    // A unique name: tests run concurrently, and each inherits the descriptors another is about to pass.
    let script = "ls -l /proc/$$/fd | grep memfd:nobodys >&2; echo looked >&2; exit 3";
    let message = message_of_named(c"nobodys", script);
    assert!(message.contains("looked") && !message.contains("memfd"), "{message}");
}

#[test]
fn an_unsealed_file_is_refused() {
    for missing in [SealFlag::F_SEAL_WRITE, SealFlag::F_SEAL_SHRINK, SealFlag::F_SEAL_GROW] {
        let output = hand_over(&memfd(b"{}", SEALS.difference(missing)));
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("not sealed"), "{output:?}");
    }
}

#[test]
fn a_malformed_plan_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut other = plan(directory.path(), "exit 0", None);
    other["version"] = json!(0);
    for content in ["", "{}", "nonsense", &other.to_string()] {
        let output = hand_over(&memfd(content.as_bytes(), SEALS));
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stderr.starts_with(b"conmon: cannot adopt the plan: descriptor "), "{output:?}");
    }
}

#[test]
fn an_invalid_descriptor_is_refused() {
    for number in ["", "x", "-1", "0", "999"] {
        let output = conmon().env(PLAN_FD_VARIABLE, number).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{number}");
        assert!(output.stderr.starts_with(b"conmon: cannot adopt the plan: "), "{number}: {output:?}");
    }
}

#[test]
fn a_file_that_cannot_be_sealed_is_refused() {
    let file = tempfile::tempfile().unwrap();
    fcntl(&file, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
    let output = hand_over(&file.into());
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("sealed"), "{output:?}");
}
