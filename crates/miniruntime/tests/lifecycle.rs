//! The life of a container from `create` to `delete`, as a manager and its monitor drive it.
#![expect(
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

mod support;

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Stdio;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::Signal;
use nix::sys::wait::WaitStatus;
use support::{World, is_alive, stderr, wait_for};

/// The mask of ignored signals in the text of a `/proc/PID/status`.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:\t")).unwrap();
    u64::from_str_radix(mask, 16).unwrap()
}

#[test]
fn a_created_container_waits_for_start_and_then_runs_to_its_end() {
    let world = World::new();
    world.shell("echo ran > proof; exit 7");
    world.create_quietly(&[]);
    let pid = world.pid();
    assert_eq!(world.status(), "created");
    assert!(!world.path("proof").exists());
    world.start();
    assert_eq!(wait_for(pid), WaitStatus::Exited(pid, 7));
    assert_eq!(world.read("proof"), "ran\n");
    assert_eq!(world.status(), "stopped");
    assert!(world.run(&["delete", "c"]).status.success());
    assert!(!world.path("state/c").exists());
}

#[test]
fn the_pid_file_holds_digits_alone_and_replaces_what_was_there() {
    let world = World::new();
    world.shell("exit 0");
    fs::write(world.path("pid"), "left over\n").unwrap();
    world.create_quietly(&[]);
    let text = world.read("pid");
    assert!(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()), "{text:?}");
    let left: Vec<_> = fs::read_dir(&world.dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with('.')), "{left:?}");
}

#[test]
fn state_is_private_and_follows_the_specification() {
    let world = World::new();
    world.shell("exit 0");
    world.create_quietly(&[]);
    let state: serde_json::Value = serde_json::from_slice(&world.run(&["state", "c"]).stdout).unwrap();
    assert_eq!(state["id"], "c");
    assert_eq!(state["ociVersion"], "1.0.2");
    assert_eq!(state["pid"], world.pid().as_raw());
    assert_eq!(state["bundle"], world.dir.to_str().unwrap());
    for directory in ["state", "state/c"] {
        assert_eq!(fs::metadata(world.path(directory)).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn the_container_gets_its_own_session_default_signals_and_no_foreign_descriptor() {
    let world = World::new();
    world.shell("grep -E '^Sig(Blk|Ign)' /proc/self/status; cut -d' ' -f6 /proc/self/stat; ls /proc/self/fd");
    let ignored_here = ignored(&fs::read_to_string("/proc/self/status").unwrap());
    assert_ne!(ignored_here & (1 << 12), 0, "SIGPIPE is ignored here, or this test shows nothing");
    let foreign = fs::File::open("/dev/null").unwrap();
    fcntl(&foreign, FcntlArg::F_SETFD(FdFlag::empty())).unwrap();
    world.create_quietly(&[]);
    let pid = world.pid();
    world.start();
    wait_for(pid);
    let out = world.read("out");
    assert!(out.contains("SigBlk:\t0000000000000000\n"), "{out}");
    // posix_spawn(3) leaves the two signals reserved by the C library ignored.
    assert_eq!(ignored(&out) & !(3 << 31), 0, "{out}");
    assert!(
        out.contains(&format!("\n{pid}\n0\n1\n2\n3\n")),
        "session {pid}, and ls' own descriptor 3 only: {out}"
    );
    assert!(foreign.as_raw_fd() > 2);
}

#[test]
fn descriptors_that_are_to_be_preserved_reach_the_container() {
    let world = World::new();
    world.shell("test -e /proc/self/fd/3 && echo kept || echo lost");
    for (preserve, expected) in [("1", "kept\n"), ("0", "lost\n")] {
        let script = format!(
            "exec 3</dev/null; exec '{}' --root '{}' create --bundle . --pid-file pid --preserve-fds {preserve} c",
            env!("CARGO_BIN_EXE_miniruntime"),
            world.path("state").display()
        );
        let mut shell = std::process::Command::new("sh");
        drop(fs::remove_file(world.path("out")));
        shell.arg("-c").arg(script).current_dir(&world.dir).stdout(world.file("out"));
        assert!(shell.status().unwrap().success());
        let pid = world.pid();
        world.start();
        wait_for(pid);
        assert!(world.run(&["delete", "c"]).status.success());
        assert_eq!(world.read("out"), expected);
    }
}

#[test]
fn kill_accepts_names_and_numbers_and_delete_needs_force_for_a_running_container() {
    let world = World::new();
    world.shell("exec sleep 1000");
    for (signal, expected) in [
        (None, Signal::SIGTERM),
        (Some("9"), Signal::SIGKILL),
        (Some("SIGUSR1"), Signal::SIGUSR1),
        (Some("HUP"), Signal::SIGHUP),
    ] {
        world.create_quietly(&[]);
        let pid = world.pid();
        world.start();
        assert!(stderr(&world.run(&["delete", "c"])).contains("is running; use --force"));
        let mut command = world.command(&["kill", "c"]);
        assert!(command.args(signal).status().unwrap().success());
        assert!(matches!(wait_for(pid), WaitStatus::Signaled(_, signal, _) if signal == expected));
        assert!(stderr(&world.run(&["kill", "c", "TERM"])).contains("is not running"));
        assert!(world.run(&["delete", "c"]).status.success());
    }
}

#[test]
fn kill_all_reaches_the_children_of_the_container_too() {
    let world = World::new();
    world.shell("sleep 1000 & echo $! > child; mkfifo ready; : > ready; wait");
    world.create_quietly(&[]);
    let pid = world.pid();
    world.start();
    while !world.path("ready").exists() {
        std::thread::yield_now();
    }
    drop(fs::read(world.path("ready")));
    let child = nix::unistd::Pid::from_raw(world.read("child").trim().parse().unwrap());
    assert!(world.run(&["kill", "--all", "c", "KILL"]).status.success());
    assert!(matches!(wait_for(pid), WaitStatus::Signaled(..)));
    assert!(matches!(wait_for(child), WaitStatus::Signaled(..)));
}

#[test]
fn delete_with_force_kills_a_container_at_any_stage_and_ignores_an_unknown_one() {
    let world = World::new();
    world.shell("exec sleep 1000");
    for started in [false, true] {
        world.create_quietly(&[]);
        let pid = world.pid();
        if started {
            world.start();
        }
        assert!(world.run(&["delete", "--force", "c"]).status.success());
        assert!(!is_alive(pid));
        wait_for(pid);
    }
    assert!(world.run(&["delete", "--force", "c"]).status.success());
    assert!(stderr(&world.run(&["delete", "c"])).contains("container `c` does not exist"));
}

#[test]
fn start_waits_for_a_process_that_is_not_yet_at_the_fifo() {
    let world = World::new();
    world.shell("exit 8");
    let mut command = world.command(&["create", "--bundle"]);
    command.arg(&world.dir).arg("--pid-file").arg(world.path("pid")).arg("c");
    command.env("MINIRUNTIME_LATE_MS", "200").stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().unwrap().success());
    let pid = world.pid();
    world.start();
    assert_eq!(wait_for(pid), WaitStatus::Exited(pid, 8));
}

#[test]
fn start_of_a_container_that_was_killed_before_is_an_error() {
    let world = World::new();
    world.shell("exit 0");
    world.create_quietly(&[]);
    assert!(world.run(&["kill", "c", "KILL"]).status.success());
    wait_for(world.pid());
    assert!(stderr(&world.run(&["start", "c"])).contains("is not waiting to be started"));
}

#[test]
fn an_id_is_used_once_and_start_works_once() {
    let world = World::new();
    world.shell("exec sleep 1000");
    world.create_quietly(&[]);
    assert!(stderr(&world.create_with(&[], &[])).contains("already exists"));
    assert_eq!(world.status(), "created", "the failed create must not touch the first container");
    world.start();
    assert_eq!(world.status(), "running");
    assert!(stderr(&world.run(&["start", "c"])).contains("is not waiting to be started"));
}

#[test]
fn a_create_that_fails_leaves_nothing_behind() {
    let world = World::new();
    for (process, words) in [
        (r#"{"args":["nope"],"env":["PATH=/bin"]}"#, "executable file `nope` not found in $PATH"),
        (r#"{"args":["/bin/true"],"cwd":"/nowhere"}"#, "cannot change to directory `/nowhere`"),
        (r#"{"args":["/bin/true"],"terminal":true}"#, "no --console-socket"),
        (r#"{"args":7}"#, "cannot understand"),
    ] {
        world.bundle(process);
        let output = world.create_with(&[], &[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
        assert!(!world.path("state/c").exists());
        assert!(!world.path("pid").exists());
    }
}

#[test]
fn an_execve_failure_is_an_error_of_start() {
    let world = World::new();
    let program = world.path("garbage");
    fs::write(&program, [0x7f, b'E', b'L', b'F', 0xff]).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    world.bundle(&format!(r#"{{"args":["{}"]}}"#, program.display()));
    world.create_quietly(&[]);
    let output = world.run(&["start", "c"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("Exec format error"), "{}", stderr(&output));
}

#[test]
fn the_log_file_gets_errors_as_json_with_the_member_podman_reads() {
    let world = World::new();
    let log = world.path("log");
    let log = format!("--log={}", log.display());
    assert!(!world.run(&[&log, "--log-format", "json", "start", "c"]).status.success());
    let line: serde_json::Value = serde_json::from_str(&world.read("log")).unwrap();
    assert_eq!(line["level"], "error");
    assert_eq!(line["msg"], "container `c` does not exist");
    assert!(line["time"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn restore_runs_immediately() {
    let world = World::new();
    world.shell("echo ran > proof");
    let mut command = world.command(&["--systemd-cgroup", "restore", "--no-pivot", "--bundle"]);
    command.arg(&world.dir).arg("--pid-file").arg(world.path("pid"));
    command.args([
        "--detach",
        "--image-path",
        "/nowhere",
        "--work-path",
        "/nowhere",
        "--tcp-established",
        "c",
    ]);
    command.stdout(world.file("out")).stderr(world.file("err"));
    assert!(command.status().unwrap().success(), "{}", world.read("err"));
    assert!(matches!(wait_for(world.pid()), WaitStatus::Exited(_, 0)));
    assert_eq!(world.read("proof"), "ran\n");
}

#[test]
fn root_prefixes_the_directory_and_the_user_is_set() {
    let world = World::new();
    let (root, inner) = (world.path("rootfs"), world.path("rootfs/inner"));
    fs::create_dir_all(&inner).unwrap();
    let config = format!(
        r#"{{"root":{{"path":"rootfs"}},"process":{{"args":["sh","-c","pwd; id -u; id -g; umask"],
            "cwd":"/inner","env":["PATH=/usr/bin:/bin"],"user":{{"uid":{0},"gid":{1},"umask":7}}}}}}"#,
        if nix::unistd::geteuid().is_root() { 12_345 } else { fs::metadata(&root).unwrap().uid() },
        if nix::unistd::geteuid().is_root() { 54_321 } else { fs::metadata(&root).unwrap().gid() },
    );
    fs::write(world.path("config.json"), config).unwrap();
    fs::set_permissions(&world.dir, fs::Permissions::from_mode(0o755)).unwrap();
    world.create_quietly(&[]);
    let pid = world.pid();
    world.start();
    wait_for(pid);
    let out = world.read("out");
    let mut lines = out.lines();
    assert_eq!(lines.next().unwrap(), inner.to_str().unwrap());
    if nix::unistd::geteuid().is_root() {
        assert_eq!(lines.next().unwrap(), "12345");
        assert_eq!(lines.next().unwrap(), "54321");
        assert_eq!(lines.next().unwrap(), "0007");
    }
}
