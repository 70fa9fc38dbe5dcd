//! `conmon`, the executable that Podman and CRI-O call. The planner decides, in an engine that is gone before anything is
//! started; the core carries the plan out. No rule of the command line or of a protocol is here.

// The entry point is in `sys::entry`.
#![cfg_attr(not(test), no_main)]

mod answer;
mod failure;
mod handed_plan;
mod host;
mod planner;
mod sys;

use std::io::Write;

use conmon_core::executable;
use conmon_core::plan::{PlanResult, Text};

use crate::failure::Failure;
use crate::sys::engine_tables;

/// `ts/planner`, compiled by `build.rs`.
static PLANNER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/planner.bytecode"));

/// Does the work of this process; returns its exit status.
#[cfg_attr(test, expect(dead_code, reason = "tests have their own entry point"))]
fn work() -> u8 {
    let ignored = executable::begin();
    let decision = decide();
    engine_tables::give_back();
    match decision {
        Ok(PlanResult::Plan(plan)) => executable::run(plan, ignored),
        Ok(PlanResult::Text(text)) => print(&text),
        Ok(PlanResult::Refusal(refusal)) => executable::refuse(&refusal),
        Err(failure) => executable::refuse(&failure.into_refusal()),
    }
}

/// A plan passed on a descriptor takes precedence over the command line, which is then only for display.
fn decide() -> Result<PlanResult, Failure> {
    match handed_plan::take()? {
        Some(plan) => Ok(PlanResult::Plan(Box::new(plan))),
        None => planner::decide(PLANNER, &planner::arguments()),
    }
}

/// A closed stdout does not change the status, as with C conmon.
fn print(text: &Text) -> u8 {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(text.stdout.as_bytes());
    let _ = stdout.flush();
    text.status
}
