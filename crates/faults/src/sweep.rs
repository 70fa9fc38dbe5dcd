//! Enumerates the faults, runs a selection, and sums up the results.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Instant;

use serde::Serialize;

use crate::Outcome;
use crate::calls::{INFALLIBLE, find};
use crate::fault::{Fault, Place};
use crate::judge::Broken;
use crate::pool::run_all;
use crate::scenario::{LogKind, SCENARIOS, Scenario};
use crate::scene::Programs;
use crate::worker::{Job, Run};

/// Later calls of the same name repeat the same work.
const MOST_OF_A_NAME: u32 = 40;
/// Event order differs between runs: the places are collected from several.
const BASELINES: usize = 3;

/// What to run.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) scenarios: Vec<String>,
    /// Only faults whose text contains this.
    pub(crate) only: Option<String>,
    pub(crate) every: usize,
    pub(crate) workers: usize,
}

/// The end of the output.
#[derive(Debug, Default, Serialize)]
struct Summary {
    faults: u64,
    reached: u64,
    refused: u64,
    broken_runs: u64,
    broken: BTreeMap<String, u64>,
    /// Runs that broke a rule only at the first attempt.
    once: u64,
    /// Runs whose broken rule is an exception, by its reason.
    excepted: BTreeMap<String, u64>,
    unknown_calls: BTreeSet<String>,
    seconds: u64,
}

/// Runs everything, and prints a line for each run that broke a rule, and the summary as JSON.
pub(crate) fn run(programs: &Programs, choice: &Choice) -> Outcome<bool> {
    let begin = Instant::now();
    let summary = Mutex::new(Summary::default());
    let faults = faults(programs, choice, &summary)?;
    let jobs: Vec<Job> = faults.into_iter().step_by(choice.every.max(1)).collect();
    run_all(programs, choice.workers, &jobs, |run| {
        let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
        summary.faults += 1;
        summary.reached += u64::from(run.reached);
        summary.refused += u64::from(run.reached && run.refused);
        for reason in &run.excepted.iter().collect::<BTreeSet<_>>() {
            *summary.excepted.entry((*reason).clone()).or_default() += 1;
        }
        enter(&mut summary, &run);
    })?;
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.seconds = begin.elapsed().as_secs();
    print(&serde_json::to_string_pretty(&summary)?);
    Ok(summary.broken_runs == 0 && summary.unknown_calls.is_empty())
}

fn enter(summary: &mut Summary, run: &Run) {
    if !run.once.is_empty() {
        summary.once += 1;
        print(&line(run));
    }
    if run.broken.is_empty() {
        return;
    }
    summary.broken_runs += 1;
    for broken in &run.broken {
        *summary.broken.entry(broken.rule.clone()).or_default() += 1;
    }
    print(&line(run));
}

/// Which rules a run broke.
fn line(Run { scenario, fault, broken, once, .. }: &Run) -> String {
    let rules: Vec<_> =
        broken.iter().chain(once).map(|Broken { rule, detail }| format!("{rule} ({detail})")).collect();
    let fault = fault.as_deref().unwrap_or("without a fault");
    let note = if broken.is_empty() { ", not when it was repeated" } else { "" };
    format!("{scenario} {fault}: {}{note}", rules.join("; "))
}

fn print(text: &str) {
    // stdout is closed: the exit status still reports the result.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Every fault of the selected scenarios, grouped by scenario.
fn faults(programs: &Programs, choice: &Choice, summary: &Mutex<Summary>) -> Outcome<Vec<Job>> {
    let of_c = std::fs::read(&programs.monitor)?.windows(12).any(|bytes| bytes == b"libglib-2.0.");
    let chosen = |name: &str| choice.scenarios.is_empty() || choice.scenarios.iter().any(|one| one == name);
    let names: Vec<&str> = SCENARIOS
        .iter()
        .filter(|scenario| chosen(scenario.name) && !(of_c && scenario.log == LogKind::Json))
        .map(|scenario| scenario.name)
        .collect();
    let jobs: Vec<Job> = names
        .iter()
        .flat_map(|name| vec![Job { scenario: (*name).to_owned(), fault: None }; BASELINES])
        .collect();
    let places: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());
    run_all(programs, choice.workers, &jobs, |run| {
        enter(&mut summary.lock().unwrap_or_else(PoisonError::into_inner), &run);
        let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
        let known = places.entry(run.scenario).or_default();
        for call in run.calls {
            if !known.contains(&call) {
                known.push(call);
            }
        }
    })?;
    let places = places.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut all = vec![];
    for name in names {
        for text in places.get(name).into_iter().flatten() {
            let Some(place) = place(text) else { continue };
            if find(&place.call).is_none() && !INFALLIBLE.contains(&place.call.as_str()) {
                summary
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .unknown_calls
                    .insert(place.call.clone());
            }
            all.extend(jobs_at(name, &place, choice));
        }
    }
    Ok(all)
}

fn jobs_at(scenario: &str, place: &Place, choice: &Choice) -> Vec<Job> {
    if place.nth > MOST_OF_A_NAME {
        return vec![];
    }
    let short = Scenario::named(scenario).is_none_or(Scenario::may_read_short);
    let faults = Fault::all_at(place).into_iter();
    let texts = faults.filter(|fault| short || !fault.what.is_short()).map(|fault| fault.to_string());
    let wanted = |text: &String| choice.only.as_ref().is_none_or(|part| text.contains(part));
    texts.filter(wanted).map(|text| Job { scenario: scenario.to_owned(), fault: Some(text) }).collect()
}

fn place(text: &str) -> Option<Place> {
    let (role, rest) = text.split_once(':')?;
    let (call, nth) = rest.split_once('#')?;
    Some(Place { role: role.to_owned(), call: call.to_owned(), nth: nth.parse().ok()? })
}
