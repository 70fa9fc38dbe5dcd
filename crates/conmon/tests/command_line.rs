//! What the caller of a command line sees, without a container.

#![expect(clippy::tests_outside_test_module, clippy::unwrap_used, reason = "the whole file is a test module")]

mod support;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use serde_json::Value;

use support::conmon;

#[test]
fn the_version_is_on_stdout_and_the_status_is_0() {
    let output = conmon().arg("--version").output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"conmon version "), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn an_argument_that_is_not_utf8_is_reported_byte_for_byte() {
    let argument = b"--no-such-\xff\xc3\xa9\xed\xa0\x80";
    let output = conmon().arg(OsStr::from_bytes(argument)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stderr.windows(argument.len()).any(|window| window == argument), "{output:?}");
}

#[test]
fn the_vectors_of_both_languages_pass_through_the_engine() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../__test__/vectors/bytes.json");
    let vectors: Vec<Value> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let bytes = from_hex(vector["hex"].as_str().unwrap());
        if bytes.contains(&0) {
            continue; // No argument can contain a NUL.
        }
        let output = conmon().arg(OsStr::from_bytes(&[b"--no-such-", &bytes[..]].concat())).output().unwrap();
        let found = output.stderr.windows(bytes.len().max(1)).any(|window| window == bytes);
        assert!(found || bytes.is_empty(), "{}: {output:?}", vector["name"]);
    }
}

#[test]
fn a_removed_working_directory_is_reported_on_stderr_and_in_one_line_on_the_sync_pipe() {
    let directory = tempfile::tempdir().unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    fcntl(&writer, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
    let gone = directory.path().join("gone");
    fs::create_dir(&gone).unwrap();
    // The directory is removed before the executable starts.
    let script = r#"rmdir "$PWD" && exec "$0" --api-version -c id -u uuid -r /bin/true -l none"#;
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_conmon")])
        .current_dir(&gone)
        .env("_OCI_SYNCPIPE", writer.as_raw_fd().to_string())
        .output()
        .unwrap();
    drop(writer);
    let mut told = String::new();
    reader.read_to_string(&mut told).unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("working directory"), "{output:?}");
    let line: Value = serde_json::from_str(told.strip_suffix('\n').unwrap()).unwrap();
    assert_eq!(line["data"], -1);
    assert!(line["message"].as_str().unwrap().contains("working directory"), "{line}");
}

#[test]
fn it_works_without_standard_streams() {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("output");
    let script = r#""$0" --version 0<&- 2>&- >"$1""#;
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_conmon")])
        .arg(&output)
        .status()
        .unwrap();
    assert!(status.success());
    let mut text = String::new();
    File::open(output).unwrap().read_to_string(&mut text).unwrap();
    assert!(text.starts_with("conmon version "), "{text}");
}

fn from_hex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn a_closed_standard_stream_becomes_dev_null() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = directory.path().join("runtime");
    // With passthrough the runtime inherits our streams.
    let script =
        "#!/bin/sh\nall=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2)\necho \"$all\" > streams\n";
    fs::write(&runtime, script).unwrap();
    fs::set_permissions(&runtime, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let script = r#"exec "$0" --sync --api-version -c id -u uuid -r ./runtime -l passthrough <&- >&- 2>&-"#;
    let status = std::process::Command::new("/bin/sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_conmon")])
        .current_dir(directory.path())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1), "the runtime creates no container");
    let streams = fs::read_to_string(directory.path().join("streams")).unwrap();
    assert_eq!(streams.lines().filter(|stream| *stream == "/dev/null").count(), 3, "{streams}");
}

#[test]
fn a_closed_stdout_does_not_change_the_status() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(conmon().arg("--version").stdout(writer).status().unwrap().code(), Some(0));
}
