//! Many containers started together, as after a reboot or in a deployment: the time until the last pid is reported, the
//! time from the death of all until the last monitor has exited, and the CPU time of all processes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;

use crate::manager::{clean, cpu_of_children, fill, launch, read_spec, wait_for_all};
use crate::{Outcome, contest};

/// In every word, `{round}` becomes a text unique to the container, `{at}` its number in the crowd.
#[derive(Deserialize)]
struct Spec {
    rounds: u32,
    /// The number of containers.
    many: u32,
    /// The command, before the arguments.
    contenders: BTreeMap<String, Vec<String>>,
    arguments: Vec<String>,
    /// The cleanup command for each container.
    clean: Vec<String>,
}

pub(crate) fn run(spec: &str) -> Outcome {
    let spec: Spec = read_spec(spec)?;
    set_child_subreaper(true)?;
    let times = contest::hold(&spec.contenders, spec.rounds, |words, round| crowd(&spec, words, round))?;
    println!("{}", serde_json::to_string(&times)?);
    Ok(())
}

fn crowd(spec: &Spec, contender: &[String], round: &str) -> Outcome<Vec<(&'static str, Duration)>> {
    let of = |words: &[String], at: u32| -> Vec<String> {
        let words: Vec<_> = words.iter().map(|word| word.replace("{at}", &at.to_string())).collect();
        fill(&words, &format!("{round}-{at}"))
    };
    let cpu = cpu_of_children()?;
    let begun = Instant::now();
    let mut all = Vec::new();
    for at in 0..spec.many {
        all.push(launch([contender.to_vec(), of(&spec.arguments, at)].concat(), false)?);
    }
    let mut pids = Vec::new();
    for launched in &mut all {
        launched.wait()?;
        pids.push(launched.pid()?);
    }
    let started = begun.elapsed();
    let killed = Instant::now();
    for pid in pids {
        kill(Pid::from_raw(pid), Signal::SIGKILL)?;
    }
    wait_for_all()?;
    let times = vec![("start", started), ("end", killed.elapsed()), ("cpu", cpu_of_children()? - cpu)];
    for at in 0..spec.many {
        clean(&of(&spec.clean, at))?;
    }
    Ok(times)
}
