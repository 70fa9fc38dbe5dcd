//! Each switch does what `--help` says, or tests that use it would prove nothing.
#![expect(
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

mod support;

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::wait::{WaitPidFlag, waitpid};
use support::{World, is_alive, stderr};

fn world() -> World {
    let world = World::new();
    world.bundle(r#"{"args":["/bin/sleep","1000"]}"#);
    world
}

/// Runs `create` so that the container does not inherit our pipes: their end of file is the runtime's exit.
fn create_detached(world: &World, name: &str, value: &str) -> std::process::ExitStatus {
    let mut command = world.command(&["create", "--bundle"]);
    command.arg(&world.dir).arg("--pid-file").arg(world.path("pid")).arg("c");
    command.env(format!("MINIRUNTIME_{name}"), value).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap()
}

#[test]
fn it_fails_with_any_status_and_any_amount_of_stderr() {
    let world = world();
    let output =
        world.create_with(&[("FAIL", "42"), ("STDERR_BYTES", "100000"), ("STDERR_HEX", "ff001b")], &[]);
    assert_eq!(output.status.code(), Some(42));
    assert_eq!(output.stderr.len(), 100_003);
    assert!(output.stderr.ends_with(&[0xff, 0, 0x1b]));
    assert!(!world.path("pid").exists());
    assert!(!world.path("state").exists());
}

#[test]
fn it_writes_to_stdout() {
    assert_eq!(world().create_with(&[("FAIL", "1"), ("STDOUT", "noise")], &[]).stdout, b"noise");
}

#[test]
fn it_omits_or_corrupts_the_pid_file() {
    for (wish, content) in [
        ("none", None),
        ("content:", Some("")),
        ("content:0", Some("0")),
        ("content:-1", Some("-1")),
        ("content:x", Some("x")),
    ] {
        let world = world();
        assert!(create_detached(&world, "PIDFILE", wish).success());
        assert_eq!(std::fs::read_to_string(world.path("pid")).ok().as_deref(), content);
    }
}

#[test]
fn it_is_killed_by_a_signal() {
    for (name, number) in [("KILL", 9), ("SEGV", 11), ("TERM", 15), ("PIPE", 13)] {
        let output = world().create_with(&[("SIGNAL", name)], &[]);
        assert_eq!(output.status.signal(), Some(number));
    }
}

#[test]
fn it_is_slow_before_or_after_the_pid_file() {
    for (name, early) in [("DELAY_BEFORE_MS", false), ("DELAY_AFTER_MS", true)] {
        let world = world();
        let mut command = world.command(&["create", "--bundle"]);
        command.arg(&world.dir).arg("--pid-file").arg(world.path("pid")).arg("c");
        command.env(format!("MINIRUNTIME_{name}"), "300").stdout(Stdio::null()).stderr(Stdio::null());
        let begin = Instant::now();
        let mut runtime = command.spawn().unwrap();
        while !world.path("pid").exists() {
            std::thread::yield_now();
        }
        let pid_after = begin.elapsed();
        assert!(runtime.wait().unwrap().success());
        assert!(begin.elapsed() >= Duration::from_millis(300));
        assert!(early || pid_after >= Duration::from_millis(300), "{pid_after:?}");
    }
}

#[test]
fn a_child_left_behind_holds_stderr_open() {
    let begin = Instant::now();
    let output = world().create_with(&[("LINGER_MS", "400"), ("FAIL", "1")], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        begin.elapsed() >= Duration::from_millis(400),
        "output() ends only with the last copy of the pipe"
    );
}

#[test]
fn a_container_of_a_holder_process_is_not_our_child() {
    let world = world();
    assert!(create_detached(&world, "REPARENT", "1").success());
    let pid = world.pid();
    assert_eq!(world.status(), "created");
    assert_eq!(waitpid(pid, Some(WaitPidFlag::WNOHANG)), Err(Errno::ECHILD));
    world.start();
    assert!(is_alive(pid));
    assert!(world.run(&["delete", "--force", "c"]).status.success());
    assert!(!is_alive(pid));
}

#[test]
fn errors_in_a_holder_process_are_still_errors_of_create() {
    let world = World::new();
    world.bundle(r#"{"args":["/bin/true"],"cwd":"/nowhere"}"#);
    let output = world.create_with(&[("REPARENT", "1")], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot change to directory"), "{}", stderr(&output));
}

#[test]
fn it_succeeds_but_exits_with_a_status() {
    let world = world();
    assert_eq!(create_detached(&world, "STATUS", "9").code(), Some(9));
    assert_eq!(world.status(), "created");
}

#[test]
fn misbehaviour_can_be_narrowed_to_a_command_and_never_reaches_delete() {
    let world = world();
    let narrowed = [("FAIL", "42"), ("ON", "exec,restore")];
    let mut command = world.command(&["create", "--bundle"]);
    command.arg(&world.dir).arg("c").stdout(Stdio::null()).stderr(Stdio::null());
    command.envs(narrowed.map(|(name, value)| (format!("MINIRUNTIME_{name}"), value)));
    assert!(command.status().unwrap().success());
    let mut delete = world.command(&["delete", "--force", "c"]);
    assert!(delete.env("MINIRUNTIME_FAIL", "42").status().unwrap().success());
}

#[test]
fn an_invalid_switch_is_an_error() {
    for (name, value) in [
        ("FAIL", "256"),
        ("FAIL", "x"),
        ("PIDFILE", "7"),
        ("REPARENT", "yes"),
        ("SIGNAL", "NOPE"),
        ("STDERR_HEX", "f"),
    ] {
        let output = world().create_with(&[(name, value)], &[]);
        assert_eq!(output.status.code(), Some(1), "{name}={value}");
        assert!(!stderr(&output).is_empty());
    }
}

#[test]
fn the_dump_shows_how_it_was_called() {
    use std::os::unix::ffi::OsStrExt;
    let world = world();
    let mut command = world.command(&["state"]);
    command.arg(std::ffi::OsStr::from_bytes(b"caf\xe9")).current_dir("/").env("A", "1");
    command.env("MINIRUNTIME_DUMP", world.path("dump"));
    assert!(!command.output().unwrap().status.success());
    let text = world.read("dump");
    assert!(text.ends_with("}\n") && text.contains(r#""caf\udce9""#), "{text}");
    let dump: serde_json::Value = serde_json::from_str(&text.replace(r"\udce9", "?")).unwrap();
    assert_eq!(dump["argv"][3], "state");
    assert!(dump["env"].as_array().unwrap().contains(&"A=1".into()));
    assert_eq!(dump["cwd"], "/");
    assert_eq!(dump["fds"]["0"], "/dev/null");
    // Descriptors leaked by the test runner may appear, those the dump opens may not.
    let fds = dump["fds"].as_object().unwrap();
    assert!(fds.values().all(|target| !target.as_str().unwrap().starts_with("/proc/")), "{fds:?}");
    assert_eq!(dump["parentDeathSignal"], 0);
}
