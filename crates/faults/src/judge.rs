//! The rules. Either the monitor does its whole job (the log is complete or reports the loss, clients receive everything,
//! both exit files have the status, the exit command runs once, the sync pipe has pid and status), or it refuses with a
//! reason and leaves nothing running. It never hangs and is never killed.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::logged::Logged;
use crate::manager::{Seen, number};
use crate::scenario::Scenario;
use crate::scene::Scene;
use crate::shared::{Ending, LAUNCHER, MONITOR, Shared};

/// A broken rule, and what was found instead.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Broken {
    pub(crate) rule: String,
    pub(crate) detail: String,
}

/// Everything recorded about a run.
pub(crate) struct Evidence<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) scene: &'a Scene,
    pub(crate) seen: &'a Seen,
    pub(crate) shared: &'a Shared,
    pub(crate) logged: &'a Logged,
    /// Command lines of leftover processes.
    pub(crate) left: &'a [String],
}

/// The broken rules, and whether the monitor refused.
pub(crate) fn judge(evidence: &Evidence<'_>) -> (Vec<Broken>, bool) {
    let mut verdict = Verdict { evidence, broken: vec![] };
    let refused = evidence.seen.lines.first().and_then(|line| number(line)).is_none_or(|pid| pid <= 0);
    verdict.always();
    if refused {
        verdict.refused();
    } else if let Some(status) = evidence.scenario.status {
        verdict.kept(status);
    } else {
        verdict.add("status", "a failing runtime created a container");
    }
    (verdict.broken, refused)
}

struct Verdict<'a> {
    evidence: &'a Evidence<'a>,
    broken: Vec<Broken>,
}

impl Verdict<'_> {
    fn add(&mut self, rule: &str, detail: impl Into<String>) {
        self.broken.push(Broken { rule: rule.to_owned(), detail: detail.into() });
    }

    fn expect(&mut self, rule: &str, what: &str, found: Option<&str>, wanted: &str) {
        match found {
            Some(found) if found == wanted => {}
            Some(found) => self.add(rule, format!("{what} is {found:?}, not {wanted:?}")),
            None => self.add(&format!("{rule}-missing"), what),
        }
    }

    fn always(&mut self) {
        let Evidence { seen, shared, left, scenario, .. } = *self.evidence;
        if let Some(hung) = &seen.hung {
            self.add("hang", hung.clone());
            return;
        }
        // A launcher that refuses kills the monitor itself.
        let refuses = !scenario.sync && shared.ending(LAUNCHER) != Some(Ending::Exited(0));
        for (role, signal) in shared.killed() {
            if role == LAUNCHER || (role == MONITOR && !refuses) {
                self.add("killed", format!("{role}: {signal}"));
            }
        }
        for command in left {
            self.add("process-left", command.clone());
        }
        for step in &seen.stuck {
            self.add("stuck", step.clone());
        }
    }

    fn refused(&mut self) {
        let Evidence { seen, shared, scenario, scene, .. } = *self.evidence;
        if seen.hung.is_some() {
            return;
        }
        let first = if scenario.sync { MONITOR } else { LAUNCHER };
        let launched = shared.ending(first) == Some(Ending::Exited(0));
        let told =
            seen.lines.first().is_some_and(|line| number(line) == Some(-1) && line.contains("message"));
        if !told && (launched || seen.stderr.is_empty()) {
            self.add("silent", format!("lines {:?}, {first} {:?}", seen.lines, shared.ending(first)));
        }
        if !scenario.sync && launched && scene.read("marks").is_none() {
            self.add("exit-command-missing", "after a refusal");
        }
        if let Some(status) = scenario.status.filter(|_| !seen.ended) {
            for file in exit_files(scene) {
                if let Some(text) = scene.read(&file).filter(|text| *text != status.to_string()) {
                    let name = file.replace(&scene.cid, "CID");
                    self.add("exit-file", format!("{name} is {text:?} after a refusal"));
                }
            }
        }
        self.files_left();
    }

    fn kept(&mut self, status: i32) {
        let Evidence { seen, scene, shared, scenario, .. } = *self.evidence;
        // The manager killed a container that waited for something that never came.
        let status = if seen.ended { 137 } else { status };
        let text = status.to_string();
        for file in exit_files(scene) {
            let name = file.replace(&scene.cid, "CID");
            self.expect("exit-file", &name, scene.read(&file).as_deref(), &text);
        }
        self.expect("exit-command", "marks", scene.read("marks").as_deref(), "ran\n");
        if scenario.exec {
            let told = seen.lines.get(1).and_then(|line| number(line)).map(|number| number.to_string());
            self.expect("sync-status", "the second line", told.as_deref(), &text);
        }
        let wanted = Some(Ending::Exited(status & 255));
        if seen.hung.is_none() && shared.ending(MONITOR) != wanted {
            self.add("status", format!("the monitor ended with {:?}", shared.ending(MONITOR)));
        }
        if !scenario.sync && shared.ending(LAUNCHER) != Some(Ending::Exited(0)) {
            self.add("launcher", format!("{:?}: {}", shared.ending(LAUNCHER), seen.stderr));
        }
        self.output();
        self.files_left();
    }

    fn output(&mut self) {
        let Evidence { seen, scenario, logged, .. } = *self.evidence;
        let wanted = scenario.output();
        for line in &logged.malformed {
            self.add("log-torn", line.clone());
        }
        let counted = seen.counters.as_ref().map_or(0, |page| page.lost().iter().sum());
        let missing = self.missing("log-wrong", &wanted, &logged.streams);
        if missing > counted.max(logged.marked) && !logged.has_gap {
            self.add(
                "log-lost",
                format!("{missing} bytes missing, {counted} counted, {} marked", logged.marked),
            );
        }
        if !scenario.client {
            return;
        }
        let Some(client) = &seen.client else { return self.add("attach-lost", "no connection") };
        let missing = self.missing("attach-wrong", &wanted, client);
        if missing > 0 {
            self.add("attach-lost", format!("{missing} bytes"));
        }
    }

    /// How many bytes are missing; the others must be in order, without additions.
    fn missing(&mut self, rule: &str, wanted: &[Vec<u8>; 2], found: &[Vec<u8>; 2]) -> u64 {
        let mut missing = 0;
        for ((wanted, found), name) in wanted.iter().zip(found).zip(["stdout", "stderr"]) {
            let mut rest = wanted.iter();
            if !found.iter().all(|byte| rest.any(|other| other == byte)) {
                let text = String::from_utf8_lossy(found);
                let end: String = text.chars().rev().take(80).collect::<Vec<_>>().into_iter().rev().collect();
                self.add(rule, format!("{name}: {} bytes ending in {end:?}", found.len()));
            }
            missing += wanted.len().saturating_sub(found.len());
        }
        u64::try_from(missing).unwrap_or(u64::MAX)
    }

    fn files_left(&mut self) {
        let scene = self.evidence.scene;
        for directory in ["", "exits", "persist", "sockets", "bundle"] {
            let entries = fs::read_dir(scene.at(directory)).into_iter().flatten().flatten();
            for entry in entries {
                let name = entry.file_name().to_string_lossy().into_owned();
                if directory == "sockets"
                    || name.contains("conmon-")
                    || name == "attach"
                    || name.ends_with(".sock") && directory == "bundle"
                {
                    self.add("file-left", format!("{directory}/{name}"));
                }
            }
        }
    }
}

fn exit_files(scene: &Scene) -> [String; 2] {
    ["persist/exit".to_owned(), format!("exits/{}", scene.cid)]
}
