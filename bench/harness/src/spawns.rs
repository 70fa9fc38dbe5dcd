//! Measures whole programs: the time from the spawn to the wait for the exit, their CPU time and page faults.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use serde::Deserialize;

use crate::manager::{cpu_of_children, read_spec};
use crate::{Outcome, contest};

#[derive(Deserialize)]
struct Spec {
    rounds: u32,
    /// The command line of each contender.
    contenders: BTreeMap<String, Vec<String>>,
    /// The status with which each must exit: failing fast must not win.
    status: i32,
}

/// Counts are the same from run to run, but for some that depend on where the kernel puts the stack.
pub(crate) fn count_faults(status: &str, program: &str, words: &[&str]) -> Outcome {
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let ended = command.status()?;
    if ended.code() != Some(status.parse()?) {
        return Err(format!("{program}: {ended}, not {status}").into());
    }
    println!("{}", getrusage(UsageWho::RUSAGE_CHILDREN)?.minor_page_faults());
    Ok(())
}

pub(crate) fn run(spec: &str) -> Outcome {
    let spec: Spec = read_spec(spec)?;
    let times = contest::hold(&spec.contenders, spec.rounds, |words, _| {
        let (program, arguments) = words.split_first().ok_or("no program")?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let cpu = cpu_of_children()?;
        let begun = Instant::now();
        let status = command.spawn()?.wait()?;
        let time = begun.elapsed();
        if status.code() != Some(spec.status) {
            return Err(format!("{words:?}: {status}, not {}", spec.status).into());
        }
        Ok(vec![("whole", time), ("cpu", cpu_of_children()? - cpu)])
    })?;
    println!("{}", serde_json::to_string(&times)?);
    Ok(())
}
