//! A plan from another host of the planner: JSON on an inherited, sealed memfd.
//!
//! `memfd_create(2)`, `fcntl(2)` "File Sealing". The seals make it safe to read the size first and the bytes after. A
//! caller that sets our environment could pass a command line as well, so nothing more needs checking.

use std::env;
use std::fmt;
use std::os::fd::RawFd;

use conmon_core::plan::{PLAN_FD_VARIABLE, Plan};
use conmon_sys::errors::describe;
use conmon_sys::{environment, fds, memfd};

use crate::failure::Failure;
use crate::planner;

/// Adopts the plan, if there is one, and removes the descriptor and the variable so that no child inherits them.
///
/// # Errors
/// If there is a descriptor without a valid plan.
pub(crate) fn adopt() -> Result<Option<Box<Plan>>, Failure> {
    let Some(value) = env::var_os(PLAN_FD_VARIABLE) else { return Ok(None) };
    environment::remove(PLAN_FD_VARIABLE);
    let fd =
        value.to_str().and_then(|text| text.parse::<RawFd>().ok()).filter(|fd| *fd > 2).ok_or_else(|| {
            Failure::InheritedPlan(format!("{PLAN_FD_VARIABLE}={} names no descriptor", value.display()))
        })?;
    let file = fds::adopt(fd)
        .map_err(|errno| Failure::InheritedPlan(format!("descriptor {fd}: {}", describe(errno))))?;
    let failed = |why: &dyn fmt::Display| Failure::InheritedPlan(format!("descriptor {fd}: {why}"));
    let json = memfd::read_sealed(&mut file.into(), u64::MAX).map_err(|why| failed(&why))?;
    planner::read(&json).map(Some).map_err(|why| failed(&why))
}
