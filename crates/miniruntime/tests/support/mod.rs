//! The environment of one test: a state root, a bundle, and the real program.

#![allow(
    dead_code,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "test code, of which not every test program uses all"
)]

use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use nix::errno::Errno;
use nix::sys::prctl::set_child_subreaper;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, mkdtemp};

pub(crate) struct World {
    pub(crate) dir: PathBuf,
}

impl World {
    /// Makes the test a child subreaper like conmon: it inherits the container's process.
    pub(crate) fn new() -> Self {
        set_child_subreaper(true).unwrap();
        let dir = mkdtemp(&std::env::temp_dir().join("miniruntime-XXXXXX")).unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Writes a bundle whose `process` is this JSON object.
    pub(crate) fn bundle(&self, process: &str) {
        fs::write(self.path("config.json"), format!(r#"{{"ociVersion":"1.0.2","process":{process}}}"#))
            .unwrap();
    }

    /// Writes a bundle that runs a line of shell in the world's directory.
    pub(crate) fn shell(&self, script: &str) {
        self.bundle(&self.shell_process(script));
    }

    pub(crate) fn shell_process(&self, script: &str) -> String {
        let script = serde_json::to_string(script).unwrap();
        let dir = self.dir.display();
        format!(r#"{{"args":["sh","-c",{script}],"env":["PATH=/usr/bin:/bin"],"cwd":"{dir}"}}"#)
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_miniruntime"));
        command.arg("--root").arg(self.path("state")).args(args);
        command.env_clear().stdin(Stdio::null());
        // Where an instrumented program writes its coverage.
        command.envs(std::env::vars_os().filter(|(name, _)| name == "LLVM_PROFILE_FILE"));
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs `create` with the world's bundle, its pid file `pid` and these switches.
    pub(crate) fn create_with(&self, quirks: &[(&str, &str)], more: &[&str]) -> Output {
        let mut command = self.command(&["create", "--bundle"]);
        command.arg(&self.dir).arg("--pid-file").arg(self.path("pid")).args(more).arg("c");
        for (name, value) in quirks {
            command.env(format!("MINIRUNTIME_{name}"), value);
        }
        command.output().unwrap()
    }

    /// Runs `create` with stdout and stderr to the files `out` and `err`, which the container inherits.
    pub(crate) fn create_quietly(&self, more: &[&str]) {
        let mut command = self.command(&["create", "--bundle"]);
        command.arg(&self.dir).arg("--pid-file").arg(self.path("pid")).args(more).arg("c");
        command.stdout(self.file("out")).stderr(self.file("err"));
        assert!(command.status().unwrap().success(), "{}", self.read("err"));
    }

    pub(crate) fn file(&self, name: &str) -> OwnedFd {
        fs::OpenOptions::new().append(true).create(true).open(self.path(name)).unwrap().into()
    }

    /// Runs `start`, which must succeed.
    pub(crate) fn start(&self) {
        let output = self.run(&["start", "c"]);
        assert!(output.status.success(), "{}", stderr(&output));
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.read("pid").parse().unwrap())
    }

    pub(crate) fn status(&self) -> String {
        let state: serde_json::Value = serde_json::from_slice(&self.run(&["state", "c"]).stdout).unwrap();
        state["status"].as_str().unwrap().to_owned()
    }
}

impl Drop for World {
    /// Kills and deletes leftover containers, and removes the files.
    fn drop(&mut self) {
        drop(self.command(&["delete", "--force", "c"]).output());
        drop(fs::remove_dir_all(&self.dir));
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Waits for a process this test inherited.
pub(crate) fn wait_for(pid: Pid) -> WaitStatus {
    loop {
        match waitpid(pid, None) {
            Err(Errno::EINTR) => {}
            other => return other.unwrap(),
        }
    }
}

/// Whether a process exists, zombies excluded.
pub(crate) fn is_alive(pid: Pid) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap().trim_start().starts_with('Z'))
}
