//! `conmon`, the executable that Podman and CRI-O call. The planner decides, in an engine that is gone before anything is
//! started; the core carries the plan out. No rule of the command line or of a protocol is here.

// The entry point is in `sys::entry`.
#![cfg_attr(not(test), no_main)]

mod answer;
mod failure;
mod host;
mod inherited_plan;
mod planner;
mod sys;

use std::io::Write;

use conmon_core::executable::{self, GuardianCall, RescueCall, StateDocument};
use conmon_core::plan::{Plan, PlanResult, Text};

use crate::failure::Failure;
use crate::sys::start_tables;

/// `ts/planner`, compiled by `build.rs`.
static PLANNER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/planner"));

#[cfg(not(test))]
#[global_allocator]
static HEAP: conmon_sys::heap::Heap = conmon_sys::heap::Heap;

/// Does the work of this process; returns its exit status.
#[cfg_attr(test, expect(dead_code, reason = "tests have their own entry point"))]
fn work() -> u8 {
    let ignored = executable::begin();
    match StateDocument::take() {
        Ok(None) => {}
        Ok(Some(document)) => return executable::resume(&document, plan_again, start_tables::release),
        Err(why) => return executable::refuse(&Failure::InheritedState(why).into_refusal()),
    }
    match GuardianCall::take() {
        Ok(None) => {}
        Ok(Some(call)) => {
            return executable::continue_guarded(call, plan_again, start_tables::release, ignored);
        }
        Err(why) => return executable::refuse(&Failure::InheritedState(why).into_refusal()),
    }
    match RescueCall::take() {
        Ok(None) => {}
        Ok(Some(call)) => return executable::rescue(call, plan_again, start_tables::release, ignored),
        Err(why) => return executable::refuse(&Failure::InheritedState(why).into_refusal()),
    }
    let decision = decide();
    start_tables::release();
    match decision {
        Ok(PlanResult::Plan(plan)) => executable::run(plan, ignored),
        Ok(PlanResult::Text(text)) => print(&text),
        Ok(PlanResult::Refusal(refusal)) => executable::refuse(&refusal),
        Err(failure) => executable::refuse(&failure.into_refusal()),
    }
}

/// The plan of a process that continues a monitor, whose command line it has.
fn plan_again() -> Result<Box<Plan>, String> {
    match planner::decide_again(PLANNER, &planner::arguments()) {
        Ok(PlanResult::Plan(plan)) => Ok(plan),
        Ok(PlanResult::Text(_)) => Err("the command line is no longer one of a monitor".to_owned()),
        Ok(PlanResult::Refusal(refusal)) => Err(refusal.stderr.to_string()),
        Err(failure) => Err(failure.to_string()),
    }
}

/// A plan passed on a descriptor takes precedence over the command line, which is then only for display.
fn decide() -> Result<PlanResult, Failure> {
    match inherited_plan::adopt()? {
        Some(plan) => Ok(PlanResult::Plan(plan)),
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
