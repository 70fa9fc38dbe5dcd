//! Execs at a steady pace, like health checks and probes: the time of each from its start to its exit code, and its CPU
//! time. The contenders take turns in slices.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::prctl::set_child_subreaper;
use serde::Deserialize;

use crate::manager::{cpu_of_children, fill, launch, read_spec, wait_for_all};
use crate::{Outcome, contest};

/// In every word, `{round}` becomes a text unique to the process.
#[derive(Deserialize)]
struct Spec {
    /// Slices of each contender.
    rounds: u32,
    /// Processes in a slice.
    many: u32,
    /// Milliseconds from one start to the next; a late one starts immediately.
    interval: u64,
    /// The command, before the arguments.
    contenders: BTreeMap<String, Vec<String>>,
    arguments: Vec<String>,
}

pub(crate) fn run(spec: &str) -> Outcome {
    let spec: Spec = read_spec(spec)?;
    set_child_subreaper(true)?;
    let times = contest::hold(&spec.contenders, spec.rounds, |words, round| slice(&spec, words, round))?;
    println!("{}", serde_json::to_string(&times)?);
    Ok(())
}

/// The median latency, the CPU time of one process, and the time of the whole slice.
fn slice(spec: &Spec, contender: &[String], round: &str) -> Outcome<Vec<(&'static str, Duration)>> {
    let cpu = cpu_of_children()?;
    let begun = Instant::now();
    let mut latencies = Vec::new();
    let mut due = Duration::ZERO;
    for at in 0..spec.many {
        sleep(due.saturating_sub(begun.elapsed()));
        due += Duration::from_millis(spec.interval);
        let words = [contender.to_vec(), fill(&spec.arguments, &format!("{round}-{at}"))].concat();
        latencies.push(exec(words)?);
    }
    wait_for_all()?;
    let whole = begun.elapsed();
    latencies.sort_unstable();
    let latency = *latencies.get(latencies.len() / 2).ok_or("a slice of no processes")?;
    let each = (cpu_of_children()? - cpu) / spec.many;
    Ok(vec![("latency", latency), ("cpu", each), ("whole", whole)])
}

/// Runs one until its exit code is reported.
fn exec(words: Vec<String>) -> Outcome<Duration> {
    let begun = Instant::now();
    let mut launched = launch(words, true)?;
    launched.wait()?;
    launched.pid()?;
    let message = launched.message()?;
    if message["data"] != 0 {
        return Err(format!("the exit code is reported as {message}").into());
    }
    Ok(begun.elapsed())
}
