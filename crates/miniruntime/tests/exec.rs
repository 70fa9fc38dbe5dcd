//! `exec`: processes in a running container.
#![expect(
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

mod support;

use std::fs;
use std::process::Output;

use nix::sys::wait::WaitStatus;
use nix::unistd::Pid;
use support::{World, stderr, wait_for};

fn running() -> World {
    let world = World::new();
    world.shell("exec sleep 1000");
    world.create_quietly(&[]);
    world.start();
    world
}

fn exec(world: &World, process: &str, more: &[&str]) -> Output {
    fs::write(world.path("process.json"), process).unwrap();
    let mut command = world.command(&["exec", "--pid-file"]);
    command.arg(world.path("exec-pid")).arg("--process").arg(world.path("process.json")).args(more).arg("c");
    command.output().unwrap()
}

#[test]
fn a_detached_process_is_left_to_the_caller_once_it_runs() {
    let world = running();
    assert!(exec(&world, &world.shell_process("exit 5"), &["--detach"]).status.success());
    let pid = Pid::from_raw(world.read("exec-pid").parse().unwrap());
    assert_eq!(wait_for(pid), WaitStatus::Exited(pid, 5));
}

#[test]
fn without_detach_the_status_is_that_of_the_process() {
    let world = running();
    let output = exec(&world, &world.shell_process("echo here; exit 6"), &[]);
    assert_eq!(output.status.code(), Some(6));
    assert_eq!(output.stdout, b"here\n");
    assert_eq!(exec(&world, &world.shell_process("kill -9 $$"), &[]).status.code(), Some(137));
}

#[test]
fn a_missing_or_invalid_program_yields_an_error_and_no_pid_file() {
    let world = running();
    let garbage = world.path("garbage");
    fs::write(&garbage, [0x7f, b'E', b'L', b'F', 0xff]).unwrap();
    fs::set_permissions(&garbage, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (program, words) in [("/nope", "No such file"), (garbage.to_str().unwrap(), "Exec format error")] {
        let output = exec(&world, &format!(r#"{{"args":["{program}"]}}"#), &["--detach"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(!world.path("exec-pid").exists());
    }
}

#[test]
fn exec_needs_a_running_container() {
    let world = World::new();
    world.shell("exit 0");
    let process = world.shell_process("exit 0");
    assert!(stderr(&exec(&world, &process, &[])).contains("does not exist"));
    world.create_quietly(&[]);
    assert!(stderr(&exec(&world, &process, &[])).contains("is not running"));
}
