//! The directory of one run, with the files a manager creates for a container, and the monitor's command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::json;

use crate::Outcome;
use crate::scenario::{LogKind, Scenario};

/// The programs involved.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    pub(crate) monitor: PathBuf,
    pub(crate) runtime: PathBuf,
    /// This program, which is also the container and the exit command.
    pub(crate) own: PathBuf,
}

#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) dir: PathBuf,
    pub(crate) cid: String,
}

impl Scene {
    /// Creates the directory. `cid` is new, or for an exec that of the container running below `base`.
    pub(crate) fn lay_out(
        dir: PathBuf,
        cid: String,
        scenario: &Scenario,
        programs: &Programs,
    ) -> Outcome<Self> {
        let scene = Self { dir, cid };
        for name in ["bundle/rootfs", "exits", "persist", "sockets"] {
            fs::create_dir_all(scene.at(name))?;
        }
        if scenario.payload.contains(&"gate:gate") {
            mkfifo(&scene.at("gate"), Mode::S_IRUSR | Mode::S_IWUSR)?;
        }
        let process = scene.process(scenario, programs);
        let config = json!({ "ociVersion": "1.0.2", "process": process, "root": { "path": "rootfs" } });
        fs::write(scene.at("bundle/config.json"), config.to_string())?;
        fs::write(scene.at("process.json"), process.to_string())?;
        Ok(scene)
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).to_string_lossy().into_owned()
    }

    fn process(&self, scenario: &Scenario, programs: &Programs) -> serde_json::Value {
        let own = programs.own.to_string_lossy();
        let dir = self.dir.to_string_lossy();
        let args: Vec<&str> =
            [&*own, "payload", &*dir].into_iter().chain(scenario.payload.iter().copied()).collect();
        json!({
            "terminal": scenario.terminal,
            "user": { "uid": 0, "gid": 0 },
            "args": args,
            "env": ["PATH=/usr/bin:/bin"],
            "cwd": "/",
        })
    }

    /// The command line of the monitor. `state` is the runtime's directory.
    pub(crate) fn command(&self, scenario: &Scenario, programs: &Programs, state: &Path) -> Command {
        let mut command = Command::new(&programs.monitor);
        let short = self.cid.get(..12).unwrap_or(&self.cid);
        command.args(["--api-version", "1", "--cid", &self.cid, "--cuuid", &self.cid, "--name", short]);
        command.arg("--runtime").arg(&programs.runtime);
        command.args(["--runtime-arg", &format!("--root={}", state.display())]);
        command.args(["--bundle", &self.text("bundle"), "--container-pidfile", &self.text("pidfile")]);
        command.args(["--conmon-pidfile", &self.text("conmon.pid"), "--exit-dir", &self.text("exits")]);
        command.args(["--persist-dir", &self.text("persist"), "--socket-dir-path", &self.text("sockets")]);
        command.args(["--log-path", &self.log_path(scenario.log), "--exit-command"]).arg(&programs.own);
        command.args(["--exit-command-arg", "mark", "--exit-command-arg", &self.text("marks")]);
        if scenario.exec {
            command.args(["--exec", "--exec-process-spec", &self.text("process.json")]);
        }
        if scenario.sync {
            command.arg("--sync");
        }
        if scenario.terminal {
            command.arg("--terminal");
        }
        for option in scenario.options {
            command.arg(option.replace("{scene}", &self.dir.to_string_lossy()));
        }
        self.surround(&mut command, scenario);
        command
    }

    fn surround(&self, command: &mut Command, scenario: &Scenario) {
        command.env_clear().env("PATH", "/usr/bin:/bin").env("TMPDIR", &self.dir).current_dir(&self.dir);
        command.env("_OCI_SYNCPIPE", "3").env("_OCI_STARTPIPE", "4");
        if scenario.attach_pipe {
            command.env("_OCI_ATTACHPIPE", "5");
        }
        for (name, value) in scenario.environment {
            command.env(name, value);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
    }

    fn log_path(&self, kind: LogKind) -> String {
        match kind {
            LogKind::K8s => format!("k8s-file:{}", self.text("ctr.log")),
            LogKind::Json => format!("json-file:{}", self.text("ctr.log")),
            LogKind::Journal => "journald".to_owned(),
        }
    }

    /// The attach socket's path, as a manager derives it.
    pub(crate) fn socket(&self) -> PathBuf {
        self.at("sockets").join(&self.cid).join("attach")
    }

    pub(crate) fn read(&self, name: &str) -> Option<String> {
        fs::read(self.at(name)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}
